"""What git knows about the files of a folder."""

import os
import subprocess
from pathlib import Path

from workshop.errors import WorkshopError
from workshop.tree import is_ignored


class Repository:
    """The git repository at `root`, seen from one of its commits."""

    def __init__(self, root: Path, revision: str = "HEAD"):
        """Raise WorkshopError where `root` is no repository or has no such commit."""
        self.root = root
        if self._git("rev-parse", "--is-inside-work-tree").returncode:
            raise WorkshopError(f"{root} is not a git repository, so there are no edits to see.")
        found = self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found.returncode:
            raise WorkshopError(
                f"git knows no commit {revision}: commit first, or name another with --since."
            )
        self.commit = found.stdout.decode().strip()

    def committed(self, folder: Path) -> list[str]:
        """Return the paths inside `folder` that the commit holds."""
        return self._paths(folder, "ls-tree", "-r", "-z", "--name-only", self.commit, "--", ".")

    def present(self, folder: Path) -> list[str]:
        """Return the paths inside `folder` that are there now and not ignored by git."""
        if not folder.is_dir():
            return []
        listed = self._paths(
            folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."
        )
        return sorted(path for path in set(listed) if (folder / path).is_file())

    def read(self, path: Path) -> bytes | None:
        """Return the committed content of `path`, with the line ends of a checkout, or None."""
        inside = path.relative_to(self.root).as_posix()
        done = self._git("cat-file", "--filters", f"{self.commit}:{inside}")
        return done.stdout if done.returncode == 0 else None

    def _paths(self, folder: Path, *arguments: str) -> list[str]:
        prefix = folder.relative_to(self.root).as_posix()
        done = self._git(*arguments[:-1], prefix)
        if done.returncode:
            raise WorkshopError(f"git says: {done.stderr.decode(errors='replace').strip()}")
        names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
        inside = [name.removeprefix(f"{prefix}/") for name in names]
        return [name for name in inside if not is_ignored(name)]

    def _git(self, *arguments: str) -> subprocess.CompletedProcess:
        return git(self.root, *arguments)


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run git in `folder`. Raises WorkshopError where it is not installed."""
    try:
        return subprocess.run(
            ["git", "-c", "core.quotepath=off", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except FileNotFoundError as error:
        raise WorkshopError("This needs git: install it from git-scm.com.") from error
