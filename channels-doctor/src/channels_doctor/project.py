"""The examined project: where it is, which settings it uses, and which Python runs it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from channels_doctor import interpreters
from channels_doctor.errors import DoctorError, InvalidArgument
from channels_doctor.static import settings_names
from channels_doctor.static.folders import SKIPPED, depth_first
from channels_doctor.static.paths import Paths

VARIABLE = "DJANGO_SETTINGS_MODULE"
NAMED_IN = ("manage.py", "*/asgi.py", "*/wsgi.py", "asgi.py", "wsgi.py")
DEEPEST = 3  # folders between the given one and manage.py
GUESSED = ("src", "apps", "backend", "server", "app")


@dataclass(frozen=True)
class DjangoProject:
    """A Django project; `chosen` means that the user named the settings, not the project.

    `paths` are the folders that manage.py adds to sys.path. `borrowed` means that `python` isn't
    the project's own, and `among` are the other projects in the folder that was `given`.
    `instead_of` is the empty package of settings that the project names instead.
    """

    folder: Path
    settings: str
    python: str
    chosen: bool = False
    paths: tuple[Path, ...] = ()
    borrowed: bool = False
    among: tuple[str, ...] = field(default=(), compare=False)
    given: Path | None = field(default=None, compare=False)
    instead_of: str = field(default="", compare=False)


def find(
    folder: str = ".", settings: str = "", python: str = "", project: str = ""
) -> DjangoProject:
    """Return the project in `folder`, or below it: the one in its folder `project` if there are
    several.

    Raises InvalidArgument if there is no such folder or Python, DoctorError where no project or
    no settings are found.
    """
    given = Path(folder)
    if not given.is_dir():
        raise InvalidArgument(f"There is no folder {folder}: name the one that contains manage.py.")
    if project and not (given / project).is_dir():
        raise InvalidArgument(f"There is no folder {project} in {folder}: see --project.")
    path, among = _with_manage((given / project).resolve(), folder)
    paths = tuple(_on_the_path(path))
    named = settings or _settings_of(path) or settings_names.guessed(path, given.resolve())
    if not named:
        raise DoctorError(
            f"{folder} doesn't name its settings: name them, for example with "
            "--settings mysite.settings."
        )
    name = settings or _inside(path, named, given.resolve())
    paths = paths or tuple(_guessed_path(path, name))
    found, borrowed = interpreters.find(path, given.resolve(), python)
    known = DjangoProject(path, name, found, bool(settings), paths, borrowed, tuple(among))
    instead_of = named if named != name else ""
    return replace(known, given=given.resolve(), instead_of=instead_of)


def _with_manage(path: Path, name: str) -> tuple[Path, list[str]]:
    """Return the folder of the project in `path`, and the other projects next to it."""
    if (path / "manage.py").is_file():
        return path, []
    below = [file.parent for file in depth_first(path, ("manage.py",), DEEPEST)]
    if len(below) == 1:
        return below[0], []
    if below:
        return _one_of(path, below, name)
    if named := next(_without_manage(path), None) or settings_names.folder_of_the_only(path):
        return named, []
    raise DoctorError(
        f"{name} contains no manage.py. Name the folder of a Django project, which has one."
    )


def _one_of(path: Path, below: list[Path], name: str) -> tuple[Path, list[str]]:
    """Return the only one of several projects that uses Channels."""
    using = [folder for folder in below if _uses_channels(folder)]
    names = [folder.relative_to(path).as_posix() for folder in below]
    if len(using) == 1:
        chosen = using[0].relative_to(path).as_posix()
        return using[0], [other for other in names if other != chosen]
    raise DoctorError(
        f"{name} contains several projects ({', '.join(names)}): name one of them with --project."
    )


def _uses_channels(folder: Path) -> bool:
    for file in depth_first(folder, ("*.py",), DEEPEST):
        try:
            if "channels" in file.read_text(encoding="utf-8", errors="replace"):
                return True
        except OSError:
            continue
    return False


def _without_manage(path: Path) -> Iterator[Path]:
    """Yield the folders with an importable asgi.py that names its settings."""
    for file in depth_first(path, ("asgi.py",), DEEPEST):
        name = named_settings(file)
        for parent in file.parents[: DEEPEST + 1]:
            if name and (parent / f"{name.replace('.', '/')}.py").is_file():
                yield parent


def _settings_of(path: Path) -> str:
    files = [file for pattern in NAMED_IN for file in sorted(path.glob(pattern))]
    names = [name for file in files if (name := named_settings(file))]
    full = [name for name in names if not _is_empty_package(path, name)]
    return next(iter(full or names), "")


def _is_empty_package(path: Path, name: str) -> bool:
    """Return whether the settings called `name` are a package that defines and imports nothing."""
    tree = parsed(path.joinpath(*name.split("."), "__init__.py"))
    return tree is not None and all(isinstance(node, ast.Expr) for node in tree.body)


def _inside(path: Path, name: str, given: Path) -> str:
    """Return the settings in the package called `name` if it's empty, or else `name`."""
    if not _is_empty_package(path, name):
        return name
    return settings_names.of_package(path, name, given) or name


def named_settings(file: Path) -> str:
    """Return the default DJANGO_SETTINGS_MODULE in `file`, or "", ignoring code for test runs."""
    tree = parsed(file)
    if tree is None:
        return ""
    in_tests = {id(node) for test in ast.walk(tree) for node in _under_test(test)}
    names = [(node, str(name)) for node in ast.walk(tree) for name in _names_settings(node)]
    outside = [name for node, name in names if id(node) not in in_tests]
    return next(iter(outside or [name for _, name in names]), "")


def parsed(file: Path) -> ast.Module | None:
    """Return the syntax tree of the Python `file`, or None if it isn't valid."""
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError):
        return None


def _under_test(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the code that only runs if `"test" in sys.argv`."""
    if isinstance(node, ast.If) and "test" in ast.dump(node.test) and "argv" in ast.dump(node.test):
        for statement in node.body:
            yield from ast.walk(statement)


def _names_settings(node: ast.AST) -> Iterator[object]:
    parts = []
    if isinstance(node, ast.Call):
        parts = node.args
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        parts = [node.targets[0].slice, node.value]
    if len(parts) != 2 or getattr(parts[0], "value", "") != VARIABLE:
        return
    if any(isinstance(part, ast.JoinedStr) for part in ast.walk(parts[1])):
        return  # computed, so its name isn't written here
    texts = [part.value for part in ast.walk(parts[1]) if isinstance(part, ast.Constant)]
    yield from (text for text in texts[-1:] if isinstance(text, str) and text != VARIABLE)


def _on_the_path(folder: Path) -> Iterator[Path]:
    """Yield the folders that manage.py adds to sys.path, if they're literals."""
    tree = parsed(folder / "manage.py")
    paths = Paths(folder / "manage.py", tree) if tree else None
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if ast.unparse(node.func) in ("sys.path.append", "sys.path.insert"):
            added = paths.value(node.args[-1]) or folder.joinpath(*_texts(node.args[-1]))
            if added.is_dir() and added != folder:
                yield added


def _texts(node: ast.AST) -> list[str]:
    found = [part for part in ast.walk(node) if isinstance(part, ast.Constant)]
    found.sort(key=lambda part: (part.lineno, part.col_offset))
    return [part.value for part in found if isinstance(part.value, str) and part.value != ".."]


def _guessed_path(folder: Path, settings: str) -> Iterator[Path]:
    """Yield the folder under `folder` that contains `settings`, if `folder` itself doesn't."""
    inside = settings.replace(".", "/")
    wanted = (f"{inside}.py", f"{inside}/__init__.py")
    if any((folder / name).is_file() for name in wanted):
        return
    below = [folder / name for name in GUESSED]
    for path in below:
        if path.name not in SKIPPED and any((path / name).is_file() for name in wanted):
            yield path
            return
