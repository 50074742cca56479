"""The values of a project's secrets, masked wherever they appear."""

import ast
import functools
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from channels_doctor import pitfalls
from channels_doctor.finding import Change, Finding
from channels_doctor.redaction.secrets import HIDDEN, is_secret_name
from channels_doctor.source.tree import Module, Tree
from channels_doctor.variable_files import variables_in

SHORTEST = 5  # characters; anything shorter occurs in ordinary words
NO_SECRETS = {"password", "secret", "token", "redis", "postgres", "default", "django", "localhost"}
NO_VALUES = re.compile(  # names that say how or where a secret is stored
    r"(?:old)?pwd|keys?|auth|.*_(?:age|backend|class|domain|field|file|hashers|header|name|path|"
    r"prefix|samesite|sock|timeout|type|url|validators)s?",
    re.I,
)
USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://(?P<user>[^:@/]*)(?::(?P<password>.*))?@", re.I | re.S)


class Secrets:
    """The values of the secrets in `tree` and in the environment `variables`."""

    def __init__(self, tree: Tree, variables: dict[str, str]):
        found = {*_of_variables({**os.environ, **variables}.items())}
        for file in sorted(tree.folder.glob(".env*")):
            found.update(_of_variables(_written(file)))
        for module in tree:
            found.update(_of_source(module))
        texts = {text.strip() for text in found | {unquote(text) for text in found}}
        own = {part for module in tree for part in module.name.split(".")[:2]}
        wanted = {
            text
            for text in texts - {tree.folder.name, *own} - _own_words()
            if len(text) >= SHORTEST and text.lower() not in NO_SECRETS
        }
        words = sorted(map(re.escape, wanted), key=len, reverse=True)
        self.pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None

    def masked(self, text: str) -> str:
        """Return `text` with each of the values replaced by `***`."""
        return self.pattern.sub(HIDDEN, text) if self.pattern else text

    def hidden_in(self, finding: Finding) -> Finding:
        """Return `finding` without the values."""
        change = finding.change
        if change:
            old, new = (tuple(map(self.masked, lines)) for lines in (change.old, change.new))
            change = Change(old, new, self.masked(change.below))
        symptom = replace(finding.symptom, text=self.masked(finding.symptom.text))
        what, fix = self.masked(finding.what), self.masked(finding.fix)
        return replace(finding, what=what, fix=fix, symptom=symptom, change=change)


@functools.cache
def _own_words() -> set[str]:
    """Return the words in the doctor's own sentences, because masking one would reveal it."""
    return set(re.findall(r"(?<![-\w])[a-z]+(?![-\w])", pitfalls.FILE.read_text(encoding="utf-8")))


def _holds_secret(name: str) -> bool:
    return is_secret_name(name) and not NO_VALUES.fullmatch(name)


def _of_variables(variables: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in variables:
        if _holds_secret(name):
            yield value
        yield from _of_url(value)


def _written(file: Path) -> list[tuple[str, str]]:
    """Return the variables in the `.env` file."""
    try:
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:
        return []
    return list(variables_in(text).items())


def _of_source(module: Module) -> Iterator[str]:
    for node in module.nodes:
        for name, value in _named(node):
            if _holds_secret(name):
                yield from _texts(value)
        if isinstance(node, ast.Constant):
            yield from _of_url(_text(node))


def _named(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each (name, value) that `node` associates."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield _text(key), value
    elif isinstance(node, ast.keyword):
        yield node.arg or "", node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield _target(node.target), node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield _target(target), node.value


def _target(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript):
        return _text(node.slice)
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the strings in `node` that aren't names of variables or keys."""
    if isinstance(node, ast.Constant):
        if (text := _text(node)) and not is_secret_name(text):
            yield text
    elif isinstance(node, ast.Subscript):
        yield from _texts(node.value)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value)
    else:
        for below in ast.iter_child_nodes(node):
            yield from _texts(below)


def _text(node: ast.AST | None) -> str:
    value = getattr(node, "value", None)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value if isinstance(value, str) else ""


def _of_url(text: str) -> Iterator[str]:
    found = USERINFO.match(text)
    if found:
        yield found["password"] if found["password"] is not None else found["user"]
