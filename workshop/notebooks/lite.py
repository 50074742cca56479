"""Build the notebooks for the browser: JupyterLite with Pyodide as its Python, self-hosted."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.lock import exclusive
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.notebooks import files, lite_site, pyodide
from workshop.notebooks.in_browser import for_browser

NOT_COPIED = shutil.ignore_patterns("__pycache__", "db.sqlite3*", "tests", "servers.py")
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
SETTINGS = {
    "disablePyPIFallback": True,
    "loadPyodideOptions": {"packages": ["channels", "daphne", "django"]},
}


def build(root: Path = ROOT, fresh: bool = False) -> Path:
    """Return the folder of the site, which is rebuilt if anything has changed.

    Raises WorkshopError if something that it needs is missing or can't be downloaded.
    """
    place = lite_site.place(root)
    place.mkdir(parents=True, exist_ok=True)
    site, stamp = place / "site", place / "built-from"
    with exclusive(place / "build.lock", "Another workshop command builds the site; waiting"):
        digest = lite_site.digest(root)
        if fresh or not stamp.is_file() or stamp.read_text("utf-8") != digest:
            stamp.unlink(missing_ok=True)
            with tempfile.TemporaryDirectory(dir=place) as work:
                _build(root, Path(work), place)
                shutil.rmtree(site, ignore_errors=True)
                Path(work, "site").rename(site)
            stamp.write_text(digest, "utf-8")
    return site


def _build(root: Path, work: Path, place: Path) -> None:
    source = work / "source"
    _pyodide(source / "static" / "pyodide", place / "pyodide", root)
    _contents(root, work / "contents")
    config = {"litePluginSettings": {KERNEL: SETTINGS}, "appName": "Channels Workshop"}
    described = {"jupyter-lite-schema-version": 0, "jupyter-config-data": config}
    (source / "jupyter-lite.json").write_text(json.dumps(described), encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-m", "jupyterlite_core", "build", "--no-sourcemaps"]
    command += ["--apps", "lab", "--lite-dir", str(source), "--contents", str(work / "contents")]
    command += ["--output-dir", str(work / "site")]
    done = subprocess.run(
        command,
        cwd=work,
        env=child_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise WorkshopError(f"JupyterLite could not be built:\n{last}")


def _pyodide(folder: Path, kept: Path, root: Path) -> None:
    """Put a copy of `kept` into `folder`, after downloading Pyodide if `kept` is outdated."""
    text = "".join(
        (root / "requirements" / f"{name}.txt").read_text("utf-8") for name in ("run", "lite")
    )
    wanted = hashlib.sha256((text + Path(pyodide.__file__).read_text("utf-8")).encode()).hexdigest()
    stamp = kept / "fetched-for"
    if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
        shutil.rmtree(kept, ignore_errors=True)
        pyodide.fill(kept, root)
        stamp.write_text(wanted, "utf-8")
    shutil.copytree(kept, folder, ignore=shutil.ignore_patterns(stamp.name))


def _contents(root: Path, folder: Path) -> None:
    (folder / "notebooks").mkdir(parents=True)
    for notebook in catalog.notebooks(root):
        if notebook.browser:
            text = nbformat.writes(for_browser(files.read(notebook.path)))
            (folder / "notebooks" / notebook.path.name).write_text(text, encoding="utf-8")
    shutil.copytree(root / "notebooks" / "lab", folder / "notebooks" / "lab", ignore=NOT_COPIED)
    for slug in ("02-asgi", "03-consumer"):
        shutil.copytree(root / "steps" / slug, folder / "steps" / slug, ignore=NOT_COPIED)
