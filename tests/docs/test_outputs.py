"""What a page says that a command prints is what it prints."""

import pytest
from sources import DOCS, directives, pages

from workshop.docs_site import outputs


def kept():
    return {path.stem: path for path in sorted((DOCS / "outputs").glob("*.txt"))}


@pytest.mark.timeout(600)  # a busy machine takes minutes
def test_everything_that_a_page_shows_as_printed_is_printed_now():
    texts = {name: path.read_text("utf-8") for name, path in kept().items()}
    assert texts == {name: f"{text}\n" for name, text in outputs.capture().items()}


@pytest.mark.parametrize("name", kept())
def test_what_is_kept_is_shown_somewhere(name):
    assert any(("output", [name]) in directives(page) for page in pages())
