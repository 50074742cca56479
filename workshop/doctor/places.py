"""Where a setting is written: the file and line that a finding points to."""

import ast
from dataclasses import dataclass

from workshop.doctor.finding import Change, Place
from workshop.doctor.source.tree import Module, Tree


@dataclass(frozen=True)
class Written:
    """A setting, or a key inside it, as it stands in a file."""

    module: Module
    place: Place
    value: ast.AST

    @property
    def line(self) -> str:
        return self.module.line(self.place.line)

    def source(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.module.text, node) or ""

    def instead(self, old: str, new: str) -> Change | None:
        """Return the change of its line from `old` to `new`, or None if it holds no `old`."""
        if not old or old not in self.line:
            return None
        return Change((self.line,), (self.line.replace(old, new, 1),))


class Settings:
    """The files that the settings come from, the main one first."""

    def __init__(self, tree: Tree, main: str, files: list[str]):
        ordered = [main, *(file for file in reversed(files) if file != main)]
        self.main = main
        self.modules = [tree.modules[file] for file in ordered if file in tree.modules]

    def mentions(self, word: str) -> bool:
        return any(word in module.text for module in self.modules)

    def find(self, name: str, *keys: str) -> Written | None:
        """Return where the setting `name` is assigned; those of `keys` that stand there lead on."""
        for module in self.modules:
            found = None
            for node in ast.walk(module.tree):
                for target, value in _assigned(node):
                    if isinstance(target, ast.Name) and target.id == name:
                        found = Written(module, module.place(target), value)
            if found:
                return _below(found, keys)
        return None

    def place(self, name: str, *keys: str) -> Place:
        """Return the place of the setting `name`, or the main file's."""
        found = self.find(name, *keys)
        return found.place if found else Place(self.main)


def _assigned(node: ast.AST):
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        return [(node.target, node.value)]
    return []


def _below(found: Written, keys: tuple[str, ...]) -> Written:
    for key in keys:
        if not isinstance(found.value, ast.Dict):
            break
        for name, value in zip(found.value.keys, found.value.values, strict=True):
            if isinstance(name, ast.Constant) and name.value == key:
                found = Written(found.module, found.module.place(name), value)
                break
        else:
            break
    return found


def first_item(written: Written) -> Change | None:
    """Return the change that gives the first host of a list `"socket_timeout": None`."""
    if not isinstance(written.value, ast.List) or not written.value.elts:
        return None
    host = written.value.elts[0]
    source = written.source(host)
    if not source or "\n" in source or host.lineno != host.end_lineno:
        return None
    if isinstance(host, (ast.Tuple, ast.List)) and len(host.elts) == 2:
        name, port = (written.source(one) for one in host.elts)
        new = f'{{"host": {name}, "port": {port}, "socket_timeout": None}}'
    elif isinstance(host, ast.Dict):
        for key, value in zip(host.keys, host.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "socket_timeout":
                old = written.source(value)
                new = source.replace(f'"socket_timeout": {old}', '"socket_timeout": None')
                break
        else:
            new = source.rstrip("} ,") + ', "socket_timeout": None}'
    else:
        new = f'{{"address": {source}, "socket_timeout": None}}'
    line = written.module.line(host.lineno)
    return Change((line,), (line.replace(source, new, 1),))
