"""Code that trusts what a client claims, or that leaks secrets."""

import ast
import re
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source.calls import LayerCall
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import assignments, class_values
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

TOKENS = {"token", "access_token", "access", "jwt", "auth", "auth_token", "api_key", "session"}
AMBIGUOUS = {"access", "auth", "session"}  # these may be names of other things
SENDERS = {"username", "user", "sender", "author", "from", "user_id", "sender_id", "from_user"}
SENDERS |= {"sender_username", "from_username", "author_username", "reader_username"}
SENDERS |= {"sender_name", "senderId", "senderName", "userId", "userName", "fromUser"}
THEMSELVES = {
    "senderId",
    "senderName",
    "sender_name",
    "fromUser",
    "sender",
    "sender_id",
    "author",
    "author_id",
    "from_user",
    "from_user_id",
}
THEMSELVES |= {"sender_username", "from_username", "author_username", "reader_username"}
SETS_USER = re.compile(r"scope\[[\"']user[\"']\]\s*=[^=]")  # a middleware of the project
CLEANS = re.compile(r"\bsub\(|slugify|replace\(|sha\d|md5|quote|encode|\.(?:pk|id)\b|isalnum")
IN_THE_PATH = {"token", "access_token", "jwt", "auth_token", "api_key"}
TEXTS = {"message", "body", "text", "content", "msg"}
NAMES = ("username", "email", "get_username()", "full_name", "get_full_name()")
ELSEWHERE = {"kwargs", "scope", "cookies", "headers", "environ", "session", "META", "settings"}
ELSEWHERE |= {"data", "content", "payload", "event", "cache", "config"}
CUTS = ("startswith", "removeprefix", "split", "partition", "index", "find")
ENTRIES = ("receive", "receive_json")
PARSERS = ("json.loads", "loads", "self.decode_json", "orjson.loads", "ujson.loads")


def check(
    tree: Tree, consumers: list[Consumer], calls: list[LayerCall], kind: str
) -> Iterator[Finding]:
    """P62, P71, and P25 for users' names; `kind` is the default layer's."""
    for module in tree:
        for function in module.functions[1:]:
            yield from _token_in_the_url(module, function)
            yield from _token_in_the_path(module, function)
    has_users = any(SETS_USER.search(module.text) for module in tree)
    for consumer in consumers:
        told = list(_sender_of_the_frame(consumer, has_users))
        yield from told or _claimed(consumer)
        yield from _whole_frame(consumer)
    if kind != "pubsub":
        yield from _group_of_a_name(consumers, calls)


def _token_in_the_url(module: Module, function: Function) -> Iterator[Finding]:
    """P62: a token is read from the query string, which servers and proxies log."""
    lines = module.lines[function.lineno - 1 : function.end_lineno]
    if not any("query_string" in line for line in lines):
        return
    query = _of_the_query(function)
    for node in own_nodes(function):
        name = _read_key(node)
        is_read = name.lower() in TOKENS and _is_read_from(node, query)
        if not is_read:
            name = _filled_from(node, query)
        if name:
            yield finding(
                "P62",
                f"{function.name} reads the {name} from the URL, which servers and proxies log.",
                module.place(node),
                condition="because everybody who can read a log can use it",
                found_by="source",
            )
            return


def _token_in_the_path(module: Module, function: Function) -> Iterator[Finding]:
    """P62: a token is a part of the URL's path, which servers and proxies log."""
    for node in own_nodes(function):
        name = _read_key(node) if isinstance(node, (ast.Call, ast.Subscript)) else ""
        if name not in IN_THE_PATH:
            continue
        owner = node.func.value if isinstance(node, ast.Call) else node.value
        values = assignments(function, dotted(owner)) if dotted(owner) else []
        if any(_is_of_the_route(part) for part in [owner, *values]):
            yield finding(
                "P62",
                f"{function.name} reads the {name} from the URL, which servers and proxies log.",
                module.place(node),
                condition="because everybody who can read a log can use it",
                found_by="source",
            )
            return


def _is_of_the_route(node: ast.AST) -> bool:
    """Return whether `node` is `scope["url_route"]["kwargs"]`."""
    text = ast.unparse(node)
    return "url_route" in text and text.rstrip(")]'\"").endswith("kwargs")


def _filled_from(node: ast.AST, query: set[str]) -> str:
    """Return the name of a token that `node` assigns from a part of one of the names in `query`."""
    pairs = []
    if isinstance(node, ast.keyword):
        pairs = [(node.arg or "", node.value)]
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        pairs = [(ast.unparse(target), value) for target, value in _bindings(node)]
    for name, value in pairs:
        is_from_query = query & set(re.findall(r"\w+", ast.unparse(value)))
        if name.lower() in TOKENS - AMBIGUOUS and is_from_query:
            return name
    return ""


def _read_key(node: ast.AST) -> str:
    key = None
    if isinstance(node, ast.Subscript):
        key = node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("get", "getlist", "pop") and node.args:
            key = node.args[0]
        elif node.func.attr in CUTS and node.args:
            key = node.args[0]
            is_cut = str(getattr(key, "value", "")).rstrip("'").endswith("=")
            key = key if is_cut else None
    value = getattr(key, "value", "")
    value = value.decode(errors="replace") if isinstance(value, bytes) else value
    return value.rstrip("=") if isinstance(value, str) else ""


def _of_the_query(function: Function) -> set[str]:
    """Return the names in `function` that are derived from the query string."""
    pairs = [pair for node in own_nodes(function) for pair in _bindings(node)]
    found = {"query_string"}
    for target, value in [*pairs, *pairs]:
        if found & set(re.findall(r"\w+", ast.unparse(value))):
            found |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return found


def _bindings(node: ast.AST) -> list[tuple[ast.AST, ast.AST]]:
    """Return the names that `node` binds, each with its value or the source of its values."""
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    if isinstance(node, (ast.For, ast.comprehension)):
        return [(node.target, node.iter)]
    if isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        return [(node.target, node.value)]
    return []


def _is_read_from(node: ast.Call | ast.Subscript, query: set[str]) -> bool:
    """Return whether `node` reads its key from one of the names in `query`."""
    owner = node.func.value if isinstance(node, ast.Call) else node.value
    words = re.findall(r"\w+", ast.unparse(owner))
    return bool(query & set(words)) and words[-1] not in ELSEWHERE


def _sender_of_the_frame(consumer: Consumer, has_users: bool) -> Iterator[Finding]:
    """P71: the client says who sent a message, though the project knows its users."""
    if not consumer.websocket or not (has_users or _knows_its_user(consumer)):
        return
    for method, frames in _with_frames(consumer):
        for node in own_nodes(method):
            if not isinstance(node, ast.Dict) or not _is_part_of_an_event(method, node):
                continue
            for key, value in zip(node.keys, node.values, strict=True):
                name = getattr(key, "value", None)
                is_sender = name in SENDERS or (name == "name" and _holds_text(node))
                if is_sender and _is_of(value, frames, method):
                    yield finding(
                        "P71",
                        f"{consumer.name} takes the {name} from the client's own frame.",
                        consumer.module.place(value),
                        condition="when a client sends somebody else's name",
                        fix='Take it from the session: `self.scope["user"]`.',
                        found_by="source",
                    )
                    return


def _holds_text(node: ast.Dict) -> bool:
    """Return whether the event `node` contains a user's text, so a name in it is the sender's."""
    return bool({getattr(key, "value", None) for key in node.keys} & TEXTS)


def _claimed(consumer: Consumer) -> Iterator[Finding]:
    """P71: the user is looked up with data from the frame instead of taken from the scope.

    A consumer that does know its user may look up others, but nobody else is the sender.
    """
    if not consumer.websocket:
        return
    claims = THEMSELVES if _knows_its_user(consumer) else SENDERS
    for method, frames in _with_frames(consumer):
        for node in own_nodes(method):
            if not isinstance(node, ast.Call):
                continue
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if not _looks_up_a_user(node):
                given = _handed_to_a_look_up(consumer, node)
            keys = [_key(part, method) for part in given if _is_of(part, frames, method)]
            name = next((key for key in keys if key in claims), "")
            if name and not _is_compared(method, name):
                yield finding(
                    "P71",
                    f"{consumer.name} looks up its user by the {name} in the client's own frame.",
                    consumer.module.place(node),
                    condition="when a client sends somebody else's name",
                    fix='Take the user from the session: `self.scope["user"]`.',
                    found_by="source",
                )
                return


def _is_compared(method: Function, name: str) -> bool:
    """Return whether `method` compares the frame's item `name` with the user's own."""
    tests = (ast.unparse(node) for node in own_nodes(method) if isinstance(node, ast.Compare))
    return any(name in test and "self." in test and "user" in test for test in tests)


def _handed_to_a_look_up(consumer: Consumer, call: ast.Call) -> list[ast.AST]:
    """Return the arguments with which one of the consumer's methods looks up a user."""
    name = dotted(call.func)
    _, method = consumer.methods.get(name.removeprefix("self."), (None, None))
    if method is None or not name.startswith("self."):
        return []
    used = {
        value.id
        for node in ast.walk(method)
        if isinstance(node, ast.Call) and _looks_up_a_user(node)
        for value in [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(value, ast.Name)
    }
    names = [argument.arg for argument in method.args.args[1:]]
    pairs = [*zip(names, call.args, strict=False), *((key.arg, key.value) for key in call.keywords)]
    return [value for key, value in pairs if key in used]


def _key(node: ast.AST, method: Function) -> str:
    """Return the frame's key that `node` reads, or that was assigned to its name."""
    values = assignments(method, node.id) if isinstance(node, ast.Name) else []
    node = values[0] if values else node
    key = _read_key(node)
    owner = node.func.value if isinstance(node, ast.Call) else getattr(node, "value", None)
    return _key(owner, method) if key in ("id", "pk") and isinstance(owner, ast.Name) else key


def _looks_up_a_user(call: ast.Call) -> bool:
    is_wrapped = isinstance(call.func, ast.Call) and call.func.args
    name = dotted(call.func.args[0] if is_wrapped else call.func).lower()
    last = name.rpartition(".")[2]
    is_read = last in ("get", "aget", "filter") or last.startswith(("get_", "find_"))
    return "user" in name and is_read


def _whole_frame(consumer: Consumer) -> Iterator[Finding]:
    """P71: the client's frame is spread over an event, including its type."""
    if "decode_json" in consumer.methods:
        return  # which makes of the frame what it likes
    for method, frames in _with_frames(consumer):
        if method.name in ENTRIES and (found := _frame_as_event(consumer, method, frames)):
            yield found
            return
        for node in own_nodes(method):
            if isinstance(node, ast.Dict) and _is_sent(method, node) and _is_event(method, node):
                found = _chosen_by_the_client(consumer, method, node, frames)
                if found:
                    yield found
                    return


def _frame_as_event(consumer: Consumer, method: Function, frames: set[str]) -> Finding | None:
    """P71 if the client's frame itself is sent to a group, with a type that nothing checks."""
    for node in own_nodes(method):
        inner = node.func.args[:1] if isinstance(getattr(node, "func", None), ast.Call) else []
        names = [dotted(part) for part in [getattr(node, "func", None), *inner] if part]
        if not any(name.endswith("channel_layer.group_send") for name in names):
            continue
        event = node.args[1] if len(node.args) > 1 else None
        if event is None or dotted(event) not in frames or _type_is_checked(method, node, event):
            continue
        return finding(
            "P71",
            f"{consumer.name} sends the client's frame as the event, its type included.",
            consumer.module.place(event),
            condition="when a client sends a type that you didn't mean it to",
            fix="Build the event yourself, from the keys that a client may set.",
            found_by="source",
        )
    return None


def _type_is_checked(method: Function, call: ast.Call, event: ast.AST) -> bool:
    """Return whether the type of `event` is set in `method`, or known where `call` sends it."""
    of_the_type = re.compile(rf"{re.escape(dotted(event))}(?:\[|\.get\()'type'")
    for node in own_nodes(method):
        if isinstance(node, ast.Assign) and of_the_type.match(ast.unparse(node.targets[0])):
            return True
        if isinstance(node, (ast.If, ast.Match)) and any(part is call for part in ast.walk(node)):
            test = node.test if isinstance(node, ast.If) else node.subject
            if "type" in ast.unparse(test):
                return True
    return False


def _chosen_by_the_client(
    consumer: Consumer, method: Function, event: ast.Dict, frames: set[str]
) -> Finding | None:
    """P71 if the client chooses the type of `event`, alone or together with every other key."""
    at = [getattr(key, "value", None) for key in event.keys].index("type")
    if _is_of(event.values[at], frames, method):
        return finding(
            "P71",
            f"{consumer.name} lets the client choose an event's type, and so its handler.",
            consumer.module.place(event.values[at]),
            condition="when a client sends a type that you didn't intend",
            fix="Choose the type yourself, from a list of what clients may request.",
            found_by="source",
        )
    later = zip(event.keys[at + 1 :], event.values[at + 1 :], strict=True)
    if any(key is None and dotted(value) in frames for key, value in later):
        return finding(
            "P71",
            f"{consumer.name} lets the client's frame set every key of an event, its type "
            "included.",
            consumer.module.place(event),
            condition="when a client sends a type, or somebody else's name",
            fix="List the keys that a client may set, and ignore all others.",
            found_by="source",
        )
    return None


def _knows_its_user(consumer: Consumer) -> bool:
    """Return whether the consumer has users at all, because otherwise a name is only a nickname."""
    text = ast.unparse(consumer.node)
    return "scope['user']" in text or "scope.get('user')" in text


def _with_frames(consumer: Consumer) -> list[tuple[Function, set[str]]]:
    """Return the consumer's own methods that handle a frame, each with the names that hold it."""
    own = {method.name: method for method in consumer.own}
    waiting = [(own[name], _frames(own[name])) for name in ENTRIES if name in own]
    found: dict[str, tuple[Function, set[str]]] = {}
    while waiting:
        method, frames = waiting.pop(0)
        if not frames or method.name in found:
            continue
        found[method.name] = (method, frames)
        for node in own_nodes(method):
            name = dotted(node.func) if isinstance(node, ast.Call) else ""
            below = own.get(name.removeprefix("self.")) if name.startswith("self.") else None
            waiting += _from_a_table(consumer, node, frames)
            if below is not None:
                names = [argument.arg for argument in below.args.args[1:]]
                pairs = zip(names, node.args, strict=False)
                waiting.append((below, {key for key, part in pairs if dotted(part) in frames}))
    return list(found.values())


def _from_a_table(consumer: Consumer, node: ast.AST, frames: set[str]) -> list[tuple]:
    """Return the methods that `node` may call out of a dict of the class, with their frames."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Subscript):
        return []
    table = class_values(consumer).get(dotted(node.func.value).removeprefix("self."))
    names = {dotted(value) for value in getattr(table, "values", ())}
    found = []
    for method in (method for method in consumer.own if method.name in names):
        pairs = zip([argument.arg for argument in method.args.args], node.args, strict=False)
        found.append((method, {key for key, part in pairs if dotted(part) in frames}))
    return found


def _frames(method: Function) -> set[str]:
    """Return the names in `method` that hold what the client sent."""
    names = (
        {argument.arg for argument in method.args.args[1:]}
        if method.name == "receive_json"
        else set()
    )
    for node in own_nodes(method):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            if dotted(node.value.func) in PARSERS:
                names |= {dotted(target) for target in node.targets}
    return names - {""}


def _is_of(node: ast.AST, frames: set[str], method: Function, depth: int = 0) -> bool:
    """Return whether `node` is an unchanged item of a frame."""
    if isinstance(node, ast.Subscript):
        node = _innermost(node)
        return dotted(node) in frames or _is_of(node, frames, method, depth + 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        is_read = node.func.attr == "get"
        is_inside = isinstance(owner, ast.Name) and _is_of(owner, frames, method, depth + 1)
        return is_read and (dotted(owner) in frames or is_inside)
    values = assignments(method, node.id) if isinstance(node, ast.Name) and depth < 3 else []
    return len(values) == 1 and _is_of(values[0], frames, method, depth + 1)


def _innermost(node: ast.AST) -> ast.AST:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def _is_sent(method: Function, node: ast.Dict) -> bool:
    """Return whether `node` is sent to others: it has a type, or is passed to a send."""
    keys = {getattr(key, "value", None) for key in node.keys}
    return "type" in keys and any(
        isinstance(call, ast.Call) and "group_send" in ast.unparse(call.func)
        for call in own_nodes(method)
    )


def _is_part_of_an_event(method: Function, node: ast.Dict) -> bool:
    """Return whether `node` is sent to others, as an event or inside one."""
    dicts = [part for part in own_nodes(method) if isinstance(part, ast.Dict)]
    events = [part for part in dicts if _is_sent(method, part)]
    return any(node is below for event in events for below in ast.walk(event))


def _is_event(method: Function, node: ast.Dict) -> bool:
    """Return whether `node` isn't a part of another dict."""
    dicts = (part for part in own_nodes(method) if isinstance(part, ast.Dict) and part is not node)
    return not any(node is below for part in dicts for below in ast.walk(part))


def _group_of_a_name(consumers: list[Consumer], calls: list[LayerCall]) -> Iterator[Finding]:
    """P25: a username is part of a group's name, and may contain characters that groups can't."""
    owners = {id(node): consumer for consumer in consumers for _, node in consumer.methods.values()}
    told: set[str] = set()
    for call in calls:
        owner = owners.get(id(call.function))
        if call.method != "group_add" or owner is None:
            continue
        name = _user_name(call.argument(0, "group"), call, owner, 0)
        if name and owner.name not in told:
            told.add(owner.name)
            yield finding(
                "P25",
                f"The group's name contains {name}, which may contain @ or +, or other letters.",
                call.module.place(call.node),
                condition="for users whose names contain such characters",
                fix='Name the group by the user\'s primary key: `f"user_{user.pk}"`.',
                found_by="source",
            )


def _user_name(node: ast.AST | None, call: LayerCall, owner: Consumer, depth: int) -> str:
    """Return the username expression in the group's name `node`, or ""."""
    if node is None or depth > 4:
        return ""
    text = dotted(node)
    if text.endswith(tuple(f".{name}" for name in NAMES)) or (
        isinstance(node, ast.Attribute) and node.attr in NAMES and "user" in ast.unparse(node)
    ):
        return ast.unparse(node) if "user" in ast.unparse(node).lower() else ""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.Call) and dotted(node.func) == "str":
        parts = node.args
    elif isinstance(node, ast.Call) and text.startswith("self."):
        method = owner.methods.get(text.removeprefix("self.").removesuffix("()"), (None, None))[1]
        parts = node.args if method and not CLEANS.search(ast.unparse(method)) else []
    elif text and not text.endswith("()"):
        parts = _bound_to(text, call, owner)
    else:
        return ""
    return next(filter(None, (_user_name(part, call, owner, depth + 1) for part in parts)), "")


def _bound_to(name: str, call: LayerCall, owner: Consumer) -> list[ast.AST]:
    if name.startswith("self."):
        return [value for _, part in owner.methods.values() for value in assignments(part, name)]
    return assignments(call.function, name) if call.function is not None else []
