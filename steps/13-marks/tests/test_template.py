from html.parser import HTMLParser

import pytest


class Page(HTMLParser):
    """A page: its `words`, its `forms`, and its `inline` code, which a strict policy forbids."""

    def __init__(self, response):
        super().__init__()
        self.words, self.inline, self.hidden, self.forms = [], [], False, []
        self.feed(response.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.hidden = tag in ("script", "style", "title")
        is_data = attributes.get("type") == "application/json"
        if tag == "script" and "src" not in attributes and not is_data:
            self.inline.append("<script>")
        self.inline += [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "form":
            self.forms.append({"method": "get", "fields": [], **attributes})
        if tag == "input" and attributes.get("type", "text") == "text" and self.forms:
            self.forms[-1]["fields"].append(attributes.get("name"))

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        self.words += [] if self.hidden else data.split()


def get(client, path):
    response = client.get(path)
    assert response.status_code == 200, f"the page at {path} answered {response.status_code}"
    return Page(response)


def name_a_room(client, name):
    """Submit the form on the first page as a person would; return the response."""
    forms = [form for form in get(client, "/").forms if form["fields"]]
    assert forms, "the first page has no form with a text field for a room name"
    form = forms[0]
    submit = client.post if form["method"].lower() == "post" else client.get
    return submit(form.get("action") or "/", {form["fields"][0]: name})


def test_the_first_page_leads_to_the_room_that_you_name(client):
    response = name_a_room(client, "tea-room_2")
    says = f"the form on the first page answered {response.status_code} to the name tea-room_2"
    assert response.status_code == 302, f"{says} and does not redirect"
    assert response["Location"] == "/chat/tea-room_2/", f"{says} and redirects elsewhere"


@pytest.mark.parametrize("name", ["tea room", "café", "a" * 81, "<script>"])
def test_a_bad_room_name_is_answered_in_words(client, name):
    response = name_a_room(client, name)
    assert response.status_code == 200, (
        f"the form answered {response.status_code} to the name {name!r}"
    )
    before, after = get(client, "/"), Page(response)
    explanation = set(after.words) - set(before.words) - {name}
    assert len(explanation) >= 3, f"the first page does not say what is wrong with {name!r}"
    assert after.inline == [], f"the first page does not escape {name!r} in its HTML"


@pytest.mark.parametrize("name", ["my-room", "Room_2", "a" * 80])
def test_a_room_has_a_page(client, name):
    name_a_room(client, name)
    assert name in get(client, f"/chat/{name}/").words, (
        "a room's page does not show the room's name"
    )


@pytest.mark.parametrize("name", ["my%20room", "caf%C3%A9", "a" * 81, "o'brien", "a%5C", "a%0A"])
def test_a_bad_room_name_has_no_page(client, name):
    name_a_room(client, "lobby")
    get(client, "/chat/lobby/")
    status = client.get(f"/chat/{name}/").status_code
    assert status == 404, f"the page at /chat/{name}/ answered {status}, not 404"


@pytest.mark.parametrize("path", ["/", "/chat/lobby/"])
def test_a_page_holds_no_inline_script(client, path):
    name_a_room(client, "lobby")
    inline = get(client, path).inline
    assert inline == [], f"the page at {path} contains inline code: {', '.join(inline)}"
