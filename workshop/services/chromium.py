"""The Chromium on this machine, and the options for controlling it from a program.

In each window, the browser prepares the pages that drop down from its address bar. Nobody types
there, and they cost more than the page under test, so they are turned off.
"""

import os

from workshop.base.errors import WorkshopError
from workshop.services import browser_places

NONE_FOUND = (
    "No browser starts: install Chromium, Chrome or Edge (Debian, Ubuntu: `sudo apt install "
    "chromium`; macOS: `brew install --cask chromium`; Windows has Edge), or set BROWSER_PATH to "
    "a browser's program."
)
# Playwright passes this option too, and only the last one counts, so this has both lists.
_OF_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,"
    "ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,TcpPortRandomizationWin,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "msForceBrowserSignIn,msEdgeUpdateLaunchServicesPreferredVersion"
)
_OF_A_PERSON = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"
OPTIONS = (
    "--no-sandbox",
    "--disable-background-networking",
    f"--disable-features={_OF_PLAYWRIGHT},{_OF_A_PERSON}",
)


def find() -> str | None:
    """Return the browser at BROWSER_PATH, or else an installed one, or None."""
    return os.environ.get("BROWSER_PATH") or browser_places.find()


def environment() -> dict[str, str]:
    """Return the variable that names the browser for a project's tests, if there is one."""
    path = find()
    return {"BROWSER_PATH": path} if path else {}


async def launch(playwright, *options: str):
    """Start the browser, or the one that Playwright has downloaded, and return it.

    Raises WorkshopError with a single sentence if none starts.
    """
    from playwright.async_api import Error  # slow to import, and not installed for every command

    path = find()
    try:
        arguments = [*OPTIONS, *options]
        return await playwright.chromium.launch(executable_path=path, args=arguments)
    except Error as error:
        if not path:
            raise WorkshopError(NONE_FOUND) from error
        raise WorkshopError(
            f"The browser {path} doesn't start: set BROWSER_PATH to another browser's program."
        ) from error
