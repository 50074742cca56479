"""The web app manifest for installing the chat, its icons, and the chat without it."""

import json
import re
import struct
from urllib.parse import urljoin

import pytest

from tests.server import PROJECT, Server

MOST_BYTES = 10_000
MANIFEST = re.compile(r'<link rel="manifest" href="([^"]+)">')
STYLES = PROJECT / "chat_app" / "static" / "chat_app" / "chat.css"


def read(client, url):
    """Return the content type and the bytes of a static file."""
    response = client.get(url)
    assert response.status_code == 200, url
    content = response.getvalue()
    response.close()
    return response.headers["Content-Type"], content


@pytest.fixture
def manifest(client):
    """Return the URL of the manifest, which every page links to, and its content."""
    [url] = MANIFEST.findall(client.get("/").text)
    content_type, content = read(client, url)
    assert content_type == "application/manifest+json"
    return url, json.loads(content)


def png_size(content):
    signature, width, height = struct.unpack(">8s8xII", content[:24])
    assert signature == b"\x89PNG\r\n\x1a\n"
    return f"{width}x{height}"


def test_the_manifest_has_what_browsers_require(manifest):
    _, fields = manifest
    assert fields["name"] and len(fields["short_name"]) <= 12
    assert fields["start_url"].startswith(fields["scope"])
    assert fields["display"] == "standalone"


def test_the_app_starts_at_a_page_that_everybody_can_open(client, manifest):
    assert client.get(manifest[1]["start_url"]).status_code == 200


def test_every_icon_exists_is_small_and_has_the_declared_size(client, manifest):
    url, fields = manifest
    sizes = []
    for icon in fields["icons"]:
        content_type, content = read(client, urljoin(url, icon["src"]))
        assert content_type == icon["type"]
        if content_type == "image/png":
            assert png_size(content) == icon["sizes"] and len(content) <= MOST_BYTES
        sizes.append((icon["sizes"], icon.get("purpose", "any")))
    expected = [("any", "any"), ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")]
    assert sizes == expected


def test_the_window_has_the_colours_of_the_page(client, manifest):
    colours = re.search(r"--page: light-dark\((#\w+), (#\w+)\)", STYLES.read_text()).groups()
    metas = re.findall(
        r'<meta name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)">',
        client.get("/").text,
    )
    assert metas == [(colours[0], "light"), (colours[1], "dark")]
    _, fields = manifest
    assert fields["theme_color"] == fields["background_color"] == colours[0]


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nothing/here/"])
def test_every_page_links_to_the_manifest_once(client, path):
    assert len(MANIFEST.findall(client.get(path).text)) == 1


def test_no_script_caches_pages():
    scripts = list(PROJECT.glob("*/static/*/*.js"))
    assert scripts
    uses = re.compile(r"serviceWorker|\bcaches\b")
    assert [path.name for path in scripts if uses.search(path.read_text())] == []


@pytest.mark.slow
def test_without_the_app_pages_have_no_manifest(tmp_path):
    settings = "tests.settings_without_installable"
    server = Server("uvicorn", tmp_path, DJANGO_SETTINGS_MODULE=settings).start()
    try:
        user = server.user()
        for path in ("/", f"/chat/{user.room}/", "/nothing/here/"):
            page = user.http.get(path).text
            assert "</html>" in page and not MANIFEST.search(page)
            assert "theme-color" not in page and "installable" not in page
    finally:
        server.forget_users()
        server.stop()
