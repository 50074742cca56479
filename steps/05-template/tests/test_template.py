from html.parser import HTMLParser

import pytest


class Scripts(HTMLParser):
    """Collects what a strict Content-Security-Policy forbids in a page."""

    def __init__(self, page):
        super().__init__()
        self.inline = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        is_data = attributes.get("type") == "application/json"
        if tag == "script" and "src" not in attributes and not is_data:
            self.inline.append(tag)
        self.inline += [name for name in attributes if name.startswith("on") or name == "style"]


def test_the_first_page_leads_to_the_room_that_you_name(client):
    response = client.get("/", {"room_name": "tea-room_2"})
    assert response.status_code == 302
    assert response["Location"] == "/chat/tea-room_2/"


@pytest.mark.parametrize("name", ["tea room", "café", "a" * 81, "<script>"])
def test_a_bad_room_name_is_answered_in_words(client, name):
    response = client.get("/", {"room_name": name})
    assert response.status_code == 200
    assert "Use letters, digits, hyphens and underscores" in response.text
    assert "<script>" not in response.text


@pytest.mark.parametrize("name", ["my-room", "Room_2", "a" * 80])
def test_a_room_has_a_page(client, name):
    response = client.get(f"/chat/{name}/")
    assert response.status_code == 200
    assert f"<h1>{name}</h1>" in response.text


@pytest.mark.parametrize("name", ["my%20room", "caf%C3%A9", "a" * 81, "o'brien", "a%5C", "a%0A"])
def test_a_bad_room_name_has_no_page(client, name):
    assert client.get("/chat/lobby/").status_code == 200
    assert client.get(f"/chat/{name}/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/chat/lobby/"])
def test_a_page_holds_no_inline_script(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert Scripts(response.text).inline == []


def test_the_room_name_reaches_the_script_as_data(client):
    page = client.get("/chat/lobby/").text
    assert '<script id="room-name" type="application/json">"lobby"</script>' in page
