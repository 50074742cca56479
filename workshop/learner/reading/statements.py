"""Statements with something missing: a comma, `f`, `return`, `()` or `await`."""

import ast
import functools
import io
import tokenize
from collections.abc import Iterator

from workshop.learner.reading.project import (
    LIKELY,
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    imported_from,
    names_bound_by,
    nodes,
)

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
RESPONSES = {
    "redirect", "render", "HttpResponse", "HttpResponseRedirect", "JsonResponse",
    "HttpResponseForbidden", "HttpResponseNotFound",
}  # fmt: skip
AWAITABLE = {"accept", "close", "send", "send_json", "group_add", "group_discard", "group_send"}
ORM = {
    "aget", "afirst", "alast", "acreate", "acount", "aexists", "asave", "adelete", "aupdate",
    "aget_or_create", "aupdate_or_create", "abulk_create", "arefresh_from_db", "aset",
}  # fmt: skip
ASYNCIO = {"asyncio.sleep", "asyncio.wait", "asyncio.wait_for"}
OF_ASYNCIO = {
    "Queue": ("get", "put", "join"), "PriorityQueue": ("get", "put", "join"),
    "Event": ("wait",), "Lock": ("acquire",), "Semaphore": ("acquire",),
}  # fmt: skip
ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
CONVERSIONS = {
    "json.loads": "what arrived is still a string and not a dictionary",
    "json.dumps": "what is sent is still a dictionary and not a string",
}
RUNNERS = {"spawn", "create_task", "ensure_future", "gather", "wait_for"}
COROUTINE_MAKERS = ("database_sync_to_async", "sync_to_async")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    always_called = _always_called(reference)
    for file in project.python.values():
        yield from _joined_texts(file)
        yield from _assigned_twice(file, reference)
        yield from _keys_twice(file)
        yield from _tuple_by_accident(file)
        yield from _no_f(file)
        yield from _without_effect(file)
        yield from _not_called(file, always_called)
        yield from _no_return(file, reference)
        yield from _not_awaited(project, file)
        yield from _named_and_not_called(project, file)
        yield from _never_calls(file, reference)
        yield from _never_reached(file)
        yield from _blocks(file)
        yield from _signs_of_a_diff(file)


def _joined_texts(file: PythonFile) -> Iterator[Mistake]:
    """Yield strings in a list that a missing comma joins with the next one."""
    for node in nodes(file.tree):
        if not isinstance(node, ast.List | ast.Tuple | ast.Set):
            continue
        for element in node.elts:
            pieces = _pieces(file, element)
            if len(pieces) > 1 and not any(" " in piece for piece, _ in pieces):
                first, line = pieces[0]
                says = f"A comma is missing after {first}, so Python joins it with the next string."
                words = (element.value,) if isinstance(element, ast.Constant) else ()
                yield Mistake("missing-comma", says, file.at(line), about=first, words=words)


def _pieces(file: PythonFile, node: ast.expr) -> list[tuple[str, int]]:
    """Return the strings that Python has joined into one, and their lines."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return []
    segment = ast.get_source_segment(file.text, node) or ""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({segment}\n)").readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [
        (token.string, node.lineno + token.start[0] - 1)
        for token in tokens
        if token.type == tokenize.STRING
    ]


def _assigned_twice(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    bodies = [(file.tree, "")]
    bodies += [(node, node.name) for node in nodes(file.tree) if isinstance(node, ast.ClassDef)]
    for body, owner in bodies:
        seen: dict[str, list[ast.stmt]] = {}
        for statement in body.body:
            for name in names_bound_by(statement) if _defines(statement) else []:
                seen.setdefault(name, []).append(statement)
        for name, statements in seen.items():
            if len(statements) > 1 and not _is_built_up(body, name, statements):
                yield _twice(file, reference, name, owner, statements)


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return not statement.decorator_list
    return isinstance(statement, ast.Assign | ast.AnnAssign)


def _is_built_up(body, name: str, statements: list[ast.stmt]) -> bool:
    """Return whether the first value is used before the second one replaces it."""
    start, end = body.body.index(statements[0]), body.body.index(statements[-1])
    between = body.body[start + 1 : end + 1]
    uses = (node for statement in between for node in nodes(statement))
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in uses
    )


def _twice(file, reference, name: str, owner: str, statements: list[ast.stmt]) -> Mistake:
    first, last = statements[0], statements[-1]
    wrong = _the_older(file, reference, name, statements)
    what = "defined" if isinstance(last, (*FUNCTIONS, ast.ClassDef)) else "assigned"
    where = f"{owner}.{name}" if owner else name
    says = f"{where} is {what} twice, in lines {first.lineno} and {last.lineno}, and the last one "
    says += f"wins. Delete the one in line {wrong.lineno}."
    return Mistake("defined-twice", says, file.at(wrong), about=name)


def _the_older(file, reference, name: str, statements: list[ast.stmt]) -> ast.stmt:
    """Return the statement to delete, which is the one less similar to the step's."""
    import difflib

    ours = reference.python.get(file.path)
    wanted = assigned_names(ours.tree).get(name) if ours else None
    if not wanted:
        return statements[0]
    goal = ast.unparse(wanted[-1])

    def likeness(statement):
        return difflib.SequenceMatcher(None, ast.unparse(statement), goal).ratio()

    return min(statements, key=likeness)


def _keys_twice(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        if not isinstance(node, ast.Dict):
            continue
        seen = {}
        for key in node.keys:
            value = key.value if isinstance(key, ast.Constant) else None
            if value is not None and value in seen:
                says = f'The key "{value}" appears twice in this dictionary, and the last one wins.'
                yield Mistake("key-twice", says, file.at(key), about=str(value))
            seen[value] = key


def _tuple_by_accident(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Tuple):
            continue
        segment = ast.get_source_segment(file.text, node.value) or ""
        if len(node.value.elts) == 1 and not segment.startswith("("):
            says = "The comma at the end of this line makes the value a tuple: remove the comma."
            yield Mistake("accidental-tuple", says, file.at(node))


def _no_f(file: PythonFile) -> Iterator[Mistake]:
    """Yield strings that contain a name in braces but aren't f-strings."""
    for function in (node for node in nodes(file.tree) if isinstance(node, FUNCTIONS)):
        known = {argument.arg for argument in nodes(function) if isinstance(argument, ast.arg)}
        known |= {node.id for node in nodes(function) if _is_stored_name(node)}
        formatted = {
            id(node.func.value)
            for node in nodes(function)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        inside = {
            id(child)
            for node in nodes(function)
            if isinstance(node, ast.JoinedStr)
            for child in nodes(node)
        }
        for node in nodes(function):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if not is_text or id(node) in formatted | inside:
                continue
            for name in _in_braces(node.value):
                if name.partition(".")[0].partition("[")[0] in known:
                    says = f"This string needs an f in front, or {{{name}}} isn't replaced."
                    yield Mistake("missing-f", says, file.at(node), about=name)
                    break


def _in_braces(text: str) -> list[str]:
    import re

    return re.findall(r"\{([A-Za-z_][\w.\[\]\"']*)\}", text)


def _is_stored_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _without_effect(file: PythonFile) -> Iterator[Mistake]:
    defined = {function.name for function in functions(file.tree)} | {
        "breakpoint",
        "print",
        "super",
    }
    of_texts = {
        id(function.body[-1])
        for function in functions(file.tree)
        if function.name in ("__str__", "__repr__")
    }
    for node in nodes(file.tree):
        value = node.value if isinstance(node, ast.Expr) and id(node) not in of_texts else None
        awaited = value.value if isinstance(value, ast.Await) else value
        is_function = isinstance(awaited, ast.Name) and awaited.id in defined
        if isinstance(awaited, ast.Attribute) or is_function:
            name = ast.unparse(awaited)
            says = f"{name} is mentioned here but not called: write `{name}()`."
            yield Mistake("missing-call", says, file.at(node), about=name)
        elif isinstance(awaited, ast.Compare):
            says = "This compares two values and ignores the result: to assign, use a single =."
            yield Mistake("compared", says, file.at(node))
        elif isinstance(awaited, ast.BinOp):
            says = f"`{ast.unparse(awaited)}` is computed here, and the result is thrown away."
            yield Mistake("thrown-away", says, file.at(node))


def _not_called(file: PythonFile, always_called: set[str]) -> Iterator[Mistake]:
    """Yield each method that is read as if it were a value."""
    calls = [node for node in nodes(file.tree) if isinstance(node, ast.Call)]
    parts = [part for call in calls for part in [call.func, *call.args]]
    called = {id(part) for part in parts} | _aliases(file, parts)
    indexed = {id(node.value) for node in nodes(file.tree) if isinstance(node, ast.Subscript)}
    for node in nodes(file.tree):
        if isinstance(node, ast.Attribute) and id(node) not in called:
            if node.attr in always_called and isinstance(node.ctx, ast.Load):
                says = f"{node.attr} is a method, but it isn't called: write `{node.attr}()`."
                if id(node) in indexed:
                    says = f"{node.attr} is a method: call it with parentheses, as in"
                    says += f" `{node.attr}(…)`, not with square brackets."
                pitfall = "P16" if node.attr == "as_asgi" else ""
                yield Mistake(
                    "missing-call", says, file.at(node), pitfall, node.attr, LIKELY, (node.attr,)
                )


def _aliases(file: PythonFile, parts: list[ast.expr]) -> set[int]:
    """Return the ids of the values assigned to one of the names in `parts`."""
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    return {
        id(node.value)
        for node in nodes(file.tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id in names for target in node.targets)
    }


def _always_called(reference: SourceProject) -> set[str]:
    """Return the attributes that the step's code only ever calls."""
    called, others = {"as_asgi", "is_valid"}, set()
    for file in reference.python.values():
        calls = {id(node.func) for node in nodes(file.tree) if isinstance(node, ast.Call)}
        for node in nodes(file.tree):
            if isinstance(node, ast.Attribute):
                (called if id(node) in calls else others).add(node.attr)
    return called - others


def _no_return(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    ours = reference.python.get(file.path)
    returning = (
        {function.name for function in functions(ours.tree) if returns(function)} if ours else set()
    )
    for function in functions(file.tree):
        for node in nodes(function):
            call = node.value if isinstance(node, ast.Expr) else None
            name = call_name(call)
            if name.rpartition(".")[2] in RESPONSES:
                says = f"`return` is missing in front of {name}(…): a view returns its response."
                yield Mistake("missing-return", says, file.at(node), about=function.name)
                break
        else:
            if function.name in returning and not returns(function) and not yields(function):
                says = f"{function.name}() returns nothing: `return` is missing at its end."
                last = function.body[-1]
                yield Mistake("missing-return", says, file.at(last), about=function.name)


@functools.lru_cache(maxsize=1024)
def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in nodes(tree) if isinstance(node, FUNCTIONS)]


def returns(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in nodes(function))


def yields(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes(function))


@functools.lru_cache(maxsize=100_000)
def call_name(node: ast.AST | None) -> str:
    """Return the dotted name that a call calls, or ""."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        return ast.unparse(node.func)
    return ""


def _never_calls(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    """Yield functions that neither read nor write JSON, although the step's do."""
    ours = reference.python.get(file.path)
    for name, what in CONVERSIONS.items():
        if name in file.text or "Json" in file.text or "_json" in file.text:
            continue
        for function in functions(ours.tree) if ours else []:
            theirs = [member for member in functions(file.tree) if member.name == function.name]
            if theirs and any(call_name(node) == name for node in nodes(function)):
                says = f"{function.name}() never calls {name}(), so {what}."
                place = file.at(_counterpart(theirs[0], function, name))
                yield Mistake("no-conversion", says, place, "", name, LIKELY)


def _counterpart(theirs: ast.AST, ours: ast.AST, name: str) -> ast.AST:
    """Return the learner's assignment to the variable in which the step stores `name`'s result."""
    for node in nodes(ours):
        if isinstance(node, ast.Assign) and name in ast.unparse(node.value):
            target = ast.unparse(node.targets[0])
            for other in nodes(theirs):
                if isinstance(other, ast.Assign) and ast.unparse(other.targets[0]) == target:
                    return other
    return theirs


def _not_awaited(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    own = coroutines(file)
    imported = ASYNCIO | _coroutines_of_modules(project, file) | waits(file)
    for function in functions(file.tree):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        awaited = handed_on(function)
        for node in nodes(function):
            name = call_name(node)
            last = name.rpartition(".")[2]
            is_own = last in own and (name == last or name == f"self.{last}")
            is_wrapped = isinstance(node, ast.Call) and call_name(node.func) in COROUTINE_MAKERS
            is_known = is_own or last in ORM or is_wrapped or name in imported
            if is_known and id(node) not in awaited:
                name = name or ast.unparse(node.func)
                says = f"{name}(…) returns a coroutine, but nothing awaits it: `await` is missing."
                yield Mistake("missing-await", says, file.at(node), "P20", last)


def _named_and_not_called(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield coroutine functions passed where a coroutine is needed."""
    own = coroutines(file)
    imported = _coroutines_of_modules(project, file)
    for node in nodes(file.tree):
        if call_name(node).rpartition(".")[2] not in RUNNERS:
            continue
        for argument in node.args:
            name = ast.unparse(argument) if isinstance(argument, ast.Name | ast.Attribute) else ""
            last = name.rpartition(".")[2]
            if name in imported or last in own and name in (last, f"self.{last}"):
                says = (
                    f"{name} is mentioned here but not called: write `{name}()`, which makes the "
                )
                yield Mistake("missing-call", f"{says}coroutine.", file.at(argument), "", last)


def coroutines(file: PythonFile) -> set[str]:
    """Return the names that a file only defines as coroutines."""
    every = functions(file.tree)
    coroutines = {function.name for function in every if _is_coroutine(function)}
    return coroutines - {function.name for function in every if not _is_coroutine(function)}


def _coroutines_of_modules(project: SourceProject, file: PythonFile) -> set[str]:
    """Return the coroutines that a file imports from the project's modules, by local name."""
    found = set()
    for node in nodes(file.tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        home = project.module(imported_from(file, node))
        for alias in node.names:
            if home and alias.name in coroutines(home):
                found.add(alias.asname or alias.name)
            path = f"{imported_from(file, node).replace('.', '/')}/{alias.name}.py"
            if module := project.python.get(path):
                name = alias.asname or alias.name
                found |= {f"{name}.{coroutine}" for coroutine in coroutines(module)}
    return found


def waits(file: PythonFile) -> set[str]:
    """Return the coroutines of the asyncio objects that a file creates, as it calls them."""
    found = set()
    for node in nodes(file.tree):
        if isinstance(node, ast.Assign):
            methods = OF_ASYNCIO.get(call_name(node.value).removeprefix("asyncio."), ())
            targets = [ast.unparse(target) for target in node.targets]
            found |= {f"{target}.{method}" for target in targets for method in methods}
    return found


def _is_coroutine(function: ast.AST) -> bool:
    wraps = [ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list]
    return (isinstance(function, ast.AsyncFunctionDef) and not yields(function)) or any(
        wrap.rpartition(".")[2] in COROUTINE_MAKERS for wrap in wraps
    )


def handed_on(function: ast.AST) -> set[int]:
    """Return the calls that are awaited, or passed to code that awaits them."""
    found = set()
    for node in nodes(function):
        if isinstance(node, ast.Await | ast.Return):
            found.add(id(node.value))
        if isinstance(node, ast.Call):
            found |= {id(argument) for argument in node.args}
            found |= {id(keyword.value) for keyword in node.keywords}
        if isinstance(node, ast.List | ast.Tuple | ast.Starred):
            found |= {id(child) for child in ast.iter_child_nodes(node)}
        if isinstance(node, ast.Lambda):
            found.add(id(node.body))
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            found.add(id(node.elt))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if any(_is_awaited(function, name) for name in names):
                found.add(id(node.value))
    return found


def _is_awaited(function: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Await) and isinstance(node.value, ast.Name) and node.value.id == name
        for node in nodes(function)
    )


def _never_reached(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            for statement, after in zip(block, block[1:], strict=False) if _is_block(block) else []:
                if isinstance(statement, ENDS):
                    word = type(statement).__name__.lower()
                    says = f"This line never runs, because line {statement.lineno} ends the block "
                    says += f"with `{word}`. Is it indented correctly?"
                    yield Mistake("never-reached", says, file.at(after))


def _is_block(block) -> bool:
    return isinstance(block, list) and all(isinstance(item, ast.stmt) for item in block)


def _blocks(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        name = call_name(node)
        if name == "input":
            says = "input() waits for a keyboard, but a server has none."
            yield Mistake("input", says, file.at(node), words=("reading from stdin",))
        if name in ("breakpoint", "pdb.set_trace"):
            says = f"{name}() waits for a keyboard, but a server has none."
            yield Mistake("input", says, file.at(node), words=("reading from stdin",))
        if isinstance(node, ast.While) and _is_endless(node):
            says = "This loop never ends, and the server can't answer anybody while it runs."
            yield Mistake("endless-loop", says, file.at(node), "P39", certainty=LIKELY)


def _is_endless(loop: ast.While) -> bool:
    is_true = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    ends = (ast.Break, ast.Return, ast.Raise, ast.Await, ast.Yield)
    return is_true and not any(isinstance(node, ends) for node in nodes(loop))


def _signs_of_a_diff(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        operand = getattr(node, "operand", None)
        if isinstance(operand, ast.Constant) and isinstance(operand.value, str):
            says = "This line begins with `+` or `-`, the sign of a diff. Remove it here and in "
            yield Mistake("diff-sign", says + "the other lines.", file.at(node))
