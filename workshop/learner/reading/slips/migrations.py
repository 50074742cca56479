"""Migrations: which one each of them follows."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from workshop.learner.reading.project import Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.spelling import nearest

PATH = re.compile(r"(\w+)/migrations/(\d\w*)\.py")
CONFLICT = ("Conflicting migrations", "multiple leaf nodes")
NO_PARENT = ("NodeNotFoundError", "nonexistent parent")
CIRCLE = ("CircularDependencyError",)


@dataclass(frozen=True)
class Migration:
    """A migration of an app, and the ones of the same app that it names as its dependencies."""

    file: PythonFile
    app: str
    name: str
    after: tuple[ast.Tuple, ...]

    @property
    def names(self) -> list[str]:
        return [node.elts[1].value for node in self.after]


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    apps: dict[str, dict[str, Migration]] = {}
    for path, file in project.python.items():
        if found := PATH.fullmatch(path):
            after = tuple(_dependencies(file, found[1]))
            apps.setdefault(found[1], {})[found[2]] = Migration(file, found[1], found[2], after)
    for known in apps.values():
        yield from _of_nothing(known)
        yield from _side_by_side(known)


def _dependencies(file: PythonFile, app: str) -> Iterator[ast.Tuple]:
    for node in nodes(file.tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if "dependencies" not in [getattr(target, "id", "") for target in targets]:
            continue
        for item in nodes(node.value):
            values = [getattr(part, "value", None) for part in getattr(item, "elts", ())]
            if isinstance(item, ast.Tuple) and values[:1] == [app] and len(values) == 2:
                if isinstance(values[1], str) and not values[1].startswith("__"):
                    yield item


def _of_nothing(known: dict[str, Migration]) -> Iterator[Mistake]:
    """Yield dependencies on a migration that isn't there, or that comes later."""
    for one in known.values():
        for node, name in zip(one.after, one.names, strict=True):
            place = one.file.at(node)
            if name not in known:
                near = nearest(name, known) or _numbered(known, name[:4])
                says = f"{one.app} has no migration {name}."
                says += f" Did you mean `{near}`?" if near else " Is its file missing?"
                yield Mistake("migration", says, place, "", name, 0, (*NO_PARENT, name))
            elif name >= one.name:
                before = max((other for other in known if other < one.name), default="")
                says = f"A migration follows an earlier one, but this one names {name}: write "
                says += f"`{before}`." if before else "none here."
                yield Mistake("migration", says, place, "", name, 0, CIRCLE)


def _numbered(known: dict[str, Migration], number: str) -> str:
    return next((name for name in known if name.startswith(number)), "")


def _side_by_side(known: dict[str, Migration]) -> Iterator[Mistake]:
    """Yield a migration that names the same one as its predecessor does, or none."""
    names = sorted(known)
    for earlier, later in zip(names, names[1:], strict=False):
        one, other = known[earlier], known[later]
        is_taken = any(earlier in migration.names for migration in known.values())
        if is_taken or any(name not in known or name >= later for name in other.names):
            continue
        place = other.file.at(other.after[0] if other.after else 1)
        if other.after:
            same = other.names[0]
            says = f"{earlier} and {later} both follow {same}, so Django doesn't know their order: "
        else:
            says = f"{later} follows no other migration: "
        if one.file.path != other.file.path:
            says += f'write `("{other.app}", "{earlier}")` as the dependency of {later}.'
            yield Mistake("migration", says, place, "", later, 0, CONFLICT)
