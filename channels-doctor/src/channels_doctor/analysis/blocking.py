"""Blocking calls and endless loops, which stop a handler and everybody else."""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import absolute, assignments
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

SLEEP = "time.sleep"
BLOCKING = {SLEEP, "urllib.request.urlopen", "os.system", "subprocess.run", "subprocess.call"}
BLOCKING |= {"subprocess.check_output", "subprocess.check_call", "smtplib.SMTP"}
CLIENTS = ("requests.", "httpx.")
BLOCKING_CLIENTS: dict[str, tuple[str, ...]] = {
    "redis.Redis": (),
    "redis.StrictRedis": (),
    "redis.from_url": (),
    "redis.Redis.from_url": (),
    "paramiko.SSHClient": ("connect", "exec_command", "open_sftp"),
    "paramiko.client.SSHClient": ("connect", "exec_command", "open_sftp"),
    "telnetlib.Telnet": ("read_until", "read_all", "expect", "open"),
    "requests.Session": (),
}
COMMANDS = "management/commands/"  # its process has no sockets
QUICK = "redis."  # allowed in a synchronous consumer, like database queries
LAZY = ("pipeline", "register_script", "set_missing_host_key_policy", "load_system_host_keys")
VERBS = {"get", "post", "put", "patch", "delete", "head", "request"}
ENTRIES = ("connect", "receive", "receive_json", "disconnect", "websocket_connect")


def check(
    tree: Tree, consumers: list[Consumer], handlers: set[str], in_threads: bool = False
) -> Iterator[Finding]:
    """P39 and P40; `in_threads` if each synchronous consumer has a thread, as in Channels 2."""
    owners = {} if in_threads else {id(node): part for part in consumers for node in part.own}
    for module in tree:
        if not _is_about_channels(module) or COMMANDS in module.file:
            continue
        for function in module.functions:
            owner = owners.get(id(function))
            if isinstance(function, ast.AsyncFunctionDef) or _is_dispatched(
                owner, function, handlers
            ):
                yield from _blocking(module, function)
    for consumer in consumers:
        for method in consumer.own:
            if method.name in ENTRIES or method.name in consumer.handlers(handlers):
                yield from _endless(consumer, method)


def _is_dispatched(owner: Consumer | None, function: ast.AST, handlers: set[str]) -> bool:
    """Return whether Channels runs a synchronous consumer's method, directly or indirectly."""
    if owner is None or owner.is_async:
        return False
    entries = {*ENTRIES, *owner.handlers(handlers)} & set(owner.methods)
    reached, waiting = set(), [owner.methods[name][1] for name in entries]
    while waiting:
        method = waiting.pop()
        reached.add(method.name)
        for node in own_nodes(method):
            name = dotted(node.func) if isinstance(node, ast.Call) else ""
            below = owner.methods.get(name.removeprefix("self.")) if "self." in name else None
            if below and below[1].name not in reached:
                waiting.append(below[1])
    return function.name in reached


def _is_about_channels(module: Module) -> bool:
    return any(path.split(".")[0] == "channels" for path in module.imports.values())


def _blocking(module: Module, function: Function) -> Iterator[Finding]:
    is_async = isinstance(function, ast.AsyncFunctionDef)
    told: set[str] = set()
    for node in own_nodes(function):
        if not isinstance(node, ast.Call) or not dotted(node.func):
            continue
        path = absolute(module, dotted(node.func))
        path = path if is_blocking(path) else _of_a_client(module, function, node)
        client = path.partition("().")[0]
        if not path or client in told or (not is_async and client.startswith(QUICK)):
            continue
        told |= {client} if client != path else set()
        fix = "Write `await asyncio.sleep(…)`." if path == SLEEP and is_async else ""
        yield finding(
            "P39",
            f"{path}() in {function.name} blocks every socket of the process until it's done.",
            module.place(node),
            condition="while it runs",
            fix=fix,
            found_by="source",
            about=path,
        )


def _of_a_client(module: Module, function: Function, call: ast.Call) -> str:
    """Return the name of the blocking client's method that `call` calls, or ""."""
    owner, _, method = dotted(call.func).rpartition(".")
    if not owner or method in LAZY:
        return ""
    for made in _made_as(module, function, owner):
        for client, methods in BLOCKING_CLIENTS.items():
            if made == client and (not methods or method in methods):
                return f"{client}().{method}"
    return ""


def _made_as(module: Module, function: Function, owner: str) -> list[str]:
    """Return the dotted names of the callables that create the object `owner` in `function`."""
    scopes = [function, module.tree] if "." not in owner else module.functions
    calls = [value for scope in scopes for value in assignments(scope, owner)]
    getter = owner.removeprefix("self.").removesuffix("()")
    getters = [call for call in calls if dotted(call).startswith("self.")]
    names = {dotted(call).removeprefix("self.").removesuffix("()") for call in getters}
    names |= {getter} if owner.endswith("()") else set()
    for below in module.functions[1:]:
        if below.name in names:
            returned = [node.value for node in own_nodes(below) if isinstance(node, ast.Return)]
            calls += [value for part in returned for value in _values(below, part)]
    made = [call for call in calls if isinstance(call, ast.Call) and dotted(call.func)]
    return [absolute(module, dotted(call.func)) for call in made]


def _values(function: Function, node: ast.AST | None) -> list[ast.AST]:
    """Return the possible values of the expression `node` in `function`, or `node` itself."""
    bound = assignments(function, node.id) if isinstance(node, ast.Name) else []
    return bound or ([node] if node is not None else [])


def is_blocking(path: str) -> bool:
    """Return whether the function called `path` waits without letting other tasks run."""
    if path in BLOCKING:
        return True
    return path.startswith(CLIENTS) and path.rpartition(".")[2] in VERBS and path.count(".") == 1


def _endless(consumer: Consumer, method: Function) -> Iterator[Finding]:
    """P40: an endless loop in a handler, which only an unread event could end."""
    for node in own_nodes(method):
        if isinstance(node, ast.While) and never_ends(node, method):
            yield finding(
                "P40",
                f"The loop in {consumer.name}.{method.name} never ends, so the consumer "
                "can't handle any other event, not even the disconnection.",
                consumer.module.place(node),
                condition="as soon as the loop runs",
                found_by="source",
                about=method.name,
            )
            return


def never_ends(loop: ast.While, method: Function) -> bool:
    """Return whether nothing in `loop`, which is in `method`, ends it."""
    inside = [node for part in loop.body for node in ast.walk(part)]
    if any(isinstance(node, (ast.Break, ast.Return, ast.Raise)) for node in inside):
        return False
    if isinstance(loop.test, ast.Constant):
        return bool(loop.test.value)
    name = dotted(loop.test)
    changed = {dotted(node) for node in inside if isinstance(getattr(node, "ctx", None), ast.Store)}
    return name.startswith("self.") and name not in changed and isinstance(loop.test, ast.Attribute)
