"""The command output on the pages is what the commands really print."""

import pytest
from doc_pages import DOCS, directives, pages

from workshop.authoring import outputs

pytestmark = pytest.mark.slow


def kept():
    return {path.stem: path for path in sorted((DOCS / "outputs").glob("*.txt"))}


@pytest.mark.timeout(600)  # a busy machine takes minutes
def test_console_output_on_pages_is_up_to_date():
    texts = {name: path.read_text("utf-8") for name, path in kept().items()}
    assert texts == {name: f"{text}\n" for name, text in outputs.capture().items()}


@pytest.mark.parametrize("name", kept())
def test_every_kept_output_is_on_a_page(name):
    assert any(("output", [name]) in directives(page) for page in pages())
