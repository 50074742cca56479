"""Finds Chromium, Chrome or Edge on this machine. Standard library only."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ON_PATH = (
    "chromium-headless-shell",  # starts and opens pages in half the time of the whole browser
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
ON_LINUX = (  # locations used by vendors' packages, Snap and Flatpak
    "opt/google/chrome/chrome",
    "opt/microsoft/msedge/msedge",
    "snap/bin/chromium",
)
OF_FLATPAK = ("org.chromium.Chromium", "com.google.Chrome", "com.microsoft.Edge")
ON_MACOS = ("Google Chrome", "Chromium", "Microsoft Edge")
ON_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
APP_PATHS = r"Software\Microsoft\Windows\CurrentVersion\App Paths"
IN_REGISTRY = ("chrome.exe", "msedge.exe")


def find(root: Path = Path("/"), system: str = sys.platform) -> str | None:
    """Return a browser's path, from PATH or from `system`'s usual places under `root`."""
    on_path = next(filter(None, map(shutil.which, ON_PATH)), None)
    return on_path or next((str(path) for path in _places(root, system) if path.is_file()), None)


def _places(root: Path, system: str) -> Iterator[Path]:
    if system == "win32":
        yield from _in_registry()
        yield from _in_program_files()
    elif system == "darwin":
        for folder in (root / "Applications", Path.home() / "Applications"):
            yield from (folder / f"{name}.app/Contents/MacOS/{name}" for name in ON_MACOS)
    else:
        yield from (root / place for place in ON_LINUX)
        for folder in (root / "var/lib/flatpak", Path.home() / ".local/share/flatpak"):
            yield from (folder / "exports/bin" / name for name in OF_FLATPAK)


def _in_registry() -> Iterator[Path]:
    """Yield the browsers in the Windows registry, first this user's and then everybody's."""
    import winreg

    for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        for name in IN_REGISTRY:
            with contextlib.suppress(OSError):  # no such key
                yield Path(winreg.QueryValue(hive, rf"{APP_PATHS}\{name}").strip('"'))


def _in_program_files() -> Iterator[Path]:
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := os.environ.get(variable):
            yield from (Path(folder, place) for place in ON_WINDOWS)
