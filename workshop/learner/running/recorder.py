"""Record what a learner's code does during a test: its lines, frames, groups and answers.

Standard library, Channels and Django only, because the process of a check uses this. Lines are
recorded by calls that we insert into the learner's functions when these are imported. Unlike a
trace function, that costs no time in anybody else's code.
"""

import ast
import builtins
import collections
import contextlib
import contextvars
import functools
import itertools
import sys
from importlib.machinery import PathFinder, SourceFileLoader

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

LONGEST = 20_000  # deeds that are kept during a test
LINES = 500  # lines that are told: only the last ones matter
MOST_FRAME = 4000  # characters of a frame
LINE = "__workshop_line__"  # the name of the inserted function
MOST_TEXT = 300  # characters of an error
EVENT = contextvars.ContextVar("event", default=0)  # the number of what is being handled
GROUPS = {"group_add": "join", "group_discard": "leave", "group_send": "tell"}


class Recorder:
    """Keeps the latest deeds of the learner's code. `where` returns their places in a frame.

    A deed is a tuple with a path, a line and the number of an event, or a dictionary with what it
    `did`: see `deeds`.
    """

    def __init__(self, is_theirs, where):
        self.is_theirs = is_theirs
        self.where = where
        self.latest = collections.deque(maxlen=LONGEST)
        self.numbers = itertools.count(1)

    def start(self):
        """Record the lines of everything that is imported from now on."""
        setattr(builtins, LINE, self.note_line)
        sys.meta_path.insert(0, Finder(self.is_theirs))

    def note_line(self, path, line):
        self.latest.append((path, line, EVENT.get()))

    @contextlib.contextmanager
    def event(self):
        """Give a number to what is done in the block, also by the tasks that it starts."""
        token = EVENT.set(next(self.numbers))
        try:
            yield
        finally:
            EVENT.reset(token)

    def note(self, did, text):
        error = sys.exc_info()[1]
        places = self.where(sys._getframe(2))
        deed = {"did": did, "text": str(text)[:MOST_FRAME], "places": places, "event": EVENT.get()}
        if error is not None:
            deed |= described(error, self.is_theirs)
        self.latest.append(deed)

    def deeds(self):
        """Return what was recorded, oldest first: what the code `did`, a `text` and `places`.

        It may have been done because of an `error`, which passed the places in `error_places`. The
        `event` is the number of the event or request that was being handled, or 0.
        """
        found, lines = [], 0
        is_all = len(self.latest) < LONGEST  # or else we don't know who has joined a group
        for deed in reversed(list(self.latest)):
            if isinstance(deed, dict):
                found += [deed] if is_all or deed["did"] not in GROUPS.values() else []
            elif (lines := lines + 1) <= LINES:
                place = {"path": deed[0], "line": deed[1], "function": ""}
                found.append({"did": "line", "places": [place], "event": deed[2]})
        return found[::-1]

    def observe_libraries(self):
        """Record frames, groups and answers, if the project has imported Channels."""
        if "channels.consumer" not in sys.modules:
            return
        from channels.consumer import AsyncConsumer, SyncConsumer
        from channels.layers import ChannelLayerManager
        from django.core.handlers import exception
        from django.core.handlers.base import BaseHandler

        AsyncConsumer.dispatch = self.noting_events(AsyncConsumer.dispatch)
        AsyncConsumer.send = self.noting_frames(AsyncConsumer.send)
        SyncConsumer.send = self.noting_frames(SyncConsumer.send)
        make = ChannelLayerManager._make_backend
        ChannelLayerManager._make_backend = lambda *words: self.noting_groups(make(*words))
        respond = exception.response_for_exception
        exception.response_for_exception = self.noting_errors(respond)
        BaseHandler.get_response = self.noting_answers(BaseHandler.get_response)

    def noting_events(self, dispatch):
        @functools.wraps(dispatch)
        async def noting(consumer, message):
            with self.event():
                self.note("get", message.get("type"))
                await dispatch(consumer, message)

        return noting

    def noting_frames(self, send):
        @functools.wraps(send)
        def noting(consumer, message):
            kind = str(message.get("type")).removeprefix("websocket.")
            text = message.get("code") if kind == "close" else message.get("text")
            self.note(kind, text)
            return send(consumer, message)

        return marked_like(send, noting)

    def noting_groups(self, layer):
        for name, did in GROUPS.items():
            if method := getattr(layer, name, None):
                setattr(layer, name, self.noting_group(did, method))
        return layer

    def noting_group(self, did, method):
        @functools.wraps(method)
        def noting(group, *words, **named):
            self.note(did, group)
            return method(group, *words, **named)

        return marked_like(method, noting)

    def noting_errors(self, respond):
        @functools.wraps(respond)
        def noting(request, error):
            self.latest.append(
                {"did": "refuse", "text": request.path, "places": [], "event": EVENT.get()}
                | described(error, self.is_theirs)
            )
            return respond(request, error)

        return noting

    def noting_answers(self, get_response):
        @functools.wraps(get_response)
        def noting(handler, request):
            with self.event():
                response = get_response(handler, request)
                self.note("answer", f"{response.status_code} {request.path}")
            return response

        return noting


def marked_like(original, wrapper):
    """Return `wrapper`, marked as a coroutine function if `original` is one.

    Otherwise, async_to_sync() would warn about it.
    """
    if iscoroutinefunction(original):
        return markcoroutinefunction(wrapper)
    return wrapper


class Finder:
    """Finds modules as usual, but lets those of the learner record their lines."""

    def __init__(self, is_theirs):
        self.is_theirs = is_theirs

    def find_spec(self, name, path=None, target=None):
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader) and self.is_theirs(spec.origin):
            spec.loader = Loader(name, spec.origin)
        return spec


class Loader(SourceFileLoader):
    """Loads a module whose functions record their lines, and never stores it as bytecode."""

    def get_code(self, fullname):
        source = self.get_data(self.path)
        try:
            tree = Lines(self.path).visit(ast.parse(source))
            return compile(ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return self.source_to_code(source, self.path)  # its error is the usual one


class Lines(ast.NodeTransformer):
    """Inserts a call before each statement in a function, which records the statement's line."""

    def __init__(self, path):
        self.path, self.depth = path, 0

    def visit_FunctionDef(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def generic_visit(self, node):
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if self.depth and isinstance(statements, list) and not isinstance(node, ast.ClassDef):
                setattr(node, name, self.recorded(statements))
        return node

    def recorded(self, statements):
        return [new for old in statements for new in (*self.calls(old), old)]

    def calls(self, statement):
        match statement:
            case ast.Expr(value=ast.Constant()):  # a docstring, which has to stay the first
                return []
        name = ast.Name(LINE, ast.Load())
        place = [ast.Constant(self.path), ast.Constant(statement.lineno)]
        return [ast.copy_location(ast.Expr(ast.Call(name, place, [])), statement)]


def described(error, is_theirs):
    """Return an error as data, with the places in the learner's code that raised it."""
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    frames = [frame for error in chain for frame in frames_of(error, is_theirs)]
    words = [f"{type(error).__name__}: {error}"[:MOST_TEXT] for error in chain]
    return {"error": words, "error_places": frames}


def frames_of(error, is_theirs):
    """Return the places that `error` passed, innermost first."""
    found, step = [], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if is_theirs(code.co_filename):
            place = {"path": code.co_filename, "line": step.tb_lineno}
            found.insert(0, place | {"function": code.co_qualname})
        step = step.tb_next
    return found
