"""The `docs` command: serve the site, or build it, for a server or as plain files."""

import contextlib
import functools
import logging
import os
import time
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import ended_by_signals
from workshop.docs_site import ready, ticks
from workshop.docs_site.addresses import address_of
from workshop.notebooks import executed
from workshop.services import network
from workshop.services.project_env import is_interactive

os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")

from mkdocs.commands import build as building  # noqa: E402
from mkdocs.commands import serve as serving  # noqa: E402
from mkdocs.config import load_config  # noqa: E402
from mkdocs.exceptions import MkDocsException  # noqa: E402


def build(offline: bool = False, folder: Path | None = None, root: Path = ROOT) -> Path:
    """Build the site into `folder`, by default site/online or site/offline, and return the folder.

    The notebooks are executed first, unless that has been done. Raises WorkshopError if a cell
    fails, or if anything at all is wrong with a page.
    """
    folder = folder or root / "site" / ("offline" if offline else "online")
    os.environ["DOCS_OFFLINE"] = "true" if offline else "false"
    if (root / "notebooks").is_dir():
        executed.execute_all(root)
    with _explained():
        building.build(load_config(str(root / "mkdocs.yml"), site_dir=str(folder)))
    return folder


def serve(
    page: str | None,
    host: str = "127.0.0.1",
    port: int = 8080,
    browser: bool = True,
    say: Callable[[str], None] = print,
    finished: ticks.Finished = list,
    root: Path = ROOT,
) -> int:
    """Serve the site until Ctrl-C, and rebuild it when a page changes. Returns the exit code.

    `finished` returns the steps whose chapters get a tick.

    This doesn't execute any notebook: their pages show the outputs of the last `build`, if there
    are any. Opens `page` in a browser if somebody is at the terminal. Raises UsageError if the page
    doesn't exist, and WorkshopError if the port is taken or a page can't be built.
    """
    path = address_of(page, root)
    port = network.free_port(host, port)
    announce = functools.partial(_announce, host, port, path, browser, say)
    ticks.asked.append(finished)
    say("Making the pages …")
    os.environ["DOCS_OFFLINE"] = "false"
    with ended_by_signals(), _explained(), ready.calling(announce):
        with contextlib.suppress(KeyboardInterrupt):
            where = f"{network.in_url(host)}:{port}"
            serving.serve(str(root / "mkdocs.yml"), dev_addr=where)
    say("Stopped.")
    return 0


def _announce(host: str, port: int, path: str, browser: bool, say: Callable[[str], None]) -> None:
    """Wait for the server, print the URLs of the page at `path`, and open it if interactive."""
    while not network.answers(host, port):  # the pages are built, and the server is about to start
        time.sleep(0.05)
    shown = "127.0.0.1" if network.is_wildcard(host) else host
    address = f"http://{network.in_url(shown)}:{port}/{path}"
    say(f"The docs are at {address} (Ctrl-C stops them)")
    for other in network.lan_addresses() if network.is_wildcard(host) else ():
        say(f"In your network: http://{other}:{port}/{path}")
    if browser and is_interactive():
        webbrowser.open(address)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Collect mkdocs' warnings and errors in the block into one WorkshopError."""
    complaints: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: complaints.append(record.getMessage())
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    except MkDocsException as error:
        lines = [f"  {line}" for line in complaints or [str(error)]]
        raise WorkshopError("\n".join(["The docs cannot be made:", *lines])) from error
    finally:
        logger.removeHandler(handler)
