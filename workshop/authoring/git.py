"""Call git in a repository, or with a temporary index that leaves staged changes alone."""

import os
import subprocess
from pathlib import Path

from workshop.base.errors import WorkshopError

SETTINGS = ("-c", "core.quotepath=off", "-c", "core.fileMode=false")


class Repository:
    """The git repository that holds the folder `root`."""

    def __init__(self, root: Path):
        self.root = root
        self.variables = {"GIT_LITERAL_PATHSPECS": "1"}

    def run(
        self, *arguments: str, stdin: bytes = b"", **variables: str
    ) -> subprocess.CompletedProcess:
        """Run git, without checking its exit code. Raises WorkshopError without git."""
        try:
            return subprocess.run(
                ["git", *SETTINGS, *arguments],
                cwd=self.root,
                env={**os.environ, **self.variables, **variables},
                input=stdin,
                capture_output=True,
            )
        except FileNotFoundError as error:
            raise WorkshopError("This needs git: install it from git-scm.com.") from error

    def ask(self, *arguments: str, stdin: bytes = b"", **variables: str) -> bytes:
        """Return git's output. Raises WorkshopError with git's own error message if it fails."""
        done = self.run(*arguments, stdin=stdin, **variables)
        if done.returncode:
            raise WorkshopError(f"git says: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout


class Index(Repository):
    """A git index in the file `file`, for the repository whose top folder is `root`."""

    def __init__(self, root: Path, file: Path):
        super().__init__(root)
        self.file = file
        self.variables["GIT_INDEX_FILE"] = str(file)

    def tree(self) -> str:
        """Store the index as a tree, and return its id."""
        return self.ask("write-tree").decode().strip()

    def blob(self, path: str) -> bytes:
        """Return the id of the content at `path`, or b"" if the index has no such file."""
        return self.ask("ls-files", "--stage", "--", path).partition(b"\t")[0]

    def reset(self, tree: str, paths: list[str]) -> None:
        """Reset `paths` in the index to their state in `tree`, or remove them if it lacks them."""
        names = "\0".join(paths).encode("utf-8", "surrogateescape")
        listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
        if paths:
            self.ask("reset", "--quiet", *listed, tree, stdin=names)


def words(output: bytes) -> list[str]:
    """Return the items that git printed with -z."""
    return [os.fsdecode(word) for word in output.split(b"\0") if word]
