"""The pages of the notebooks, with the outputs of their last execution, if any.

We don't use mkdocs-jupyter, because it wouldn't check links between notebooks and chapters, and it
has no anchors for the pitfalls.
"""

import re
from pathlib import Path

import nbformat

from workshop.course import catalog
from workshop.docs_site.pages import notebook_links, notebook_pictures
from workshop.notebooks import executed, files

HEAD = """---
title: {title}
description: {title}, a notebook with everything that its cells print.
search: {{ boost: 0.5 }}
---
"""
UNEXECUTED = (
    '!!! info "Without the outputs"\n    These cells have not been executed on this machine yet. '
    "`python3 -m workshop docs --build` does it, in a minute; then this page shows what they print."
)
FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>\n(.*?)</details>", re.DOTALL)
HEADING = re.compile(r"^(##+ )((?:P\d\d(?:, )?)+)(: .+)$", re.MULTILINE)
TITLE = re.compile(r"\A# .+\n")
KINDS = {"Answer": "question", "Solution": "success"}
INDENT = "    "


def paths(root: Path) -> list[str]:
    """Return the path under docs/ of every notebook's page, in order."""
    return [notebook_links.page_of(notebook) for notebook in catalog.notebooks(root)]


def pages(root: Path) -> dict[str, str]:
    """Return {path under docs/: Markdown} of every notebook's page."""
    return {
        notebook_links.page_of(notebook): page(notebook, root)
        for notebook in catalog.notebooks(root)
    }


def page(notebook: catalog.Notebook, root: Path) -> str:
    """Return the Markdown of the page of `notebook`, without executing it."""
    kept = executed.kept(notebook, root)
    first, *cells = files.read(kept or notebook.path).cells
    lines = [HEAD.format(title=notebook.title), f"# {notebook.title}", ""]
    lines += [TITLE.sub("", prose(first.source, root)), ""]
    lines += notebook_links.ways_to_run(notebook, root)
    lines += ["", *([] if kept else [UNEXECUTED, ""])]
    for cell in cells:
        lines += [prose(cell.source, root)] if cell.cell_type == "markdown" else _code(cell)
        lines.append("")
    return "\n".join(lines)


def prose(text: str, root: Path) -> str:
    """Return a cell's Markdown for the site, with its links, pitfall anchors and folded parts."""
    text = re.sub(r"\]\(\.\./steps/([\w-]+)/README\.md\)", r"](../chapters/\1.md)", text)
    slugs = "|".join(re.escape(notebook.slug) for notebook in catalog.notebooks(root))
    text = re.sub(rf"\]\(({slugs})\.ipynb\)", r"](\1.md)", text)
    text = HEADING.sub(_with_anchors, text)
    return FOLDED.sub(_folded, text)


def pitfalls_shown(notebook: catalog.Notebook) -> list[str]:
    """Return the numbers of the pitfalls that `notebook` demonstrates: P02, P17 …"""
    cells = files.read(notebook.path).cells
    found = [match[2] for cell in cells for match in HEADING.finditer(cell.source)]
    return [number for numbers in found for number in numbers.split(", ")]


def _with_anchors(match: re.Match) -> str:
    first, *others = match[2].split(", ")
    spans = "".join(f'<span id="{other.lower()}"></span>' for other in others)
    return f"{match[1]}{match[2]}{match[3]}{spans} {{ #{first.lower()} }}"


def _folded(match: re.Match) -> str:
    name = match[1].strip()
    inside = [f"{INDENT}{line}".rstrip() for line in match[2].strip("\n").split("\n")]
    return "\n".join([f'??? {KINDS.get(name, "note")} "{name}"', "", *inside, ""])


def _code(cell: nbformat.NotebookNode) -> list[str]:
    lines = fenced("```{ .python .cell }", cell.source)
    for number, output in enumerate(cell.outputs):
        data = output.get("data", {})
        if "text/html" in data:
            lines += ["", *notebook_pictures.figure(data, f"{cell.id}-{number}")]
        else:
            text = output.get("text") or data.get("text/plain", "")
            lines += ["", *fenced("```{ .text .output .printed }", text)]
    return lines


def fenced(head: str, text: str) -> list[str]:
    """Return `text` as a block whose fence is longer than any in it."""
    marks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`{3,}", text) or [""]))
    return [f"{marks}{head.lstrip('`')}", *text.rstrip("\n").splitlines(), marks]
