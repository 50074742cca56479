"""The page of each pitfall, as Markdown and in the terminal."""

import re

import pytest
from rich.console import Console

from channels_doctor import command, pitfalls
from channels_doctor.pitfalls import pages
from channels_doctor.pointers import AS_MODULE, INSTALLED, Pointers

each = pytest.mark.parametrize("pitfall", pitfalls.load(), ids=lambda pitfall: pitfall.id)


def explained(pitfall, pointers=INSTALLED):
    console = Console(record=True, width=80, file=open("/dev/null", "w"))
    with console.file:
        assert command.explain(pitfall.id.lower(), console, pointers) == 0
    return console.export_text()


@each
def test_explain_prints_the_whole_page(pitfall):
    page = pages.markdown(pitfall).partition("## Seen with")[0].partition("\n# ")[2]
    page = re.sub(r"^(## .*|```.*)$|^!!! \w+", "", page, flags=re.M)
    text = explained(pitfall)
    said = set(re.findall(r"\w{3,}", text.lower()))
    assert set(re.findall(r"\w{3,}", page.lower())) - {"happens"} <= said
    for reference in pitfall.references:
        assert pitfalls.reference_url(reference) in text


@each
def test_explain_fits_a_terminal_of_80_columns(pitfall):
    said = explained(pitfall)
    assert said.startswith(f"{pitfall.id}  {pitfall.title}\n")
    assert max(map(len, said.splitlines())) <= 80


def test_a_diff_keeps_its_indentation():
    assert '    INSTALLED_APPS = [\n          +     "daphne",\n' in explained(pitfalls.find("P02"))


def test_explain_names_the_command_that_was_called():
    p01 = pitfalls.find("P01")
    assert "`channels-doctor` finds it" in explained(p01)
    assert "`python -m channels_doctor` finds it" in " ".join(explained(p01, AS_MODULE).split())
    assert "The page:" not in explained(p01)


def test_a_site_of_docs_can_be_pointed_to():
    p01 = pitfalls.find("P01")
    ours = Pointers("my doctor", "my docs")
    assert ours.more(p01) == "my docs p01"
    assert ours.explain(p01) == "my doctor --explain P01"
    assert "The page: my docs p01" in explained(p01, ours)
    assert INSTALLED.more(p01) == "channels-doctor --explain P01"


@each
def test_a_page_is_made_of_whole_sentences(pitfall):
    prose = re.sub(r"^```.*?^```$", "", pages.markdown(pitfall), flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r".{0,20}\.[.,;:](?!\d).{0,20}", prose) == []
