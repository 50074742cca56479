"""Browsers are found in each system's usual places. The systems are simulated."""

import sys
import types

import pytest
from playwright.async_api import async_playwright

from workshop.base.errors import WorkshopError
from workshop.services import browser_places, chromium

CHROME = r"Software\Microsoft\Windows\CurrentVersion\App Paths\chrome.exe"
EDGE = r"Software\Microsoft\Windows\CurrentVersion\App Paths\msedge.exe"


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine with nothing on the PATH and an empty home."""
    empty, home = tmp_path / "empty", tmp_path / "home of Jürgen"
    for folder in (empty, home):
        folder.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    return tmp_path


def install(folder, place):
    program = folder / place
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_bytes(b"")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    "place",
    [
        "root/opt/google/chrome/chrome",
        "root/opt/microsoft/msedge/msedge",
        "root/snap/bin/chromium",
        "root/var/lib/flatpak/exports/bin/org.chromium.Chromium",
        "home of Jürgen/.local/share/flatpak/exports/bin/com.google.Chrome",
    ],
)
def test_a_browser_from_a_vendor_snap_or_flatpak_is_found_on_linux(machine, place):
    program = install(machine, place)
    assert browser_places.find(machine / "root", "linux") == program


@pytest.mark.parametrize("folder", ["root/Applications", "home of Jürgen/Applications"])
@pytest.mark.parametrize("name", ["Google Chrome", "Chromium", "Microsoft Edge"])
def test_a_browser_among_the_applications_is_found_on_macos(machine, folder, name):
    program = install(machine, f"{folder}/{name}.app/Contents/MacOS/{name}")
    assert browser_places.find(machine / "root", "darwin") == program


@pytest.fixture
def registry(monkeypatch):
    """A Windows whose registry is a dictionary."""
    values = {}

    def query(hive, key):
        if (hive, key) not in values:
            raise FileNotFoundError(key)
        return values[hive, key]

    module = types.SimpleNamespace(
        HKEY_CURRENT_USER="user", HKEY_LOCAL_MACHINE="machine", QueryValue=query
    )
    monkeypatch.setitem(sys.modules, "winreg", module)
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)"):
        monkeypatch.delenv(name, raising=False)
    return values


@pytest.mark.parametrize("hive", ["user", "machine"])
@pytest.mark.parametrize("key", [CHROME, EDGE])
def test_a_browser_in_the_registry_is_found_on_windows(machine, registry, hive, key):
    program = install(machine, "D/Programme/browser.exe")
    registry[hive, key] = f'"{program}"'
    assert browser_places.find(system="win32") == program


@pytest.mark.parametrize("variable", ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"])
@pytest.mark.parametrize(
    "place", ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"]
)
def test_a_browser_among_the_programs_is_found_on_windows(
    machine, registry, monkeypatch, variable, place
):
    registry["user", CHROME] = str(machine / "was uninstalled.exe")
    monkeypatch.setenv(variable, str(machine / "Program Files"))
    assert browser_places.find(system="win32") is None
    program = install(machine / "Program Files", place)
    assert browser_places.find(system="win32") == program


def test_the_browser_at_browser_path_is_preferred(monkeypatch, machine):
    install(machine, "empty/chromium")
    monkeypatch.setenv("BROWSER_PATH", "/my/own/chrome")
    assert chromium.environment() == {"BROWSER_PATH": "/my/own/chrome"}


async def test_without_a_browser_the_error_says_how_to_install_one(monkeypatch, machine):
    monkeypatch.setattr(browser_places, "find", lambda: None)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(machine))
    async with async_playwright() as playwright:
        with pytest.raises(WorkshopError) as caught:
            await chromium.launch(playwright)
    assert str(caught.value) == chromium.NONE_FOUND
    assert chromium.environment() == {}


async def test_a_browser_that_does_not_start_is_named_in_the_error(monkeypatch, machine):
    monkeypatch.setenv("BROWSER_PATH", str(machine / "no browser"))
    async with async_playwright() as playwright:
        with pytest.raises(WorkshopError, match="no browser doesn't start: set") as caught:
            await chromium.launch(playwright)
    assert "\n" not in str(caught.value)
