"""Where a setting is: the file and line that a finding points to."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels_doctor.finding import Change, Place
from channels_doctor.source.tree import Module, Tree

# A timeout in a URL overrides the one next to it.
ALONE_IN_QUERY = re.compile(r"\?socket_timeout=[^&\"']*(?=[\"'])")
IN_QUERY = re.compile(r"(?<=[?&])socket_timeout=[^&\"']*&|&socket_timeout=[^&\"']*")


@dataclass(frozen=True)
class Written:
    """A setting, or a key inside it, as it's written in a file."""

    module: Module
    place: Place
    value: ast.AST

    @property
    def line(self) -> str:
        return self.module.line(self.place.line)

    def source(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.module.text, node) or ""

    def instead(self, old: str, new: str) -> Change | None:
        """Return the change of its line from `old` to `new`, or None if `old` isn't in it."""
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
        """Return where the setting `name`, or the key inside it given by `keys`, is assigned."""
        for module in self.modules:
            found = None
            for node in module.nodes:
                for target, value in _assigned(node):
                    if isinstance(target, ast.Name) and target.id == name:
                        found = Written(module, module.place(target), value)
            if found:
                return below(found, keys)
        return None

    def assignments(self, name: str) -> Iterator[Written]:
        """Yield each place where the setting `name` is assigned, or added to."""
        for module in self.modules:
            for node in module.nodes:
                for target, value in _assigned(node):
                    if isinstance(target, ast.Name) and target.id == name:
                        yield Written(module, module.place(target), value)

    def beginning(self, name: str) -> Written | None:
        """Return where the list `name` starts, not where a file extends it."""
        for module in self.modules:
            for node in module.nodes:
                if isinstance(node, (ast.Assign, ast.AnnAssign)):
                    for target, value in _assigned(node):
                        if isinstance(target, ast.Name) and target.id == name:
                            if not _holds(value, name):  # otherwise, it extends another file's list
                                return Written(module, module.place(target), value)
        return None

    def place(self, name: str, *keys: str) -> Place:
        """Return the place of the setting `name`, or of the main file."""
        found = self.find(name, *keys)
        return found.place if found else Place(self.main)


def _assigned(node: ast.AST):
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        return [(node.target, node.value)]
    return []


def _holds(value: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


def below(found: Written, keys: tuple[str, ...]) -> Written:
    """Return the key in the dict `found` that `keys` lead to, as far as it's written out."""
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


def first_item(written: Written, kinds: list[str] | None = None) -> Change | None:
    """Return the change that gives each host in a list `"socket_timeout": None`.

    `kinds` are the types of the hosts at run time.
    """
    hosts = getattr(written.value, "elts", [])
    if not isinstance(written.value, ast.List) or not hosts or len(hosts) != len(kinds or hosts):
        return None
    numbers = range(hosts[0].lineno, hosts[-1].end_lineno + 1)
    lines = {number: written.module.line(number) for number in numbers}
    for host, kind in reversed(list(zip(hosts, kinds or [""] * len(hosts), strict=True))):
        new = _patient(written, host, kind)
        if new is None or host.lineno != host.end_lineno:
            return None
        line = lines[host.lineno].encode()
        ends = line[: host.col_offset].decode(), line[host.end_col_offset :].decode()
        lines[host.lineno] = new.join(ends)
    return Change(tuple(map(written.module.line, numbers)), tuple(lines.values()))


def _patient(written: Written, host: ast.AST, kind: str) -> str | None:
    """Return the source of `host`, which is a `kind`, with `"socket_timeout": None`."""
    source = written.source(host)
    if isinstance(host, (ast.Tuple, ast.List)):
        if len(host.elts) < 2:
            return None
        name, port = (written.source(item) for item in host.elts[:2])  # the rest is never read
        return f'{{"host": {name}, "port": {port}, "socket_timeout": None}}'
    if isinstance(host, ast.Dict):
        return _patient_dict(written, host)
    if kind == "dict":
        return f'{{**{source}, "socket_timeout": None}}'
    if kind in ("tuple", "list"):
        return f'{{"host": {source}[0], "port": {source}[1], "socket_timeout": None}}'
    if isinstance(host, ast.Starred) or kind not in ("", "str"):
        return None
    source = IN_QUERY.sub("", ALONE_IN_QUERY.sub("", source))
    return f'{{"address": {source}, "socket_timeout": None}}'


def _patient_dict(written: Written, host: ast.Dict) -> str:
    source = written.source(host)
    for key, value in zip(host.keys, host.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "socket_timeout":
            line = source.encode()
            start, end = value.col_offset - host.col_offset, value.end_col_offset - host.col_offset
            return f"{line[:start].decode()}None{line[end:].decode()}"
    inside = IN_QUERY.sub("", ALONE_IN_QUERY.sub("", source[1:-1])).rstrip(" ,")
    return f'{{{inside}, "socket_timeout": None}}' if inside else '{"socket_timeout": None}'
