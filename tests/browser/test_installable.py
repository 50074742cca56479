"""The chat as an app: Chromium would install it, and its icons match the SVG files."""

import shutil

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from workshop.services import browser_places, chromium

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

MOST_DIFFERENCE = 2  # of 255, on average: each program smooths the edges in its own way

DIFFERENCE = """async (files) => {
  const [one, other] = await Promise.all(files.map(async (file) => {
    const image = new Image();
    image.src = `/static/${file}`;
    await image.decode();
    const canvas = new OffscreenCanvas(192, 192).getContext("2d");
    canvas.drawImage(image, 0, 0, 192, 192);
    return canvas.getImageData(0, 0, 192, 192).data;
  }));
  return one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0) / one.length;
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def window(tmp_path):
    """A window of a full browser with a profile, because only there can apps be installed."""
    names = [name for name in browser_places.ON_PATH if "headless" not in name]
    path = next(filter(None, map(shutil.which, names)), None)
    if not path:
        pytest.skip("No Chromium, Chrome or Edge on the PATH that could install an app.")
    async with async_playwright() as playwright:
        profile = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=path, args=[*chromium.OPTIONS]
        )
        yield await profile.new_page()
        await profile.close()


async def manifest_of(page):
    """Return the manifest as Chromium reads it, and its errors."""
    session = await page.context.new_cdp_session(page)
    answer = await session.send("Page.getAppManifest")
    return answer.get("manifest", {}), [error["message"] for error in answer["errors"]]


async def faults(page):
    """Return why Chromium wouldn't install the app."""
    session = await page.context.new_cdp_session(page)
    answer = await session.send("Page.getInstallabilityErrors")
    return {fault["errorId"] for fault in answer["installabilityErrors"]}


async def test_chromium_finds_no_error_in_the_manifest_of_any_page(person, room):
    ann = await person()
    await ann.make(room)
    for url in (ann.site.url, f"{ann.site.url}/chat/{room}/", f"{ann.site.url}/nothing/here/"):
        await ann.page.goto(url)
        manifest, errors = await manifest_of(ann.page)
        assert errors == [] and manifest["name"] == "Chat" and len(manifest["icons"]) == 4
        assert manifest["startUrl"] == manifest["scope"] == f"{ann.site.url}/"


async def test_chromium_does_find_an_error(person):
    ann = await person()
    link = ann.page.locator("link[rel=manifest]")
    await link.evaluate("(link) => { link.href = '/static/chat_app/chat.css'; }")
    _, errors = await manifest_of(ann.page)
    assert len(errors) == 1


async def test_chromium_would_install_the_app(window, site):
    await window.goto(site.url)
    assert await faults(window) == set()
    await window.locator("link[rel=manifest]").evaluate("(link) => link.remove()")
    assert await faults(window) == {"no-manifest"}


@pytest.mark.parametrize(
    ("svg", "png"),
    [
        ("chat_app/icon.svg", "installable/icon-192.png"),
        ("chat_app/icon.svg", "installable/icon-512.png"),
        ("installable/maskable.svg", "installable/maskable-512.png"),
    ],
)
async def test_an_icon_matches_its_svg(person, svg, png):
    ann = await person()
    assert await ann.page.evaluate(DIFFERENCE, [svg, png]) < MOST_DIFFERENCE
    other = {"chat_app/icon.svg": "installable/maskable.svg"}.get(svg, "chat_app/icon.svg")
    assert await ann.page.evaluate(DIFFERENCE, [other, png]) > 10 * MOST_DIFFERENCE


async def test_no_service_worker_is_left_behind(person, room):
    ann = await person()
    await ann.make(room)
    kept = await ann.page.evaluate(
        """async () => [
          (await navigator.serviceWorker.getRegistrations()).length,
          (await caches.keys()).length,
        ]"""
    )
    assert kept == [0, 0]
