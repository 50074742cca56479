"""A packed copy's packages: a folder that's the installers' only source.

Standard library only, because this runs before anything is installed.
"""

import os
from pathlib import Path

NAME = "packages"


def use(root: Path) -> bool:
    """Make pip and uv install only from the packages under `root`. Returns whether there are any.

    Both read this from pip's own variables. It's a URL instead of a path, because pip splits paths
    at spaces.
    """
    folder = root / NAME
    if not folder.is_dir():
        return False
    os.environ["PIP_NO_INDEX"] = "1"
    os.environ["PIP_FIND_LINKS"] = folder.resolve().as_uri()
    return True
