"""Values in source code: known ones are plain Python, unknown ones are described."""

import ast
from dataclasses import dataclass, field

from channels_doctor.source.tree import Module


@dataclass(frozen=True)
class Unknown:
    """A value that the source doesn't show. `variables` are the unset variables it depends on.

    The settings don't load at all without the `demanded` ones.
    """

    variables: tuple[str, ...] = ()
    demanded: tuple[str, ...] = ()


@dataclass(eq=False)
class Named:
    """Something that is defined in the project or imported: `path` is its dotted name."""

    path: str
    module: Module | None = None
    node: ast.AST | None = None


@dataclass(eq=False)
class Made:
    """The result of calling `path`, which isn't computed here."""

    path: str
    args: list = field(default_factory=list)
    kwargs: dict = field(default_factory=dict)
    module: Module | None = None
    node: ast.AST | None = None

    @property
    def last(self) -> str:
        """The last part of its name."""
        return self.path.rpartition(".")[2]


@dataclass
class Bound:
    """A name's value and where it was bound. It isn't `certain` if only some paths bind it."""

    value: object
    module: Module
    node: ast.AST
    certain: bool = True


def is_known(value: object) -> bool:
    """Return whether the source shows `value` and everything in it."""
    if isinstance(value, (Unknown, Named, Made)):
        return False
    if isinstance(value, dict):
        return all(is_known(part) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, set)):
        return all(map(is_known, value))
    return True


def variables_of(value: object) -> list[str]:
    """Return the unset environment variables that `value` depends on."""
    return _collected(value, "variables")


def demanded_by(value: object) -> list[str]:
    """Return the unset variables that the settings need to load at all."""
    return _collected(value, "demanded")


def _collected(value: object, kind: str) -> list[str]:
    if isinstance(value, Unknown):
        return list(getattr(value, kind))
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, (list, tuple, set)):
        parts = list(value)
    elif isinstance(value, Made):
        parts = [*value.args, *value.kwargs.values()]
    else:
        return []
    return list(dict.fromkeys(name for part in parts for name in _collected(part, kind)))
