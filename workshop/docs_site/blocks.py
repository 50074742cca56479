"""Markdown blocks made from the repository: code, diffs, exercises, captured output."""

import textwrap
from pathlib import Path

from workshop.course import catalog
from workshop.course.diff import compare
from workshop.docs_site.changes import changed_lines
from workshop.docs_site.sources import NotFound, language_of, piece, read

FOLDED_FROM = 70  # lines; longer files are folded
NEW = "The new file"
INDENT = "    "


def code(root: Path, path: str, symbol: str = "") -> list[str]:
    """Return a block with the file `path`, or with its class, function or setting `symbol`.

    The title of an excerpt says "From", so that nobody takes it for the whole file.
    """
    text = read(root, path)
    first, lines = piece(text, path, symbol) if symbol else (1, text.splitlines())
    lines = textwrap.dedent("\n".join(lines)).splitlines()
    title = f"From {_shown(path)}" if symbol else _shown(path)
    return _fence(language_of(path), title, lines, f'linenums="{first}"')


def new(root: Path, path: str) -> list[str]:
    """Return a block with a complete file for the reader to create, folded if it's long."""
    lines = read(root, path).splitlines()
    if len(lines) > FOLDED_FROM or not lines:
        return folded(root, path, NEW)
    return _fence(language_of(path), f"{NEW}: {_shown(path)}", lines, 'linenums="1"')


def folded(root: Path, path: str, words: str = "The whole file", marked: str = "") -> list[str]:
    """Return the whole file `path`, folded under a line that names it.

    The lines with the numbers `marked`, such as "3-5 8", stand out.
    """
    text = read(root, path)
    options = ['linenums="1"', *([f'hl_lines="{marked}"'] if marked else [])]
    inside = _fence(language_of(path), "", text.splitlines(), *options)
    if not text.strip():
        inside = ["The file is empty."]
    name = _shown(path).replace("__", r"\_\_")  # or Markdown prints the init of __init__ in bold
    return [f'??? file "{words}: {name}"', "", *(INDENT + line for line in inside), ""]


def change(root: Path, step: str, path: str) -> list[str]:
    """Return what the checkpoint `step` changes in its file `path`, and the whole file.

    A new file is shown whole. A changed one is shown as a diff, with the whole file folded below it
    and the new lines highlighted.
    """
    checkpoints = catalog.load(root)
    checkpoint = catalog.find(step, root)
    here = f"{_place(root, checkpoint)}/{path}"
    if checkpoint is not checkpoints[0]:
        before = next(
            old for old, new in zip(checkpoints, checkpoints[1:], strict=False) if new == checkpoint
        )
        if (before.folder / path).is_file():
            shown = diff(root, before.slug, checkpoint.slug, path)
            old = read(root, f"{_place(root, before)}/{path}")
            marked = changed_lines(old, read(root, here))
            return [*shown, "", *folded(root, here, marked=marked)]
    return new(root, here)


def tests(root: Path, step: str) -> list[str]:
    """Return every file in tests/ that the checkpoint `step` adds or changes, folded."""
    checkpoints = catalog.load(root)
    checkpoint = catalog.find(step, root)
    before = checkpoints[checkpoints.index(checkpoint) - 1]
    paths = {*checkpoint.tests, *checkpoint.added, *checkpoint.changed}
    shown = []
    for path in sorted(name for name in paths if name.startswith("tests/")):
        here = f"{_place(root, checkpoint)}/{path}"
        if checkpoint is checkpoints[0] or not (before.folder / path).is_file():
            shown += folded(root, here, "New")
            continue
        inside = diff(root, before.slug, checkpoint.slug, path)
        shown += [f'??? file "What changes: {path}"', "", *(INDENT + line for line in inside), ""]
        shown += folded(root, here)
    return shown


def diff(root: Path, old: str, new: str, path: str) -> list[str]:
    """Return the unified diff of `path` between two checkpoints. Raises NotFound if there is none.

    A diff of an SVG picture or another very long line wouldn't help anybody, so there is none.
    """
    found = [file for file in compare(old, new, path, root) if file.path == path]
    if not found:
        raise NotFound(f"{path} does not differ between {old} and {new}")
    return _fence("diff", f"{path}: what changes", list(found[0].lines[2:]))


def patch(root: Path, path: str) -> list[str]:
    """Return the diff in the file `path`, as a block for each file that it changes."""
    blocks, current = [], []
    for line in read(root, path).splitlines():
        if line.startswith("--- ") and current:
            blocks.append(current)
            current = []
        current.append(line)
    blocks.append(current)
    shown = []
    for lines in blocks:
        name = lines[1].removeprefix("+++ ").removeprefix("b/")
        shown += [*_fence("diff", f"{name}: what changes", lines[2:]), ""]
    return shown


def output(root: Path, name: str) -> list[str]:
    """Return a command's output from docs/outputs/NAME.txt. A test keeps it up to date."""
    text = read(root, f"docs/outputs/{name}.txt")
    return ["```{ .text .output title='What it prints' }", *text.rstrip("\n").splitlines(), "```"]


def _place(root: Path, checkpoint: catalog.Checkpoint) -> str:
    return checkpoint.folder.relative_to(root).as_posix()


def _shown(path: str) -> str:
    """Return `path` as it is called in the reader's own project."""
    parts = path.split("/")
    if parts[0] == "steps":
        return "/".join(parts[2:])
    return path


def _fence(language: str, title: str, lines: list[str], *options: str) -> list[str]:
    words = [f'title="{title}"'] if title else []
    head = " ".join([f"```{language}", *words, *options])
    return [head, *lines, "```"]
