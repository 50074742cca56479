"""Where the notebooks for the browser are built, and whether that build is up to date.

Standard library only, because the docs need this even if JupyterLite isn't installed.
"""

import hashlib
from pathlib import Path

from workshop.base.paths import ROOT


def place(root: Path = ROOT) -> Path:
    """Return the folder for the site and its sources, which git ignores."""
    return root / ".workshop" / "lite"


def built(root: Path = ROOT) -> Path | None:
    """Return the folder of the built site, or None if it is missing or outdated."""
    site, stamp = place(root) / "site", place(root) / "built-from"
    current = stamp.is_file() and stamp.read_text("utf-8") == digest(root)
    return site if current and (site / "lab" / "index.html").is_file() else None


def digest(root: Path = ROOT) -> str:
    """Return a digest of everything that the site is built from."""
    code = Path(__file__).parent
    folders = [code, root / "notebooks", root / "steps" / "02-asgi", root / "steps" / "03-consumer"]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    paths += [root / "steps" / "course.toml", *(root / "requirements").glob("*.txt")]
    found = hashlib.sha256()
    for path in sorted(path for path in paths if path.suffix not in (".pyc", ".sqlite3")):
        name = path.relative_to(root) if path.is_relative_to(root) else path.relative_to(code)
        found.update(name.as_posix().encode() + path.read_bytes())
    return found.hexdigest()
