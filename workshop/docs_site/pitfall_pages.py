"""The pages of the pitfalls, written from the registry that the doctor reads too."""

import json
from pathlib import Path

from workshop import course, pitfalls
from workshop.docs_site import notebook_links, notebook_pages
from workshop.pitfalls import Pitfall, Symptom

PLACES = {
    "terminal": "in the terminal",
    "browser": "in the browser",
    "test": "in a test",
    "nowhere": "nowhere",
}
KINDS = {
    "raises": ("An error is raised.", "danger"),
    "log line only": ("Only a line in a log says so.", "warning"),
    "silent": ("Nothing says so.", "info"),
}
SEVERITIES = {
    "error": "It will not work.",
    "warning": "It works until a condition comes true.",
    "note": "Worth knowing.",
}
WAYS = {
    "static": "from the settings",
    "import": "by importing the ASGI module",
    "source": "by reading your source",
    "live": "by trying it out (`--live`)",
}
INTRO = """---
description: What goes wrong with Django Channels, by the message that you see.
---
# Pitfalls

Each of these {count} has been made to happen, and what it prints is what you read here, word for
word. Did you get a message? Paste it into the search at the top of this page, or find it below.

[The doctor](../doctor.md) finds {found} of them in a project of yours, and says how to mend each:

```console
python3 -m workshop doctor my-chat
```

Fifteen of them happen before your eyes, and are mended, in a notebook, which you can
[read here](../notebooks/04-channel-layer-pitfalls.md) with all that it prints, or run yourself:

```console
python3 -m workshop notebooks 04-channel-layer-pitfalls
```
"""


def paths(root: Path) -> list[str]:
    """Return the path below docs/ of every pitfall's page, in the registry's order."""
    return [_path(one) for one in pitfalls.load()]


def pages(root: Path) -> dict[str, str]:
    """Return the Markdown of the index and of every pitfall's page, by path."""
    notebook = next(one for one in course.notebooks(root) if "pitfalls/index" in one.pages)
    shown = notebook_pages.pitfalls_shown(notebook)
    happens = (
        f"See it happen, and mended: [{notebook.title}](../{notebook_links.page_of(notebook)}#"
    )
    found = {"pitfalls/index.md": index()}
    for one in pitfalls.load():
        also = f"{happens}{one.id.lower()})." if one.id in shown else ""
        found[_path(one)] = page(one, also)
    return found


def symptoms() -> str:
    """Return a script that tells the site's search which message belongs to which pitfall."""
    shown = [
        [one.id, symptom.text]
        for one in pitfalls.load()
        for symptom in one.symptoms
        if symptom.where != "nowhere"
    ]
    return f"window.SYMPTOMS = {json.dumps(shown)};\n"


def index() -> str:
    """Return the index: by where a symptom shows and its text, then by number."""
    everything = pitfalls.load()
    found = sum(bool(one.found_by) for one in everything)
    lines = [INTRO.format(count=len(everything), found=found)]
    for place, words in PLACES.items():
        shown = [(s, one) for one in everything for s in one.symptoms if s.where == place]
        title = f"What you see {words}" if place != "nowhere" else "Nothing shows"
        lines += ["", f"## {title}", "", "| What you see | Why |", "|---|---|"]
        rows = sorted(shown, key=lambda pair: pair[0].text.lower())
        lines += [f"| {_cell(s)} | {_link(one)} |" for s, one in rows]
    lines += ["", "## All, by number", "", "| Number | Pitfall | How it shows |", "|---|---|---|"]
    for one in everything:
        lines.append(f"| {one.id} | [{one.title}]({one.id.lower()}.md) | {KINDS[one.kind][0]} |")
    return "\n".join(lines) + "\n"


def page(one: Pitfall, happens: str = "") -> str:
    """Return the Markdown of a pitfall's page; `happens` leads to where it can be seen."""
    words, kind = KINDS[one.kind]
    lines = ["---", f"title: '{one.id} {_quoted(one.title)}'", "---", f"# {one.id}: {one.title}"]
    lines += ["", f'!!! {kind} "{words} {SEVERITIES[one.severity]}"', ""]
    lines += ["## What you see", ""]
    for symptom in one.symptoms:
        lines += _symptom(symptom)
    lines += ["## Why", "", _ended(one.why), "", "## How to mend it", "", _ended(one.mend.text), ""]
    lines += _diff(one.mend.diff)
    lines += ["", "## How to find it", "", _ended(one.find), "", _doctor(one), "", happens, ""]
    lines += ["## Seen with", "", _versions(one), ""]
    if one.references:
        links = [f"[{name}]({pitfalls.reference_url(name)})" for name in one.references]
        lines += [f"Reported as {', '.join(links)}.", ""]
    return "\n".join(lines)


def _symptom(symptom: Symptom) -> list[str]:
    if symptom.where == "nowhere":
        happens = f" It happens {symptom.when}." if symptom.when else ""
        said = f"{symptom.text[:1].upper()}{symptom.text[1:]}".rstrip(".")
        return [_ended(said) + happens.replace("..", "."), ""]
    when = f", {symptom.when}" if symptom.when else ""
    head = f"{PLACES[symptom.where][:1].upper()}{PLACES[symptom.where][1:]}{when}:"
    return [head, "", "```{ .text .symptom }", *symptom.text.splitlines(), "```", ""]


def _diff(text: str) -> list[str]:
    if not text.strip():
        return []
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("--- "):
            continue
        if line.startswith("+++ "):
            blocks.append((line.removeprefix("+++ ").removeprefix("b/"), []))
        elif line != "@@" or blocks[-1][1]:
            blocks[-1][1].append("…" if line == "@@" else line)
    shown = []
    for name, lines in blocks:
        shown += [f'```diff title="{name}"', *lines, "```", ""]
    return shown


def _doctor(one: Pitfall) -> str:
    if not one.found_by:
        return "The doctor cannot find it: it shows only while your project works."
    ways = " and ".join(WAYS[way] for way in one.found_by)
    return f"`python3 -m workshop doctor` finds it {ways}."


def _ended(text: str) -> str:
    return text if text.rstrip().endswith((".", ":", "!", "?")) else f"{text.rstrip()}."


def _versions(one: Pitfall) -> str:
    return "All versions." if one.versions == "all" else f"{one.versions.rstrip('.')}."


def _cell(symptom: Symptom) -> str:
    if symptom.where == "nowhere":
        return symptom.text.replace("|", "\\|")
    first = symptom.text.splitlines()[0].replace("|", "\\|")
    mark = "``" if "`" in first else "`"
    pad = " " if mark == "``" else ""
    return f"{mark}{pad}{first}{pad}{mark}"


def _link(one: Pitfall) -> str:
    return f"[{one.id} {one.title}]({one.id.lower()}.md)"


def _quoted(text: str) -> str:
    return text.replace("'", "''").replace("`", "")


def _path(one: Pitfall) -> str:
    return f"pitfalls/{one.id.lower()}.md"
