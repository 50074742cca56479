"""The packages of a packed copy: a folder beside the workshop that is all an installer may use.

Standard library only: this runs before anything is installed.
"""

import os
from pathlib import Path

NAME = "packages"


def use(root: Path) -> bool:
    """Let pip and uv only install from the shelf below `root`; return whether there is one.

    Both take it from pip's own variables. An address, not a path: pip parts paths at a space.
    """
    folder = root / NAME
    if not folder.is_dir():
        return False
    os.environ["PIP_NO_INDEX"] = "1"
    os.environ["PIP_FIND_LINKS"] = folder.resolve().as_uri()
    return True
