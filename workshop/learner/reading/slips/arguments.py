"""Calls of a project's own functions with too many values, too few, or unknown names."""

import ast
from collections.abc import Iterator

from workshop.learner.reading.project import (
    Mistake,
    PythonFile,
    SourceProject,
    imported_from,
    nodes,
)
from workshop.learner.reading.spelling import guess
from workshop.learner.reading.statements import COROUTINE_MAKERS, FUNCTIONS, call_name

KEEP_PARAMETERS = {*COROUTINE_MAKERS, "atomic", "async_to_sync", "lru_cache", "cache"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for file in project.python.values():
        known = _callable_here(project, file)
        for node in nodes(file.tree):
            function = known.get(call_name(node))
            if function and _has_plain_arguments(node):
                yield from _of_call(file, node, function)


def _callable_here(project: SourceProject, file: PythonFile) -> dict[str, Function]:
    """Return the project's functions by the name under which a file calls them."""
    found = {}
    for node in file.tree.body:
        if isinstance(node, FUNCTIONS):
            found[node.name] = node
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found |= _imported(project, imported_from(file, node), alias)
    for name, function in _methods(file).items():
        found[f"self.{name}"] = function
    bound = {node.arg for node in nodes(file.tree) if isinstance(node, ast.arg)}
    bound |= {
        node.id
        for node in nodes(file.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return {
        name: function
        for name, function in found.items()
        if name.partition(".")[0] not in bound - {"self"} and _keeps_parameters(function)
    }


def _imported(project: SourceProject, module: str, alias: ast.alias) -> dict[str, Function]:
    name = alias.asname or alias.name
    if home := project.module(module):
        own = _once({node.name: node for node in home.tree.body if _is_function(node)}, home.tree)
        if alias.name in own:
            return {name: own[alias.name]}
    if home := project.module(f"{module}.{alias.name}"):
        own = _once({node.name: node for node in home.tree.body if _is_function(node)}, home.tree)
        return {f"{name}.{inner}": function for inner, function in own.items()}
    return {}


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, FUNCTIONS)


def _once(found: dict[str, Function], tree: ast.Module) -> dict[str, Function]:
    """Return the functions whose name a module defines only once."""
    every = [node.name for node in tree.body if isinstance(node, (*FUNCTIONS, ast.ClassDef))]
    return {name: function for name, function in found.items() if every.count(name) == 1}


def _methods(file: PythonFile) -> dict[str, Function]:
    """Return the methods of a file's classes whose name only one class has."""
    every = [
        member
        for owner in nodes(file.tree)
        if isinstance(owner, ast.ClassDef)
        for member in owner.body
        if isinstance(member, FUNCTIONS)
    ]
    names = [member.name for member in every]
    set_later = {
        node.attr
        for node in nodes(file.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    return {
        member.name: member
        for member in every
        if names.count(member.name) == 1 and member.name not in set_later
    }


def _keeps_parameters(function: Function) -> bool:
    """Return whether no decorator changes what a function is called with."""
    decorators = [ast.unparse(node).partition("(")[0] for node in function.decorator_list]
    return all(name.rpartition(".")[2] in KEEP_PARAMETERS for name in decorators)


def _has_plain_arguments(call: ast.Call) -> bool:
    return not any(isinstance(node, ast.Starred) for node in call.args) and all(
        word.arg for word in call.keywords
    )


def _of_call(file: PythonFile, call: ast.Call, function: Function) -> Iterator[Mistake]:
    arguments = function.args
    names = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]]
    if call_name(call).startswith("self."):
        names = names[1:]
    only = [argument.arg for argument in arguments.kwonlyargs]
    passed = {word.arg for word in call.keywords}
    unknown = sorted(passed - {*names, *only}) if not arguments.kwarg else []
    required = names[: len(names) - len(arguments.defaults)]
    missing = [name for name in required[len(call.args) :] if name not in passed]
    who = f"{function.name}()"
    if unknown:
        says = f"{who} has no parameter {unknown[0]}.{guess(unknown[0], names)}"
    elif len(call.args) > len(names) and not arguments.vararg:
        says = f"{who} takes {_listed(names)}, and this call passes {len(call.args)} values"
        says += ": give the others a name, as in `name=…`." if arguments.kwarg or only else "."
    elif missing:
        says = f"{who} takes {_listed(names)}: this call leaves out {_listed(missing)}."
    else:
        return
    words = (f"{function.name}()",)
    yield Mistake("wrong-arguments", says, file.at(call), "", function.name, 0, words)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no value"
