"""The project's public files agree with the project."""

import re
import tomllib

import pytest
import yaml

from workshop.base.paths import ROOT, version

CONFIG = ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"
FORMS = sorted(set((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) - {CONFIG})
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
KINDS = {"input", "textarea", "dropdown", "checkboxes", "markdown"}


def test_the_changelog_starts_with_this_version():
    newest = re.search(r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert newest.groups() == (version(), citation["date-released"])


def test_the_citation_names_this_version_and_license():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == version()
    assert "BSD 3-Clause" in (ROOT / "LICENSE").read_text("utf-8")
    assert citation["license"] == "BSD-3-Clause"
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


def test_the_version_is_printed_before_anything_is_installed(workshop):
    from workshop import help

    with open(ROOT / "pyproject.toml", "rb") as file:
        declared = tomllib.load(file)["project"]["version"]
    assert help.answer(["--version"]) == declared
    assert workshop("--version", code=0).stdout.strip() == declared


@pytest.mark.parametrize("name", PAGES)
def test_links_between_the_pages_work(name):
    for target in LINK.findall((ROOT / name).read_text("utf-8")):
        assert (ROOT / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_has_what_github_requires(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= set(form)
    questions = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in form["body"]} <= KINDS
    assert all(part["attributes"]["label"] for part in questions)
    assert len({part["id"] for part in questions}) == len(questions)
