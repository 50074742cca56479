"""Views: who may see them, what their form contains, and which keys their response has."""

import ast
import re
from collections.abc import Iterator

from workshop.learner.reading.project import LIKELY, Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.scripts import without_comments
from workshop.learner.reading.spelling import is_close
from workshop.learner.reading.statements import call_name, functions

GUARDS = ("login_required", "is_authenticated", "permission_required", "user_passes_test")
NEGATED = re.compile(r"^(NOT|NO|REFUSED|FORBIDDEN)_|_(REFUSED|FORBIDDEN)$")
QUESTION = re.compile(r"^(is|may|can|has|allows)_")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    forms = _forms(project)
    guarded = [
        function
        for file in project.python.values()
        for function in functions(file.tree)
        if _is_view(function) and _is_guarded(function)
    ]
    read = _read_by_scripts(project)
    for file in project.python.values():
        for function in functions(file.tree):
            if guarded and _is_view(function) and not _is_guarded(function):
                yield from _for_strangers(file, function)
            yield from _fields_of_forms(file, function, forms)
            yield from _keys_of_answers(file, function, read)
            yield from _turned_round(file, function)
            yield from _ends_without_answer(file, function)


def _is_view(function: ast.AST) -> bool:
    return [argument.arg for argument in function.args.args][:1] == ["request"]


def _is_guarded(function: ast.AST) -> bool:
    return any(word in ast.unparse(function) for word in GUARDS)


def _for_strangers(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield views that use the user but don't require anybody to log in."""
    if any(ast.unparse(node) == "request.user" for node in nodes(function)):
        says = f"{function.name}() uses request.user, and a stranger has none: "
        says += "`@login_required` is missing above it."
        words = ("stranger", "not logged in", "AnonymousUser", "UserLazyObject", "LazyObject")
        place = file.at(function)
        yield Mistake("missing-decorator", says, place, "", function.name, LIKELY, words)


def _forms(project: SourceProject) -> set[str]:
    """Return the project's classes of forms."""
    return {
        node.name
        for file in project.python.values()
        for node in nodes(file.tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith("Form") for base in node.bases)
    }


def _fields_of_forms(file: PythonFile, function: ast.AST, forms: set[str]) -> Iterator[Mistake]:
    """Yield fields of a form that are used instead of their values."""
    made = {
        target.id
        for node in nodes(function)
        if isinstance(node, ast.Assign)
        and any(call_name(one).rpartition(".")[2] in forms for one in nodes(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes(function):
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") in made:
            text = ast.unparse(node).replace("'", '"')
            better = text.replace("[", ".cleaned_data[", 1)
            says = f"`{text}` is the field as the page shows it: for its value, write `{better}`."
            words = ("BoundField",)
            yield Mistake("form-field", says, file.at(node), "", function.name, 0, words)


def _read_by_scripts(project: SourceProject) -> set[str]:
    """Return the names that scripts read from objects."""
    every = "\n".join(map(without_comments, project.scripts.values()))
    names = set(re.findall(r"\.(\w+)", every))
    for inside in re.findall(r"\{\s*([\w\s,:=]+?)\s*\}", every):
        names |= set(re.findall(r"\w+", inside))
    return names


def _keys_of_answers(file: PythonFile, function: ast.AST, read: set[str]) -> Iterator[Mistake]:
    """Yield keys of a JSON response that scripts read under a slightly different name."""
    for node in nodes(function):
        if call_name(node) != "JsonResponse" or not node.args:
            continue
        keys = getattr(node.args[0], "keys", [])
        texts = [getattr(key, "value", None) for key in keys if key]
        for key, text in zip(keys, texts, strict=False):
            if not isinstance(text, str) or text + "s" not in read and text in read:
                continue
            near = [name for name in sorted(read - set(texts)) if is_close(text, name)]
            near = [name for name in near if name == text + "s" or text not in read]
            if near:
                says = f'The script reads `{near[0]}` from this response, which calls it "{text}".'
                words = (f"'{near[0]}'", near[0])
                yield Mistake("answer-key", says, file.at(key), "", text, LIKELY, words)


def _turned_round(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield checks that lead to a refusal when they succeed."""
    for node in nodes(function):
        if not isinstance(node, ast.If):
            continue
        test = node.test.value if isinstance(node.test, ast.Await) else node.test
        asked = call_name(test).rpartition(".")[2] or getattr(test, "attr", "")
        answers = [one.id for part in node.body for one in nodes(part) if isinstance(one, ast.Name)]
        refused = [name for name in answers if NEGATED.search(name)]
        if QUESTION.search(asked) and asked != "is_anonymous" and refused:
            says = f"If {asked} is true, this gives {refused[0]}: is `not` missing?"
            yield Mistake("turned-round", says, file.at(node), "", function.name, LIKELY)


def _ends_without_answer(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield views that only return a response inside a condition."""
    last = function.body[-1]
    has_answer = any(isinstance(node, ast.Return) and node.value for node in nodes(function))
    if _is_view(function) and has_answer and isinstance(last, ast.If) and not last.orelse:
        says = f"If this condition is false, {function.name}() ends without a response: is "
        says += "the `return` indented too far, or one missing below?"
        words = ("didn't return an HttpResponse",)
        place = file.at(last)
        yield Mistake("missing-return", says, place, "", function.name, LIKELY, words)
