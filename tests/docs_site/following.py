"""A built page as a reader follows it: its blocks in order, and what they do to a project."""

import os
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser

from workshop.base.environment import child_environment

CHANGES = ": what changes"
WHOLE = "The whole file: "
NEW = "The new file: "
PIECE = "From "


@dataclass(frozen=True)
class Shown:
    """A block on a page: its section, its title (or the fold's) and its text."""

    part: str
    title: str
    text: str

    @property
    def path(self):
        """Return the path of the file named in the title."""
        path = self.title.removesuffix(CHANGES)
        for words in (WHOLE, NEW, PIECE):
            path = path.removeprefix(words)
        return path


class Page(HTMLParser):
    """Reads the code blocks on a page, whatever is around them."""

    def __init__(self, path):
        super().__init__()
        self.blocks, self._part, self._fold, self._title = [], "", "", ""
        self._within, self._text, self._numbers = None, "", False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        kinds = (dict(attributes).get("class") or "").split()
        if tag == "td" and "linenos" in kinds:
            self._numbers = True
        elif tag in ("h2", "summary") or "filename" in kinds or (tag == "pre" and self._is_code):
            self._within, self._text = tag, ""

    @property
    def _is_code(self):
        return not self._numbers

    def handle_data(self, data):
        self._text += data

    def handle_endtag(self, tag):
        if tag == "td":
            self._numbers = False
        if tag == "details":
            self._fold = ""
        if tag != self._within:
            return
        self._within, words = None, self._text.strip().removesuffix("¶")
        if tag == "h2":
            self._part = words
        elif tag == "summary":
            self._fold = words
        elif tag == "pre":
            self.blocks.append(Shown(self._part, self._title or self._fold, self._text))
            self._title = ""
        else:
            self._title = words


def apply(shown, project, *, backwards=False):
    """Apply a diff to the project's file, or revert it.

    A diff that does not fit what is there is an error: its reader would have to guess. (The page
    has lost empty last lines, so the lines are counted anew.)
    """
    before = "/dev/null" if shown.text.startswith("@@ -0,0 ") else f"a/{shown.path}"
    done = subprocess.run(
        ["git", "apply", "--recount", *(["--reverse"] if backwards else [])],
        cwd=project,
        input=f"--- {before}\n+++ b/{shown.path}\n{shown.text}",
        env=child_environment(GIT_DIR=os.devnull),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, f"{shown.title} does not fit: {done.stderr}"


def make(shown, project):
    """Create a file that the page shows as new."""
    path = project / shown.path
    assert not path.exists(), f"{shown.title}, and it is there already"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(shown.text, encoding="utf-8", newline="\n")
