"""Consumers and other classes: misspelt overrides, methods outside the class, events, the scope."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from workshop.learner.reading import names
from workshop.learner.reading.project import LIKELY, SURE, Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.spelling import guess, nearest
from workshop.learner.reading.statements import FUNCTIONS, call_name, functions
from workshop.learner.running.trial import CodeLocation

SCOPE = {
    "asgi", "client", "cookies", "error", "extensions", "headers", "http_version", "method", "path",
    "path_remaining", "query_string", "raw_path", "root_path", "scheme", "server", "session",
    "state", "subprotocols", "type", "url_route", "user",
}  # fmt: skip
OVERRIDES = {"connect", "disconnect", "receive", "receive_json", "__call__"}
SYNC_BASES = {"WebsocketConsumer", "JsonWebsocketConsumer", "SyncConsumer"}
GROUP_METHODS = ("group_add", "group_discard", "group_send")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    yield from _read_from_events(project, reference)
    for file in project.python.values():
        yield from _outside_the_class(file, reference)
        yield from _no_self(file)
        yield from _bases(file, reference)
        yield from _sync_bases(file)
        yield from _misspelt_overrides(project, file, reference)
        yield from _misspelt_handlers(project, file)
        yield from _events(file)
        yield from _groups(file)
        yield from _scopes(file)
        yield from _sent(file)
        yield from _parameters(file, reference)


def _outside_the_class(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    inner = {
        id(child): function
        for function in functions(file.tree)
        for child in nodes(function)
        if isinstance(child, FUNCTIONS) and child is not function
    }
    for function in functions(file.tree):
        first = function.args.args[0].arg if function.args.args else ""
        if first != "self":
            continue
        if function in file.tree.body:
            says = f"{function.name}() is outside the class: indent it like the other methods."
            yield Mistake("outside-class", says, file.at(function), "", function.name)
        elif id(function) in inner:
            around = inner[id(function)].name
            says = f"{function.name}() is inside {around}(): indent it like the other "
            yield Mistake("outside-class", says + "methods.", file.at(function), "", function.name)


def _no_self(file: PythonFile) -> Iterator[Mistake]:
    for owner in names.classes(file.tree):
        for method in owner.body:
            if not isinstance(method, FUNCTIONS):
                continue
            decorators = {
                ast.unparse(decorator).partition("(")[0] for decorator in method.decorator_list
            }
            arguments = [*method.args.posonlyargs, *method.args.args]
            first = arguments[0].arg if arguments else ""
            if decorators & {"staticmethod", "classmethod"} or method.args.vararg and not first:
                continue
            if first not in ("self", "cls", "mcs"):
                says = f"`self` is missing: the first parameter of {method.name}() has to be self."
                yield Mistake("missing-self", says, file.at(method), "", method.name)


def _bases(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    ours = reference.python.get(file.path)
    expected = {owner.name: owner for owner in names.classes(ours.tree)} if ours else {}
    for owner in names.classes(file.tree):
        wanted = expected.get(owner.name)
        if wanted and wanted.bases and not owner.bases:
            base = ast.unparse(wanted.bases[0])
            says = f"The class {owner.name} has no base class: let it inherit from {base}."
            yield Mistake("missing-base", says, file.at(owner), "", owner.name)


def _sync_bases(file: PythonFile) -> Iterator[Mistake]:
    """Yield consumers whose methods are all async, but whose base class never awaits them."""
    for owner in names.classes(file.tree):
        bases = [ast.unparse(base).rpartition(".")[2] for base in owner.bases]
        found = [base for base in bases if base in SYNC_BASES]
        methods = [member for member in owner.body if isinstance(member, FUNCTIONS)]
        are_async = [isinstance(method, ast.AsyncFunctionDef) for method in methods]
        if found and methods and all(are_async):
            better = f"Async{found[0].removeprefix('Sync')}"
            says = f"The methods of {owner.name} are `async def`, which a {found[0]} never awaits: "
            says += f"let it inherit from `{better}`."
            words = ("was never awaited", f"{owner.name}.")
            yield Mistake("sync-base", says, file.at(owner), "P23", owner.name, SURE, words)


def _misspelt_overrides(project, file: PythonFile, reference) -> Iterator[Mistake]:
    ours = reference.python.get(file.path)
    expected = {
        method.name
        for owner in (names.classes(ours.tree) if ours else [])
        for method in owner.body
        if isinstance(method, FUNCTIONS)
    }
    used = {
        node.attr
        for other in project.python.values()
        for node in nodes(other.tree)
        if isinstance(node, ast.Attribute)
    }
    for owner in names.classes(file.tree):
        inherited = names.base_attributes(project, file, owner) - names.OF_A_CONNECTION
        own = {method.name for method in owner.body if isinstance(method, FUNCTIONS)}
        for method in owner.body:
            if not isinstance(method, FUNCTIONS) or method.name in inherited | expected | used:
                continue
            near = nearest(method.name, (expected | inherited) - own - set(dir(object)))
            if near:
                says = f"Nothing calls {method.name}(). Did you mean `{near}`?"
                words = (near, method.name, "NotImplementedError")
                certainty = 0 if near in expected else LIKELY
                yield Mistake("misspelt-method", says, file.at(method), "", near, certainty, words)


def _misspelt_handlers(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield event types without a handler, if a consumer has a method with a similar name."""
    handlers = {
        function.name for other in project.python.values() for function in functions(other.tree)
    }
    for event in _sent_events(file):
        for key, value in zip(event.keys, event.values, strict=True):
            if not _is_text(key, "type") or not isinstance(value, ast.Constant):
                continue
            wanted = str(value.value).replace(".", "_")
            if wanted in handlers or wanted.startswith(("websocket_", "http_")):
                continue
            near = nearest(wanted, handlers - {"connect", "receive", "disconnect"})
            if not near:
                continue
            says = f"The type {value.value!r} calls a method {wanted}(), but no consumer has one. "
            says += f"Did you mean `{near.replace('_', '.', 1)}`?"
            words = (wanted, str(value.value))
            yield Mistake("misspelt-type", says, file.at(value), "P24", wanted, SURE, words)


def _events(file: PythonFile) -> Iterator[Mistake]:
    for event in _sent_events(file):
        keys = [key.value for key in event.keys if isinstance(key, ast.Constant)]
        if "type" in keys or None in event.keys:
            continue
        says = 'This event needs a "type" that names the method to call.'
        near = nearest("type", keys) or next((key for key in keys if key in ("event", "kind")), "")
        says += f' You wrote "{near}".' if near else ""
        yield Mistake("event-without-type", says, file.at(event), "P24", "type")


def _read_from_events(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    """Yield keys that a handler reads but no event of its type has."""
    wanted = {
        key
        for file in reference.python.values()
        for event in _sent_events(file)
        for key in [getattr(key, "value", None) for key in event.keys]
    }
    for event_file in project.python.values():
        for event in _sent_events(event_file):
            keys = [getattr(key, "value", None) for key in event.keys]
            types = [
                getattr(value, "value", None)
                for key, value in zip(event.keys, event.values, strict=True)
                if _is_text(key, "type")
            ]
            if None in keys or not types or not isinstance(types[0], str):
                continue
            for mistake in _keys_of_handler(project, types[0].replace(".", "_"), keys):
                yield _at_the_event(mistake, event_file.at(event), wanted)


def _at_the_event(mistake: Mistake, place: CodeLocation, wanted: set[str]) -> Mistake:
    """Return a mistake about a missing key, located at the event if the step sends that key."""
    if mistake.about not in wanted:
        return mistake
    reader = f"{mistake.place.path}, line {mistake.place.line},"
    says = f'This event has no "{mistake.about}", but {reader} reads it: add it to the event.'
    return replace(mistake, says=says, place=place)


def _keys_of_handler(project, handler: str, keys: list[str]) -> Iterator[Mistake]:
    for file in project.python.values():
        for function in functions(file.tree):
            arguments = [argument.arg for argument in function.args.args]
            if function.name != handler or len(arguments) != 2:
                continue
            for node in nodes(function):
                is_read = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
                if is_read and ast.unparse(node.value) == arguments[1]:
                    key = node.slice.value
                    if key not in keys:
                        others = " and ".join(f'"{key}"' for key in keys)
                        says = f'The event has no "{key}": it was sent with {others}.'
                        words = (f"KeyError: {key!r}", repr(key))
                        yield Mistake("event-key", says, file.at(node), "", key, LIKELY, words)


def _sent_events(file: PythonFile) -> list[ast.Dict]:
    """Return the dictionaries that are sent to a group, directly or through a variable."""
    found = []
    for function in functions(file.tree):
        for node in nodes(function):
            if call_name(node).endswith(".group_send") and len(node.args) > 1:
                found += _dicts(function, node.args[1])
    return found


def _dicts(function: ast.AST, value: ast.expr) -> list[ast.Dict]:
    if isinstance(value, ast.Dict):
        return [value]
    if not isinstance(value, ast.Name):
        return []
    return [
        node.value
        for node in nodes(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Dict)
        and any(isinstance(child, ast.Name) and child.id == value.id for child in node.targets)
    ]


def _groups(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        method = call_name(node).rpartition(".")[2]
        if method not in GROUP_METHODS or not node.args:
            continue
        arguments = [ast.unparse(argument) for argument in node.args]
        if arguments[0].endswith("channel_name"):
            says = f"{method}() takes the group's name first, but {arguments[0]} is a channel."
            yield Mistake("not-a-group", says, file.at(node), "", method)
        if len(arguments) < 2:
            second = "an event" if method == "group_send" else "self.channel_name"
            says = f"{method}() takes two arguments: the group's name and {second}."
            yield Mistake("missing-argument", says, file.at(node), "", method)
        elif method != "group_send" and arguments[1].endswith("group_name"):
            says = f"{method}() takes the group's name first and then self.channel_name."
            yield Mistake("not-a-channel", says, file.at(node), "", method)


def _scopes(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
            continue
        key, of = node.slice.value, ast.unparse(node.value)
        if of.endswith("scope") and key not in SCOPE:
            better = _better_key(key)
            says = f'The scope has no "{key}".{better}'
            yield Mistake("scope-key", says, file.at(node), "", str(key), 0, (repr(key),))
        if of.replace("'", '"').endswith('scope["url_route"]') and key not in ("args", "kwargs"):
            says = f'self.scope["url_route"] has no "{key}": its values are in ["kwargs"].'
            yield Mistake("scope-key", says, file.at(node), "", str(key), 0, (repr(key),))


def _better_key(key) -> str:
    if key in ("args", "kwargs"):
        return f' Did you mean `self.scope["url_route"]["{key}"]`?'
    if isinstance(key, str) and key.endswith(("_name", "_id", "room")):
        return f' Did you mean `self.scope["url_route"]["kwargs"]["{key}"]`?'
    return guess(str(key), SCOPE)


def _sent(file: PythonFile) -> Iterator[Mistake]:
    owners = [owner for owner in names.classes(file.tree) if _is_of_texts(owner)]
    for function in (function for owner in owners for function in functions(owner)):
        yield from _sent_variables(file, function)
    for node in (node for owner in owners for node in nodes(owner)):
        name = call_name(node)
        if name not in ("self.send", "json.loads") or not isinstance(node, ast.Call):
            continue
        values = node.args + [
            keyword.value for keyword in node.keywords if keyword.arg == "text_data"
        ]
        for value in values[:1]:
            if isinstance(value, ast.Dict) and name == "self.send":
                says = "send() takes a string. For a dictionary, use `self.send(json.dumps(…))`."
                yield Mistake("not-a-text", says, file.at(node), "", "send")
            if isinstance(value, ast.Dict) and name == "json.loads":
                says = "json.loads() reads JSON. To write it, use json.dumps()."
                yield Mistake("not-a-text", says, file.at(node), "", "loads")
            is_json = call_name(value) == "json.loads" and name == "self.send"
            if is_json:
                says = "json.loads() reads JSON, but send() needs a string: use json.dumps()."
                yield Mistake("not-a-text", says, file.at(node), "", "send")


def _sent_variables(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield dictionaries that are assigned to a variable and sent unchanged."""
    dictionaries = {function.args.kwarg.arg} if function.args.kwarg else set()
    for node in nodes(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            dictionaries |= {ast.unparse(target) for target in node.targets}
    for node in nodes(function):
        if call_name(node) == "self.send":
            texts = [word.value for word in node.keywords if word.arg == "text_data"]
            for value in [*node.args[:1], *texts][:1]:
                if isinstance(value, ast.Name) and value.id in dictionaries:
                    says = f"send() takes a string, and {value.id} is a dictionary: write "
                    says += f"`json.dumps({value.id})`."
                    yield Mistake("not-a-text", says, file.at(node), "", "send")


def _is_of_texts(owner: ast.ClassDef) -> bool:
    """Return whether a class is a consumer whose send() takes a string."""
    methods = {function.name for function in functions(owner)}
    bases = " ".join(map(ast.unparse, owner.bases))
    return "WebsocketConsumer" in bases and "send" not in methods


def _parameters(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    """Yield methods whose parameters differ from the step's in a way that callers notice."""
    ours = reference.python.get(file.path)
    expected = {
        (owner.name, method.name): method
        for owner in (names.classes(ours.tree) if ours else [])
        for method in owner.body
        if isinstance(method, FUNCTIONS)
    }
    for owner in names.classes(file.tree):
        for method in owner.body:
            wanted = expected.get((owner.name, getattr(method, "name", "")))
            if not wanted or method.args.vararg or method.args.kwarg:
                continue
            theirs, right = _argument_names(method), _argument_names(wanted)
            has_keywords = bool(wanted.args.defaults)
            if len(theirs) != len(right) or has_keywords and theirs != right:
                what = " and ".join(f"`{name}`" for name in right[1:]) or "none but self"
                name = owner.name if method.name == "__init__" else method.name
                says = f"In this step, {name}() takes the parameters {what}."
                pitfall = ""
                if _is_called_by_channels(owner, wanted):
                    says = f"Channels calls {name}() with the parameters {what}: accept them."
                    pitfall = "P32"
                yield Mistake(
                    "wrong-parameters", says, file.at(method), pitfall, method.name, LIKELY,
                    (f"{method.name}()",),
                )  # fmt: skip


def _is_called_by_channels(owner: ast.ClassDef, method: ast.AST) -> bool:
    """Return whether a method overrides one of the base class, or handles an event."""
    is_handler = _argument_names(method)[1:] == ["event"]
    return "Consumer" in owner.name and (is_handler or method.name in OVERRIDES)


def _argument_names(method: ast.AST) -> list[str]:
    arguments = method.args
    return [
        argument.arg
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    ]


def _is_text(node: ast.AST | None, value: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == value
