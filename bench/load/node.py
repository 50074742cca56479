"""The Node rivals' packages. npm installs them on first use, outside git."""

import shutil
import subprocess
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT

MANIFEST = Path(__file__).with_name("rivals") / "package.json"
PATIENCE = 180  # seconds that npm may take


def prepare(root: Path = ROOT) -> Path:
    """Return the folder with the packages of `rivals/package.json`, and install them if needed.

    Raises WorkshopError if npm can't install them.
    """
    folder = root / ".workshop" / "load"
    modules, wanted = folder / "node_modules", MANIFEST.read_text(encoding="utf-8")
    installed = folder / "installed.json"
    if modules.is_dir() and installed.is_file() and installed.read_text("utf-8") == wanted:
        return modules
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(wanted, encoding="utf-8")
    _install(folder)
    installed.write_text(wanted, encoding="utf-8")
    return modules


def _install(folder: Path) -> None:
    """Let npm install the packages named in `folder`'s package.json."""
    arguments = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    try:
        done = subprocess.run(
            [shutil.which("npm"), *arguments],
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise WorkshopError(f"npm didn't finish within {PATIENCE} seconds.") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise WorkshopError(f"npm couldn't install them: {last}")
