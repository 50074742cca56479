"""The notebooks as files: find one by name, and clean them for a commit."""

import difflib
from pathlib import Path

import nbformat

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT
from workshop.course import catalog

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def find(name: str, root: Path = ROOT) -> catalog.Notebook:
    """Return the notebook called `name`: "3", "03", "groups", "03-groups" or "03-groups.ipynb".

    If there is none, raises UsageError with the closest name.
    """
    notebooks = catalog.notebooks(root)
    wanted = Path(name).name.removesuffix(".ipynb").lower()
    names = {}
    for notebook in notebooks:
        number, _, short = notebook.slug.partition("-")
        names |= dict.fromkeys((notebook.slug, number, number.lstrip("0"), short), notebook)
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    guess = f" Did you mean {names[near[0]].slug}?" if near else ""
    known = ", ".join(notebook.slug for notebook in notebooks)
    raise UsageError(f"There is no notebook called {name}.{guess} There are: {known}.")


def read(path: Path) -> nbformat.NotebookNode:
    """Return the notebook in the file at `path`."""
    return nbformat.read(path, as_version=4)


def clean(root: Path = ROOT) -> list[Path]:
    """Write every notebook as it should be committed. Returns the files that changed."""
    changed = []
    for notebook in catalog.notebooks(root):
        before = notebook.path.read_text(encoding="utf-8")
        after = cleaned(nbformat.reads(before, as_version=4))
        if after != before:
            notebook.path.write_text(after, encoding="utf-8", newline="\n")
            changed.append(notebook.path)
    return changed


def cleaned(notebook: nbformat.NotebookNode) -> str:
    """Return the text of `notebook` without outputs, counts and this machine's metadata."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata = nbformat.from_dict(METADATA)
    return nbformat.writes(notebook) + "\n"
