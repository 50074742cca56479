"""Create a branch with one commit per step, so that each commit's diff is a lesson."""

from dataclasses import dataclass
from pathlib import Path

from workshop.authoring.git import Repository
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.course.catalog import Checkpoint

BRANCH = "steps"
IGNORED = ".gitignore"  # also needed in a checkout of a step
IDENTITY = ("%an", "%ae", "%aI", "%cn", "%ce", "%cI")
VARIABLES = (
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE",
)


@dataclass(frozen=True)
class Tagged:
    """A checkpoint's commit, and whether it is new."""

    checkpoint: Checkpoint
    tag: str
    commit: str
    is_new: bool


def tag_of(checkpoint: Checkpoint) -> str:
    """Return the name of the tag: step-03 for a step, the slug for the finished app."""
    return f"step-{checkpoint.number}" if checkpoint.number else checkpoint.slug


def make(root: Path = ROOT, revision: str = "HEAD") -> list[Tagged]:
    """Create the branch and the tags from `revision`, and return them in the course's order.

    A step that hasn't changed keeps its commit. Raises WorkshopError if a step isn't committed, or
    if a branch or tag of that name wasn't made by this command.
    """
    repository = Repository(root)
    checkpoints = catalog.load(root)
    names = [tag_of(checkpoint) for checkpoint in checkpoints]
    before = {name: _commit_of(repository, f"refs/tags/{name}") for name in names}
    _refuse_others(repository, before)
    made = []
    for checkpoint in checkpoints:
        parent = made[-1].commit if made else ""
        commit = _commit(repository, checkpoint, revision, parent)
        tag = tag_of(checkpoint)
        made.append(Tagged(checkpoint, tag, commit, before[tag] != commit))
    repository.ask("branch", "--no-track", "--force", BRANCH, made[-1].commit)
    for step in made:
        repository.ask("update-ref", f"refs/tags/{step.tag}", step.commit)
    return made


def _refuse_others(repository: Repository, tags: dict[str, str]) -> None:
    """Raise WorkshopError if the branch or one of `tags` wasn't made by this command."""
    branch = _commit_of(repository, f"refs/heads/{BRANCH}")
    ours = set(repository.ask("rev-list", branch).decode().split()) if branch else set()
    if branch and _roots(repository, branch) & _roots(repository, "HEAD"):
        raise WorkshopError(f"The branch {BRANCH} isn't one that this command made: rename it.")
    foreign = [tag for tag, commit in tags.items() if commit and commit not in ours]
    if foreign:
        raise WorkshopError(
            f"The tag {foreign[0]} isn't on the branch {BRANCH}: delete or rename it "
            f"(`git tag --delete {foreign[0]}`)."
        )


def _roots(repository: Repository, revision: str) -> set[str]:
    return set(repository.ask("rev-list", "--max-parents=0", revision).decode().split())


def _commit_of(repository: Repository, reference: str) -> str:
    """Return the commit of `reference`, or "" if there is none."""
    done = repository.run("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    return done.stdout.decode().strip()


def _commit(repository: Repository, checkpoint: Checkpoint, revision: str, parent: str) -> str:
    """Commit the files of `checkpoint` and return the commit's id.

    It has the author and the date of the last change to them, so it is the same every time.
    """
    folder = checkpoint.folder.relative_to(repository.root).as_posix()
    tree = _tree(repository, folder, revision)
    log = ("log", "-1", f"--format={'%x00'.join(IDENTITY)}", revision, "--", folder)
    values = repository.ask(*log).decode("utf-8", "surrogateescape").rstrip("\n").split("\0")
    parents = ("-p", parent) if parent else ()
    message = _message(checkpoint).encode()
    identity = dict(zip(VARIABLES, values, strict=True))
    return repository.ask("commit-tree", tree, *parents, stdin=message, **identity).decode().strip()


def _tree(repository: Repository, folder: str, revision: str) -> str:
    """Return the id of the tree of `folder` in `revision`, with the repository's .gitignore."""
    prefix = repository.ask("rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").strip()
    source = f"{revision}:{prefix}"
    if repository.run("rev-parse", "--verify", "--quiet", f"{source}{folder}").returncode:
        raise WorkshopError(f"{folder} isn't committed in {revision}: commit it first.")
    entries = repository.ask("ls-tree", "-z", f"{source}{folder}")
    ignored = repository.ask("ls-tree", "-z", source.removesuffix("/"), IGNORED)
    if f"\t{IGNORED}\0".encode() not in entries:
        entries += ignored
    return repository.ask("mktree", "-z", stdin=entries).decode().strip()


def _message(checkpoint: Checkpoint) -> str:
    goals = "".join(f"- {goal.says}\n" for goal in checkpoint.goals)
    return f"{checkpoint.slug}: {checkpoint.title}\n" + (f"\n{goals}" if goals else "")
