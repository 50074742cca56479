"""Build a folder with Pyodide and the packages that the notebooks need, for offline use.

Pyodide comes from npm without its packages, but with a lock file that has their hashes. We download
the wheels that we need, add our own, and write a new lock file.
"""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION, PYODIDE_VERSION
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.setup import installer

LOCK = "pyodide-lock.json"
KERNEL = ("ipython", "jedi", "micropip", "packaging", "tzdata")  # required by the kernel itself
OURS = {  # a package of ours: what it needs
    "comm": ["traitlets"],
    "asgiref": [],
    "sqlparse": [],
    "django": ["asgiref", "sqlparse", "tzdata"],
    "channels": ["django", "asgiref"],
}
STUB = {  # the parts of daphne that the steps' settings and channels.testing import
    "daphne/__init__.py": "",
    "daphne/testing.py": "DaphneProcess = None\n",
    "daphne-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: daphne\nVersion: 0\n",
    "daphne-0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "daphne-0.dist-info/RECORD": "",
}
NO_NPM = (
    "The notebooks for the browser need npm to download Pyodide, and it wasn't found: install "
    "Node.js (Debian, Ubuntu: `sudo apt install npm`; macOS: `brew install node`; elsewhere: "
    "nodejs.org)."
)


def fill(folder: Path, root: Path = ROOT) -> None:
    """Put Pyodide and its wheels into `folder`, which is created if necessary.

    Raises WorkshopError if npm or pip is missing, or if something can't be downloaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _unpack_pyodide(folder)
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    known = lock["packages"]
    names = _closure(known, [*KERNEL, "traitlets"])
    pins = {name: known[name]["version"] for name in names} | _pins(root)
    wheels = _fetch([f"{name}=={version}" for name, version in pins.items()], folder)
    kept = {name: known[name] for name in names}
    for name, depends in OURS.items():
        kept[name] = _entry(name, pins[name], depends)
    for name, entry in kept.items():
        _place(entry, wheels[name])
    kept["daphne"] = _entry("daphne", "0", ["django"])
    _place(kept["daphne"], _stub(folder))
    (folder / LOCK).write_text(json.dumps(lock | {"packages": kept}), encoding="utf-8")


def _unpack_pyodide(folder: Path) -> None:
    npm = shutil.which("npm")
    if not npm:
        raise WorkshopError(NO_NPM)
    with tempfile.TemporaryDirectory() as fetched:
        command = [npm, "pack", f"pyodide@{PYODIDE_VERSION}", "--silent"]
        done = subprocess.run(command, cwd=fetched, env=child_environment(), capture_output=True)
        archives = list(Path(fetched).glob("*.tgz"))
        if done.returncode or not archives:
            raise WorkshopError(
                f"npm couldn't download Pyodide {PYODIDE_VERSION}: check the network."
            )
        with tarfile.open(archives[0]) as archive:
            archive.extractall(fetched, filter="data")
        for path in Path(fetched, "package").iterdir():
            if not path.name.endswith((".map", ".html", ".d.ts", ".md")):
                shutil.move(path, folder / path.name)


def _closure(known: dict, names: Iterable[str]) -> list[str]:
    """Return `names` and all their dependencies, as named in the lock file."""
    found: list[str] = []
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting += [canonicalize_name(other) for other in known[name]["depends"]]
    return found


def _pins(root: Path) -> dict[str, str]:
    """Return the versions of OURS that the course has pinned for Pyodide's Python."""
    python = {
        "python_version": PYODIDE_PYTHON_VERSION,
        "python_full_version": f"{PYODIDE_PYTHON_VERSION}.0",
    }
    found = {}
    for group in ("test", "run"):
        text = (root / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
        lines = [line.rstrip("\\ ") for line in text.splitlines() if line[:1].isalnum()]
        for requirement in map(Requirement, lines):
            fits = not requirement.marker or requirement.marker.evaluate(python)
            if requirement.name in OURS and fits:
                found[requirement.name] = str(requirement.specifier).removeprefix("==")
    return found


def _fetch(pins: list[str], folder: Path) -> dict[str, Path]:
    """Download one wheel for each pin into `folder`. Returns {package: wheel}."""
    pip = installer.find_pip()
    if not pip:
        raise WorkshopError(installer.NO_PIP)
    wanted = ["--no-deps", "--only-binary", ":all:", "--python-version", PYODIDE_PYTHON_VERSION]
    command = [*pip, "download", *installer.PIP_OPTIONS, *wanted, "--dest", str(folder), *pins]
    code, output = installer.run(command, installer.pip_environment())
    if code:
        last = (output.strip().splitlines() or ["no reason given"])[-1]
        raise WorkshopError(f"The packages for the browser couldn't be downloaded ({last}).")
    return {canonicalize_name(path.name.split("-")[0]): path for path in folder.glob("*.whl")}


def _stub(folder: Path) -> Path:
    path = folder / "daphne-0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in STUB.items():
            wheel.writestr(name, text)
    return path


def _entry(name: str, version: str, depends: list[str]) -> dict:
    described = {"name": name, "version": version, "depends": depends, "imports": [name]}
    return described | {"install_dir": "site", "package_type": "package", "unvendored_tests": False}


def _place(entry: dict, wheel: Path) -> None:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    entry |= {"file_name": wheel.name, "sha256": digest}
