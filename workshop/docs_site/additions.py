"""The tables of what the finished app adds to the last step, file by file."""

from pathlib import Path

from workshop.base import project_files
from workshop.course import catalog
from workshop.docs_site.blocks import folded
from workshop.docs_site.sources import NotFound

NOT_SHOWN = {"requirements.txt"}  # more than 1,000 lines of generated code


def adds(root: Path, part: str) -> list[str]:
    """Return the table for one part of the finished app, followed by its files, folded.

    Raises NotFound if course.toml has no such part.
    """
    final, last = catalog.load(root)[-1], catalog.steps(root)[-1]
    additions = [addition for addition in final.adds if addition.part == part]
    if not additions:
        raise NotFound(f"course.toml doesn't declare a part {part} of {final.slug}")
    rows = [f"| File | Since step {last.number} | What it adds |", "|---|---|---|"]
    for addition in additions:
        kind = _kind(addition, final.folder, last.folder)
        rows.append(f"| `{addition.path}` | {kind} | {addition.says} |")
    shown = [path for path in (addition.path for addition in additions) if _is_shown(path)]
    place = final.folder.relative_to(root).as_posix()
    return [*rows, "", *(line for path in shown for line in folded(root, f"{place}/{path}"))]


def _is_shown(path: str) -> bool:
    return not path.endswith(("/", ".png")) and path not in NOT_SHOWN


def _kind(addition: catalog.Addition, final: Path, last: Path) -> str:
    """Return "new" or "changed", or the number of files in a folder."""
    if addition.path.endswith("/"):
        return f"{len(project_files.files(final / addition.path))} files"
    return "changed" if (last / addition.path).is_file() else "new"
