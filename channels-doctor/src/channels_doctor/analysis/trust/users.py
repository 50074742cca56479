"""Consumers that accept the user named in their URL, without checking who connected."""

import ast
import re
from collections.abc import Iterator

from channels_doctor.analysis.flow import HARMLESS
from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import assignments
from channels_doctor.source.tree import Module, dotted, own_nodes

USERS = {"user_id", "userid", "userId", "uid", "username", "user_name", "user", "user_pk", "email"}
USERS |= {"sender", "sender_id", "my_id", "myid", "my_username", "me"}
CHECKS = re.compile(
    r"token|jwt|\bsign(?:ing|ed|er|ature)\b|permission|authenticat|verif|secret|api_?key|passw"
    r"|scope\[.(?:user|session).\]|scope\.get\(.(?:user|session)|credential|is_staff",
    re.I,
)
OF_THE_URL = re.compile(r"url_route|query_string")
USER = re.compile(r"\b(?:Custom|New|My|App|Site|Base)?User\b|\bget_user\b|\bfind_user\b|\blogin\b")
LOOKS_UP = ("get_user", "find_user", "get", "aget", "filter", "login")


def check(consumers: list[Consumer]) -> Iterator[Finding]:
    """P71: the URL names the user, and nothing checks that this user opened the socket."""
    for consumer in consumers:
        if not consumer.websocket or not consumer.whole or "connect" not in consumer.methods:
            continue
        if any(CHECKS.search(ast.unparse(method)) for _, method in consumer.methods.values()):
            continue
        if any(_hands_itself_on(consumer, method) for _, method in consumer.methods.values()):
            continue
        for name in sorted(consumer.reached({"connect"})):
            module, method = consumer.methods[name]
            if found := _read(consumer, module, method):
                yield found
                break


def _hands_itself_on(consumer: Consumer, method: Function) -> bool:
    """Return whether code that isn't known gets the consumer or its scope, and may check both."""
    for node in own_nodes(method):
        given = node.args if isinstance(node, ast.Call) else []
        names = {dotted(part) for part in given}
        if names & {"self", "self.scope"} and dotted(node.func) not in HARMLESS:
            return True
    return False


def _read(consumer: Consumer, module: Module, method: Function) -> Finding | None:
    for node in own_nodes(method):
        value = node.value if isinstance(node, ast.Assign) else None
        key = _key(value)
        if not key or key == "kwargs" or not _is_of_the_url(consumer, value):
            continue
        names = _derived(consumer, {dotted(target) for target in node.targets} - {""})
        if what := _used(consumer, names, key in USERS):
            return finding(
                "P71",
                f"{consumer.name} {what} by the {key} in its URL, and nothing checks that the "
                "client is that user.",
                module.place(node),
                condition="when a client names somebody else",
                fix='Take the user from the session: `self.scope["user"]`.',
                found_by="source",
            )
    return None


def _key(node: ast.AST | None) -> str:
    """Return the key that is read from a dict in `node`, possibly from a list in that."""
    while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        if isinstance(node.slice.value, str):
            return node.slice.value
        node = node.value
    is_get = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if is_get and node.func.attr == "get" and node.args:
        return str(getattr(node.args[0], "value", ""))
    return ""


def _is_of_the_url(consumer: Consumer, node: ast.AST) -> bool:
    if OF_THE_URL.search(ast.unparse(node)):
        return True
    names = {dotted(part) for part in ast.walk(node)} - {"", "self"}
    bound = (
        value
        for _, method in consumer.methods.values()
        for name in names
        for value in assignments(method, name)
    )
    return any(OF_THE_URL.search(ast.unparse(value)) for value in bound)


def _derived(consumer: Consumer, names: set[str]) -> set[str]:
    """Return `names`, and those that are assigned from them."""
    found = set(names)
    for _ in range(3):
        for _, method in consumer.methods.values():
            for node in own_nodes(method):
                if isinstance(node, ast.Assign) and _mentions(node.value, found):
                    found |= {dotted(target) for target in node.targets} - {""}
    return found


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(dotted(part) in names for part in ast.walk(node))


def _looks_up(method: Function) -> bool:
    """Return whether `method` looks up a user."""
    calls = [dotted(node.func) for node in ast.walk(method) if isinstance(node, ast.Call)]
    return any(USER.search(name) and name.rpartition(".")[2] in LOOKS_UP for name in calls)


def _used(consumer: Consumer, names: set[str], is_user: bool) -> str:
    """Return what the consumer does with a user that one of `names` names.

    Unless it `is_user`, only a look-up shows that it's a user.
    """
    for _, method in consumer.methods.values():
        for node in own_nodes(method):
            if not isinstance(node, ast.Call):
                continue
            is_wrapped = isinstance(node.func, ast.Call) and node.func.args
            func = node.func.args[0] if is_wrapped else node.func
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if not any(_mentions(part, names) for part in given):
                continue
            name = dotted(func)
            if is_user and name.endswith(".group_add") and _mentions(node.args[0], names):
                return "chooses the group that it joins"
            if USER.search(name) and name.rpartition(".")[2] in LOOKS_UP:
                return "looks up its user"
            below = consumer.methods.get(name.removeprefix("self."), (None, None))[1]
            if is_user and below is not None and _looks_up(below):
                return "looks up its user"
    return ""
