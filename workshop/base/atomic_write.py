"""Write several files, each either completely or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from workshop.base.processes import undisturbed


def write_all(results: Mapping[Path, bytes | None], modes: Mapping[Path, Path]) -> None:
    """Write each path's content. None deletes the file, and its folder if that leaves it empty.

    A new file gets the mode of the file that `modes` names for it. All contents are written to disk
    before the first file is replaced, so a full disk leaves everything unchanged.
    """
    fresh: dict[Path, Path] = {}
    try:
        for path, content in results.items():
            if content is not None:
                fresh[path] = _fresh(path, content, path if path.exists() else modes.get(path))
        with undisturbed():
            for path, temporary in fresh.items():
                os.replace(temporary, path)
            for path, content in results.items():
                if content is None:
                    _delete(path)
    finally:
        for temporary in fresh.values():
            temporary.unlink(missing_ok=True)


def _fresh(path: Path, content: bytes, like: Path | None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".carry-", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    if like and like.exists():
        shutil.copymode(like, name)
    return Path(name)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not empty
        for parent in path.parents:
            parent.rmdir()
