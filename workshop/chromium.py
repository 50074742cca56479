"""The Chromium of this machine, and what it is told when a program drives it.

Each window of a person's browser prepares the pages that drop down from its address bar. Nobody
types there, and they cost more than the page that is looked at: so they are left out.
"""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
# Playwright gives this option too, and of two only the last one counts: so it holds both lists.
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
    """Return the browser at BROWSER_PATH, or the first one on PATH; None where there is none."""
    return os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, NAMES)), None)
