"""The paths through a method: what each has accepted, closed and set at its end."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.tree import dotted

MOST = 300  # states; methods with more paths are skipped
DEEPEST = 4  # levels of methods that call each other
OF_CHANNELS = {"send", "send_json", "accept", "close", "encode_json", "decode_json"}
AFTER_CLOSE = {"self.accept", "self.send", "self.send_json"}
IS_GONE = re.compile(r"Disconnect|ConnectionClosed|ConnectionReset|CancelledError")
IS_KNOWN = "{}.is_authenticated"
OF_THE_SCOPE = re.compile(
    r"(?:self\.)?(?:scope(?:\[['\"]user['\"]\]|\.get\(['\"]user['\"]\))|_?user)"
)
OF_THE_ROUTE = re.compile(
    r"self\.scope\['url_route'\]\['kwargs'\](?:\['\w+'\]|\.get\('\w+'(?:, None)?\))"
)
HARMLESS = {
    "getattr",
    "hasattr",
    "isinstance",
    "super",
    "print",
    "id",
    "str",
    "repr",
    "type",
    "vars",
}
NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class State:
    """The state at one point of a path. `unsure` means other code may have decided already."""

    accepted: bool = False
    closed: bool = False
    unsure: bool = False
    attributes: frozenset[str] = frozenset()
    facts: frozenset[tuple[str, bool]] = frozenset()

    @property
    def decided(self) -> bool:
        return self.accepted or self.closed or self.unsure


States = set[State]


@dataclass
class Ways:
    """All paths through a method. `exits` contains the state and the place where each one ends.

    `late` are the calls that come after `close()`, `early` the sends before `accept()`, and `lost`
    the closes with a code before `accept()`. It isn't `whole` if there are too many paths.
    `awaited` are the ids of the awaited calls, and `of_the_route` the names of parts of the URL.
    """

    consumer: Consumer
    exits: list[tuple[State, ast.AST]] = field(default_factory=list)
    late: list[ast.Call] = field(default_factory=list)
    early: list[ast.Call] = field(default_factory=list)
    lost: list[ast.Call] = field(default_factory=list)
    whole: bool = True
    awaited: frozenset[int] = frozenset()
    of_the_route: frozenset[str] = frozenset()

    def is_possible(self, state: State) -> bool:
        """Return whether a route leads to `state`, which none does without all parts of the URL."""
        known = [holds for key, holds in state.facts if key in self.of_the_route]
        return not known or any(known)


def ways_through(consumer: Consumer, method: Function) -> Ways:
    """Return the paths through `method` of `consumer`, including the methods that it calls."""
    nodes = (node for _, part in consumer.methods.values() for node in ast.walk(part))
    awaited = frozenset(id(node.value) for node in nodes if isinstance(node, ast.Await))
    ways = Ways(consumer, awaited=awaited, of_the_route=frozenset(_of_the_route(method)))
    walker = _Walker(ways, ())
    rest = walker.block(method.body, {State()})
    exits = [*walker.exits, *((state, method) for state in rest)]
    ways.exits = [(state, end) for state, end in exits if ways.is_possible(state)]
    return ways


def _of_the_route(method: Function) -> Iterator[str]:
    """Yield the names that `method` binds to a part of the socket's URL."""
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and OF_THE_ROUTE.fullmatch(ast.unparse(node.value)):
            yield from (ast.unparse(target) for target in node.targets)


class _Walker:
    """Walks through the statements of one method."""

    def __init__(self, ways: Ways, above: tuple[str, ...], outermost: ast.Call | None = None):
        self.ways, self.above, self.outermost = ways, above, outermost
        self.exits: list[tuple[State, ast.AST]] = []
        self.broken: list[States] = []

    def block(self, statements: Iterable[ast.stmt], states: States) -> States:
        for statement in statements:
            if not states:
                break
            states = self._statement(statement, states)
            if len(states) > MOST:
                self.ways.whole = False
                states = {replace(state, facts=frozenset(), unsure=True) for state in states}
        return states

    def _statement(self, node: ast.stmt, states: States) -> States:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method:
            return method(node, states)
        if isinstance(node, NESTED):
            return states
        states = self._calls(node, states)
        return {_with_targets(node, state) for state in states}

    def _return(self, node: ast.Return, states: States) -> States:
        states = self._calls(node, states)
        self.exits += [(state, node) for state in states]
        return set()

    def _raise(self, node: ast.Raise, states: States) -> States:
        name = dotted(node.exc).rpartition(".")[2] if node.exc else ""
        if name.removesuffix("()") == "DenyConnection":
            self.exits += [(replace(state, closed=True), node) for state in states]
        elif name.removesuffix("()") == "AcceptConnection":
            self.exits += [(replace(state, accepted=True), node) for state in states]
        return set()

    def _if(self, node: ast.If, states: States) -> States:
        if answers := self._answers(node.test, states):
            return self.block(node.body, answers[0]) | self.block(node.orelse, answers[1])
        states = self._calls(node.test, states)
        key, sign = _condition(node.test)
        true = {state for state in map(lambda part: _assumed(part, key, sign), states) if state}
        false = {
            state for state in map(lambda entry: _assumed(entry, key, not sign), states) if state
        }
        return self.block(node.body, true) | self.block(node.orelse, false)

    def _answers(self, test: ast.AST, states: States) -> tuple[States, States] | None:
        """If `test` only calls a method, return the states where it returns true, and false."""
        holds = True
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, holds = test.operand, not holds
        call = test.value if isinstance(test, ast.Await) else test
        name = dotted(call.func) if isinstance(call, ast.Call) else ""
        own = self.ways.consumer.methods.get(name.removeprefix("self."))
        if own is None or name.count(".") != 1 or not self._is_followed(own[1].name):
            return None
        if call.args or call.keywords:
            return None
        walker = _Walker(self.ways, (*self.above, own[1].name), self.outermost or call)
        rest = walker.block(own[1].body, {replace(state, facts=frozenset()) for state in states})
        returned = self._returned(walker, call)
        yes = {state for state, end in returned if _may_return(end, True)}
        no = rest | {state for state, end in returned if _may_return(end, False)}
        return (yes, no) if holds else (no, yes)

    def _is_followed(self, name: str) -> bool:
        """Return whether to follow calls of the consumer's own method `name`."""
        return name not in self.above and name not in OF_CHANNELS and len(self.above) <= DEEPEST

    def _while(self, node: ast.While, states: States) -> States:
        states = self._calls(node.test, states)
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return self._loop(node, states, endless)

    def _for(self, node: ast.For, states: States) -> States:
        return self._loop(node, self._calls(node.iter, states), False)

    _asyncfor = _for

    def _loop(self, node, states: States, endless: bool) -> States:
        self.broken.append(set())
        after = self.block(node.body, states)
        broken = self.broken.pop()
        if endless:
            return broken
        return self.block(node.orelse, states | after) | broken

    def _break(self, node: ast.Break, states: States) -> States:
        if self.broken:
            self.broken[-1] |= states
        return set()

    def _continue(self, node: ast.Continue, states: States) -> States:
        return self._break(node, states)

    def _with(self, node: ast.With, states: States) -> States:
        for item in node.items:
            states = self._calls(item.context_expr, states)
        after = self.block(node.body, states)
        if any(dotted(item.context_expr).endswith("suppress()") for item in node.items):
            after |= states
        return after

    _asyncwith = _with

    def _match(self, node: ast.Match, states: States) -> States:
        states = self._calls(node.subject, states)
        found = set(states)
        for case in node.cases:
            found |= self.block(case.body, states)
            if isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
                found -= states - self.block(case.body, states)
        return found

    def _try(self, node: ast.Try, states: States) -> States:
        raised: States = set()
        rest = states
        for statement in node.body:
            if _may_raise(statement) and not _decides(statement):
                raised |= rest
            rest = self._statement(statement, rest)
            if _decides(statement):
                raised |= rest
        after = self.block(node.orelse, rest)
        for handler in node.handlers:
            gone = handler.type is not None and IS_GONE.search(ast.unparse(handler.type))
            states = {replace(state, closed=True) for state in raised} if gone else raised
            after |= self.block(handler.body, states)
        return self.block(node.finalbody, after) if node.finalbody else after

    _trystar = _try

    def _calls(self, node: ast.AST, states: States) -> States:
        for call in _in_order(node):
            if isinstance(call, ast.Call):
                states = self._call(call, states)
        return states

    def _call(self, call: ast.Call, states: States) -> States:
        name = dotted(call.func)
        if name in AFTER_CLOSE:
            self._note(call, name, states)
        if name == "self.accept":
            return {replace(state, accepted=True) for state in states}
        if name == "self.close":
            heard = not self.ways.consumer.is_async or id(call) in self.ways.awaited
            if heard and _has_code(call) and any(not state.decided for state in states):
                self.ways.lost.append(self.outermost or call)
            return {replace(state, closed=True) for state in states}
        if name.startswith("super().") or name.endswith((".base_send", ".websocket_connect")):
            return self._above(name, states)
        if name == "setattr" and _is_self(call.args[:1]) and len(call.args) == 3:
            attribute = str(getattr(call.args[1], "value", ""))
            return {replace(state, attributes=state.attributes | {attribute}) for state in states}
        if name not in HARMLESS and _is_self(call.args):
            return {replace(state, unsure=True) for state in states}
        if name.startswith("self.") and name.count(".") == 1:
            return self._own(name.removeprefix("self."), call, states)
        return states

    def _note(self, call: ast.Call, name: str, states: States) -> None:
        sure = [state for state in states if not state.unsure and self.ways.is_possible(state)]
        if any(state.closed and not state.accepted for state in sure):
            self.ways.late.append(self.outermost or call)
        elif name != "self.accept" and any(not state.decided for state in sure):
            self.ways.early.append(self.outermost or call)

    def _above(self, name: str, states: States) -> States:
        """Return the states after a call of a base class's method."""
        plain = all(
            dotted(base).endswith(self.ways.consumer.base) for base in self.ways.consumer.node.bases
        )
        if name == "super().connect" and plain:
            return {replace(state, accepted=True) for state in states}
        return {replace(state, unsure=True) for state in states}

    def _own(self, name: str, call: ast.Call, states: States) -> States:
        """Return the states after the `call` of the consumer's own method `name`."""
        found = self.ways.consumer.methods.get(name)
        if name in OF_CHANNELS:
            return states
        if found is None or name in self.above or len(self.above) > DEEPEST:
            unsure = found is not None or not self.ways.consumer.whole
            return {replace(state, unsure=True) for state in states} if unsure else states
        walker = _Walker(self.ways, (*self.above, name), self.outermost or call)
        rest = walker.block(found[1].body, {replace(state, facts=frozenset()) for state in states})
        return rest | {state for state, _ in self._returned(walker, call)}

    def _returned(self, walker: "_Walker", call: ast.Call) -> list[tuple[State, ast.AST]]:
        """Return the exits of the method that `call` calls, without those that raise."""
        raised = [state for state, end in walker.exits if isinstance(end, ast.Raise)]
        self.exits += [(state, ast.copy_location(ast.Raise(), call)) for state in raised]
        return [(state, end) for state, end in walker.exits if not isinstance(end, ast.Raise)]


def _may_return(end: ast.AST, truth: bool) -> bool:
    """Return whether the value returned at `end` may be true, or false, as `truth` says."""
    value = getattr(end, "value", None)
    if isinstance(end, ast.Return) and value is not None and not isinstance(value, ast.Constant):
        return True
    return bool(getattr(value, "value", None)) == truth


def _is_self(arguments: list[ast.AST]) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "self" for part in arguments)


def _has_code(call: ast.Call) -> bool:
    given = [*call.args[:1], *(part.value for part in call.keywords if part.arg == "code")]
    return any(getattr(value, "value", 0) not in (None, 1000) for value in given)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """Yield an expression's nodes in the order of evaluation."""
    for below in ast.iter_child_nodes(node):
        if not isinstance(below, (*NESTED, ast.stmt)):
            yield from _in_order(below)
    yield node


def _decides(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Call) and dotted(node.func) in ("self.accept", "self.close")
        for node in ast.walk(statement)
    ) and not isinstance(statement, (ast.If, ast.For, ast.While, ast.Try))


def _may_raise(statement: ast.stmt) -> bool:
    """Return whether `statement` may raise, judging by its kind: it contains a call or an await."""
    return any(isinstance(node, (ast.Call, ast.Await, ast.Raise)) for node in ast.walk(statement))


def _with_targets(node: ast.stmt, state: State) -> State:
    """Return `state` after the assignments of the statement `node`."""
    targets = list(getattr(node, "targets", []))
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        targets.append(node.target)
    names = {dotted(part) for target in targets for part in ast.walk(target)} - {"", "self"}
    if not names:
        return state
    set_now = {name.removeprefix("self.") for name in names if name.startswith("self.")}
    words = {name.rpartition(".")[2] for name in names}
    facts = {fact for fact in state.facts if not words & set(re.findall(r"\w+", fact[0]))}
    return replace(state, attributes=state.attributes | set_now, facts=frozenset(facts))


def _condition(test: ast.AST) -> tuple[str, bool]:
    """Return the condition that `test` checks, and whether it holds if `test` is true."""
    sign = True
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, sign = test.operand, not sign
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.IsNot, ast.NotEq)):
        same = {ast.IsNot: ast.Is, ast.NotEq: ast.Eq}[type(test.ops[0])]
        test, sign = ast.Compare(test.left, [same()], test.comparators), not sign
    if (known := _of_a_user(test)) and known[0]:
        return IS_KNOWN.format(known[0]), sign == known[1]
    calls = any(isinstance(node, (ast.Call, ast.Await)) for node in ast.walk(test))
    return ("" if calls else ast.unparse(test)), sign


def _of_a_user(test: ast.AST) -> tuple[str, bool] | None:
    """Return which user `test` checks for a login, and whether it's true for a logged-in user."""
    if isinstance(test, ast.Attribute) and test.attr in ("is_authenticated", "is_anonymous"):
        return _user(test.value), test.attr == "is_authenticated"
    if isinstance(test, ast.Call) and dotted(test.func) == "isinstance" and len(test.args) == 2:
        if dotted(test.args[1]).endswith("AnonymousUser"):
            return _user(test.args[0]), False
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Eq, ast.Is)):
        if dotted(test.comparators[0]).endswith("AnonymousUser()"):
            return _user(test.left), False
    return None


def _user(node: ast.AST) -> str:
    """Return the user in `node` in a normalised form."""
    text = ast.unparse(node)
    return "user" if OF_THE_SCOPE.fullmatch(text) else text


def _assumed(state: State, key: str, holds: bool) -> State | None:
    """Return `state` with the condition `key` set to `holds`, or None if that's impossible."""
    if not key:
        return state
    if key in ("True", "False"):
        return state if (key == "True") == holds else None
    if (key, not holds) in state.facts:
        return None
    return replace(state, facts=state.facts | {(key, holds)})
