"""Find the project that somebody names, either a step or their own folder."""

from pathlib import Path

from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.services.project_env import Project, project_environment


def choose(name: str | None, root: Path = ROOT) -> Project:
    """Return the project called `name`, a step or a folder, or the last step without a name.

    Raises WorkshopError if this copy of the workshop doesn't have it, and UsageError if the name is
    neither a step nor a folder with a project.
    """
    if name and (own := _own_project(name, root)):
        return own
    if name:
        checkpoint = catalog.find(name, root)
        if not (checkpoint.folder / "manage.py").is_file():
            raise WorkshopError(f"{checkpoint.slug} is not in this copy of the workshop.")
        return of_checkpoint(checkpoint)
    present = [step for step in catalog.load(root) if (step.folder / "manage.py").is_file()]
    if not present:
        raise WorkshopError("This copy of the workshop contains no checkpoints: clone it again.")
    return of_checkpoint(present[-1])


def of_checkpoint(checkpoint: catalog.Checkpoint) -> Project:
    """Return `checkpoint` as a project to serve."""
    return Project(
        folder=checkpoint.folder,
        name=checkpoint.slug,
        title=checkpoint.title,
        needs_redis="redis" in checkpoint.needs,
        is_production=not checkpoint.number,
    )


def _own_project(name: str, root: Path) -> Project | None:
    """Return the user's own project in the folder `name`; None if it's a step or missing."""
    folder = Path(name).resolve()
    is_step = any(folder == step.folder.resolve() for step in catalog.load(root))
    if is_step or not (folder / "manage.py").is_file():
        return None
    sources = (path.read_bytes() for path in folder.glob("chat_project/**/*.py"))
    needs_redis = any(b"channels_redis" in text for text in sources)
    return Project(folder, folder.name, "your project", needs_redis)


def to_examine(name: str, root: Path = ROOT) -> tuple[str, dict[str, str]]:
    """Return the folder `name`, or a step's folder, and the environment variables it needs.

    Raises UsageError if there's no such folder or step.
    """
    if not Path(name).exists():
        try:
            checkpoint = catalog.find(name, root)
        except UsageError:
            raise UsageError(
                f"There is no folder {name}, and no checkpoint of that name: give the folder that "
                "contains manage.py."
            ) from None
        return _with_variables(checkpoint, root)
    for checkpoint in catalog.load(root):
        if checkpoint.folder.exists() and Path(name).samefile(checkpoint.folder):
            return _with_variables(checkpoint, root)
    return name, {}


def _with_variables(checkpoint: catalog.Checkpoint, root: Path) -> tuple[str, dict[str, str]]:
    variables = project_environment(of_checkpoint(checkpoint), "127.0.0.1", root)
    return str(checkpoint.folder), variables
