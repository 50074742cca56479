"""Take the screenshots in docs/pictures from the real app, in a real browser.

sources.json keeps a digest of everything that they show, so that a test can tell when they are
outdated.
"""

import asyncio
import base64
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.course import catalog, projects
from workshop.services import chromium, network
from workshop.services.project_env import project_environment
from workshop.services.runserver import wait_until_it_listens
from workshop.services.serve_project import migrate

FOLDER = Path("docs", "pictures")
STILL = "chat.png"
ANIMATION = "chat.webp"
SOURCES = "sources.json"
# Folders of the finished app.
SHOWN = (
    "chat_app/static",
    "chat_app/templates",
    "rooms/static",
    "rooms/templates",
    "moderation/static",
    "moderation/templates",
)
FRAME = 1100  # milliseconds
WINDOW = {"width": 560, "height": 560}
SHEET = {"width": 1168, "height": 592}
CONVERSATION = (
    (0, "Hello! Is anybody here?"),
    (1, "I am, in the other window."),
    (0, "So each of us has a consumer, and both joined the same group."),
    (1, "And what was said is still here when I come back."),
)
SIDE_BY_SIDE = """
<body style="margin:0;display:flex;gap:16px;padding:16px;background:#8890b5;width:fit-content">
{pictures}</body>"""


def take(root: Path = ROOT) -> list[Path]:
    """Retake every picture and return the files. Raises WorkshopError if the app fails."""
    checkpoint = catalog.find("final", root)
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        environment = child_environment(
            DATABASE_URL=f"sqlite:///{Path(folder, 'db.sqlite3').as_posix()}",
            **project_environment(projects.of_checkpoint(checkpoint), "127.0.0.1", root),
        )
        environment.pop("REDIS_URL", None)
        migrate(checkpoint.folder, environment)
        port = network.free_port("127.0.0.1", 0)
        address = f"127.0.0.1:{port}"
        command = [sys.executable, "manage.py", "runserver", "--noreload", address]
        server = subprocess.Popen(
            command, cwd=checkpoint.folder, env=environment, stderr=subprocess.DEVNULL
        )
        stack.callback(stop, server)
        wait_until_it_listens(server, "127.0.0.1", port, print)
        frames = asyncio.run(_chat(f"http://{address}"))
    paths = [root / FOLDER / name for name in (STILL, ANIMATION, SOURCES)]
    paths[0].write_bytes(frames[-1])
    paths[1].write_bytes(_animate(frames))
    paths[2].write_text(json.dumps({"digest": digest(root)}) + "\n", encoding="utf-8")
    return paths


def digest(root: Path = ROOT) -> str:
    """Return a digest of everything in the pictures: the app's pages and the conversation."""
    app = catalog.find("final", root).folder
    files = sorted(path for place in SHOWN for path in (app / place).rglob("*") if path.is_file())
    found = hashlib.sha256(repr((CONVERSATION, WINDOW, SHEET)).encode())
    for path in files:
        found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()


def _animate(frames: list[bytes]) -> bytes:
    """Return an animation of the PNG `frames`, in which the last frame stays longest."""
    from PIL import Image  # imported only here, because tests run without Pillow

    images = [Image.open(io.BytesIO(frame)).convert("RGB") for frame in frames]
    times = [*[FRAME] * (len(images) - 1), 3 * FRAME]
    out = io.BytesIO()
    images[0].save(
        out, "WEBP", save_all=True, append_images=images[1:], duration=times, loop=0, quality=80
    )
    return out.getvalue()


async def _chat(url: str) -> list[bytes]:
    """Let two people chat at `url`, in light and dark mode. Returns a picture of each moment."""
    async with async_playwright() as playwright:
        browser = await chromium.launch(playwright)
        pages = [
            await _sign_up(browser, url, name, scheme)
            for name, scheme in (("ann", "light"), ("bob", "dark"))
        ]
        await pages[0].get_by_label("Name").fill("tea-room")
        await pages[0].get_by_role("button", name="Create room").click()
        await pages[1].goto(f"{url}/chat/tea-room/")
        for page in pages:
            await expect(page.locator("#state")).to_have_text("Connected")
        sheet = await browser.new_page(viewport=SHEET)
        frames = [await _side_by_side(pages, sheet)]
        for person, words in CONVERSATION:
            message = pages[person].get_by_label("Message", exact=True)
            await message.fill(words)
            frames.append(await _side_by_side(pages, sheet))
            await message.press("Enter")
            for page in pages:
                await expect(page.locator("#log p[dir]").last).to_have_text(words)
            frames.append(await _side_by_side(pages, sheet))
        own = pages[1].locator("#log li.own").last
        await expect(own).to_have_attribute("data-state", "Seen")
        frames[-1] = await _side_by_side(pages, sheet)
        await browser.close()
        return frames


async def _side_by_side(pages: list[Page], sheet: Page) -> bytes:
    """Return a PNG picture of `pages` as they are now, side by side."""
    shots = [base64.b64encode(await page.screenshot()).decode() for page in pages]
    images = [f'<img src="data:image/png;base64,{shot}">' for shot in shots]
    await sheet.set_content(SIDE_BY_SIDE.format(pictures="".join(images)))
    return await sheet.screenshot()


async def _sign_up(browser: Browser, url: str, name: str, scheme: str) -> Page:
    """Sign up as `name` in a separate browser window, and return the first page."""
    context = await browser.new_context(viewport=WINDOW, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(f"{url}/accounts/signup/")
    await page.get_by_label("Username").fill(name)
    for field in ("#id_password1", "#id_password2"):
        await page.locator(field).fill("correct horse battery")
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_role("heading", name="Rooms")).to_be_visible()
    return page
