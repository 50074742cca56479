from html.parser import HTMLParser

import pytest


class Page(HTMLParser):
    """What a page shows: its `words`, and the `inline` code that a strict policy forbids."""

    def __init__(self, response):
        super().__init__()
        self.words, self.inline, self.hidden = [], [], False
        self.feed(response.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.hidden = tag in ("script", "style", "title")
        is_data = attributes.get("type") == "application/json"
        if tag == "script" and "src" not in attributes and not is_data:
            self.inline.append("<script>")
        self.inline += [name for name in attributes if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        self.words += [] if self.hidden else data.split()


def get(client, path, query=None):
    response = client.get(path, query)
    assert response.status_code == 200, f"the page at {path} answered {response.status_code}"
    return Page(response)


def test_the_first_page_leads_to_the_room_that_you_name(client):
    response = client.get("/", {"room_name": "tea-room_2"})
    says = f"the page at /?room_name=tea-room_2 answered {response.status_code}"
    assert response.status_code == 302, f"{says} and leads nowhere"
    assert response["Location"] == "/chat/tea-room_2/", f"{says} and leads elsewhere"


@pytest.mark.parametrize("name", ["tea room", "café", "a" * 81, "<script>"])
def test_a_bad_room_name_is_answered_in_words(client, name):
    before, after = get(client, "/"), get(client, "/", {"room_name": name})
    explanation = set(after.words) - set(before.words) - {name}
    assert len(explanation) >= 3, f"the first page does not say what is wrong with {name!r}"
    assert after.inline == [], f"the first page puts {name!r} into its HTML as code"


@pytest.mark.parametrize("name", ["my-room", "Room_2", "a" * 80])
def test_a_room_has_a_page(client, name):
    assert name in get(client, f"/chat/{name}/").words, "the page of a room does not show its name"


@pytest.mark.parametrize("name", ["my%20room", "caf%C3%A9", "a" * 81, "o'brien", "a%5C", "a%0A"])
def test_a_bad_room_name_has_no_page(client, name):
    get(client, "/chat/lobby/")
    status = client.get(f"/chat/{name}/").status_code
    assert status == 404, f"the page at /chat/{name}/ answered {status}, not 404"


@pytest.mark.parametrize("path", ["/", "/chat/lobby/"])
def test_a_page_holds_no_inline_script(client, path):
    inline = get(client, path).inline
    assert inline == [], f"the page at {path} holds inline code: {', '.join(inline)}"
