"""The pages of the pitfalls, generated from the doctor's registry."""

import json
from pathlib import Path

from channels_doctor import pitfalls
from channels_doctor.pitfalls import Pitfall, Symptom, lookup
from channels_doctor.pitfalls.pages import KINDS, PLACES, markdown
from channels_doctor.pointers import Pointers
from workshop.base.commands import DOCS, DOCTOR
from workshop.course import catalog
from workshop.docs_site.pages import notebook_links, notebook_pages

INTRO = """---
description: What goes wrong with Django Channels, by the message that you see.
---
# Pitfalls

These {count} come from real projects and bug reports, and what they print is what you read here,
word for word. If you got a message, paste it into the search at the top of this page, or find it
below: a piece of it, or a whole traceback, is enough. If the browser says only that the WebSocket
connection failed, begin with [P73](p73.md).

In a terminal, `python3 -m workshop doctor --explain -` reads what you paste, and prints the page.

[The doctor](../doctor.md) finds {found} of them in a project of yours, and says how to fix each:

```console
python3 -m workshop doctor my-chat
```

Fifteen of them happen before your eyes, and are fixed, in a notebook, which you can
[read here](../notebooks/04-channel-layer-pitfalls.md) with all that it prints, or run yourself:

```console
python3 -m workshop notebooks 04-channel-layer-pitfalls
```
"""


def paths(root: Path) -> list[str]:
    """Return the paths under docs/ of all pitfall pages, in the registry's order."""
    return [_path(pitfall) for pitfall in pitfalls.load()]


def pages(root: Path) -> dict[str, str]:
    """Return {path: Markdown} of the index and of every pitfall's page."""
    notebook = next(book for book in catalog.notebooks(root) if "pitfalls/index" in book.pages)
    shown = notebook_pages.pitfalls_shown(notebook)
    happens = f"See it happen, and fixed: [{notebook.title}](../{notebook_links.page_of(notebook)}#"
    pointers = Pointers(DOCTOR, DOCS)
    found = {"pitfalls/index.md": index()}
    for pitfall in pitfalls.load():
        also = f"{happens}{pitfall.id.lower()})." if pitfall.id in shown else ""
        found[_path(pitfall)] = markdown(pitfall, pointers, also)
    return found


def symptoms() -> str:
    """Return a script that tells the site's search which message belongs to which pitfall."""
    return f"window.SYMPTOMS = {json.dumps(lookup.table())};\n"


def index() -> str:
    """Return the index, sorted by where a symptom shows and its text, and then by number."""
    everything = pitfalls.load()
    found = sum(bool(pitfall.found_by) for pitfall in everything)
    lines = [INTRO.format(count=len(everything), found=found)]
    for place, words in PLACES.items():
        shown = [
            (symptom, pitfall)
            for pitfall in everything
            for symptom in pitfall.symptoms
            if symptom.where == place
        ]
        title = f"What you see {words}" if place != "nowhere" else "Nothing shows"
        lines += ["", f"## {title}", "", "| What you see | Why |", "|---|---|"]
        rows = sorted(shown, key=lambda pair: pair[0].text.lower())
        lines += [f"| {_cell(symptom)} | {_link(pitfall)} |" for symptom, pitfall in rows]
    lines += ["", "## All, by number", "", "| Number | Pitfall | How it shows |", "|---|---|---|"]
    for pitfall in everything:
        link = f"[{pitfall.title}]({pitfall.id.lower()}.md)"
        lines.append(f"| {pitfall.id} | {link} | {KINDS[pitfall.kind][0]} |")
    return "\n".join(lines) + "\n"


def _cell(symptom: Symptom) -> str:
    if symptom.where == "nowhere":
        return symptom.text.replace("|", "\\|")
    first = symptom.text.splitlines()[0].replace("|", "\\|")
    mark = "``" if "`" in first else "`"
    pad = " " if mark == "``" else ""
    return f"{mark}{pad}{first}{pad}{mark}"


def _link(pitfall: Pitfall) -> str:
    return f"[{pitfall.id} {pitfall.title}]({pitfall.id.lower()}.md)"


def _path(pitfall: Pitfall) -> str:
    return f"pitfalls/{pitfall.id.lower()}.md"
