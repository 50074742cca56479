"""Mistakes with models: fields that don't exist, objects that nothing saves."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from workshop.learner.reading.project import Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.slips.queries import SAVES, last_call
from workshop.learner.reading.spelling import guess
from workshop.learner.reading.statements import call_name, functions

LOOKUPS = {
    "exact", "iexact", "contains", "icontains", "in", "gt", "gte", "lt", "lte", "startswith",
    "istartswith", "endswith", "iendswith", "range", "date", "year", "iso_year", "month", "day",
    "week", "week_day", "iso_week_day", "quarter", "time", "hour", "minute", "second", "isnull",
    "regex", "iregex", "pk", "id",
}  # fmt: skip
OF_USERS = {
    "username", "password", "last_login", "is_superuser", "first_name", "last_name", "email",
    "is_staff", "is_active", "date_joined", "groups", "user_permissions", "logentry",
}  # fmt: skip
BASES = {"Model": set(), "AbstractUser": OF_USERS}
RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField")
ASKING = {
    "filter", "exclude", "get", "aget", "get_object_or_404", "get_or_create", "update_or_create",
}  # fmt: skip
MAKING = {"create", "acreate"}
OR_MAKING = {"get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"}
BY_NAME = {"order_by", "select_related", "prefetch_related", "values", "values_list", "only"}
NAMED_LATER = {"annotate", "alias", "extra", "values", "values_list"}
OF_META = ("fields", "ordering", "unique_together", "exclude")
CLOCKS = ("timezone.now", "datetime.now", "datetime.datetime.now", "timezone.localtime")


@dataclass
class Model:
    """A model's class, its `fields`, and its `relations`: the model that each of them leads to."""

    file: PythonFile
    owner: ast.ClassDef
    fields: set[str]
    relations: dict[str, str]
    has_unknown_bases: bool = False
    inner: dict[str, set[str]] = field(default_factory=dict)


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    known = _models(project)
    named = _named_later(project)
    for model in known.values():
        yield from _in_meta(known, model.file, model.owner, model)
    for file in project.python.values():
        yield from _unnamed_constraints(file)
        yield from _keys_of_aggregates(file)
        yield from _inner_choices(file, known)
        for owner in (node for node in nodes(file.tree) if isinstance(node, ast.ClassDef)):
            yield from _bare_users(file, owner)
            yield from _in_forms(known, file, owner)
        for node in nodes(file.tree):
            if isinstance(node, ast.Call):
                yield from _unknown_fields(file, node, known, named)
                yield from _without_names(file, node, known)
        for function in functions(file.tree):
            yield from _never_saved(file, function, known)
            yield from _clocks(file, function)


@functools.lru_cache(maxsize=8)
def _models(project: SourceProject) -> dict[str, Model]:
    """Return the project's models by the name of their class."""
    found: dict[str, Model] = {}
    for file in project.python.values():
        for owner in (node for node in file.tree.body if isinstance(node, ast.ClassDef)):
            bases = [ast.unparse(base).rpartition(".")[2] for base in owner.bases]
            inherited = [base for base in bases if base in BASES or base in found]
            if inherited and "migrations" not in file.path:
                found[owner.name] = _model(file, owner, bases, found)
    for name, model in found.items():
        for relation, call in _own_relations(model.owner).items():
            target = _target(call, found)
            model.relations[relation] = target
            if target in found:
                reverse = _keyword(call, "related_query_name") or _keyword(call, "related_name")
                found[target].relations[reverse or name.lower()] = name
    return found


def _model(file: PythonFile, owner: ast.ClassDef, bases: list[str], found: dict) -> Model:
    fields = {"pk", "id"}
    for base in bases:
        fields |= BASES.get(base, set()) | (found[base].fields if base in found else set())
    inner = {}
    for statement in owner.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            fields |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.ClassDef):
            names = [node for node in statement.body if isinstance(node, ast.Assign)]
            inner[statement.name] = {ast.unparse(node.targets[0]) for node in names}
    unknown = any(base not in BASES and base not in found for base in bases)
    return Model(file, owner, fields, {}, unknown, inner)


def _own_relations(owner: ast.ClassDef) -> dict[str, ast.Call]:
    return {
        statement.targets[0].id: statement.value
        for statement in owner.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and call_name(statement.value).endswith(RELATIONS)
    }


def _target(call: ast.Call, found: dict[str, Model]) -> str:
    """Return the name of the model that a relation leads to."""
    values = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "to")]
    if not values:
        return ""
    value = values[0]
    text = value.value if isinstance(value, ast.Constant) else ast.unparse(value)
    if str(text).endswith("AUTH_USER_MODEL") or str(text).startswith("get_user_model"):
        users = [name for name, model in found.items() if OF_USERS <= model.fields]
        return users[0] if users else ""
    return str(text).rpartition(".")[2]


def _keyword(call: ast.Call, name: str) -> str:
    return next(
        (
            word.value.value
            for word in call.keywords
            if word.arg == name and isinstance(word.value, ast.Constant)
        ),
        "",
    )


def _names(model: Model) -> set[str]:
    return model.fields | set(model.relations) | {f"{name}_id" for name in model.relations}


def _named_later(project: SourceProject) -> set[str]:
    """Return the names that queries give to the values they compute."""
    return {
        word.arg
        for file in project.python.values()
        for node in nodes(file.tree)
        if last_call(node) in NAMED_LATER
        for word in node.keywords
        if word.arg
    }


def _unknown_fields(file: PythonFile, call: ast.Call, known, named: set[str]) -> Iterator[Mistake]:
    last = last_call(call)
    if last in ASKING | MAKING | {"Q"}:
        model = known.get(_root(call, known))
        for word in call.keywords:
            if word.arg and word.arg.partition("__")[0] not in named | {"defaults"}:
                yield from _unknown_part(file, word.value, word.arg, model, known)
    elif last in BY_NAME:
        model = known.get(_root(call, known))
        for argument in call.args:
            text = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(text, str) and text.lstrip("-").partition("__")[0] not in named:
                yield from _unknown_part(file, argument, text.lstrip("-"), model, known)
    elif last in known and call_name(call) == last:
        for word in call.keywords:
            if word.arg:
                yield from _unknown_part(file, word.value, word.arg, known[last], known)


def _without_names(file: PythonFile, call: ast.Call, known: dict[str, Model]) -> Iterator[Mistake]:
    """Yield values for a new row that don't say which field they are for."""
    last = last_call(call)
    model = known.get(_root(call, known))
    is_open = any(isinstance(argument, ast.Starred) for argument in call.args)
    if last not in MAKING | OR_MAKING or not model or not call.args or is_open:
        return
    own = set(model.relations) | model.fields
    pairs = []
    for argument in call.args:
        name = getattr(argument, "attr", getattr(argument, "id", ""))
        pairs.append(f"{name if name in own else '…'}={ast.unparse(argument)}")
    says = f"{last}() takes each value with the name of its field: write "
    says += f"`{last}({', '.join([*pairs, *map(ast.unparse, call.keywords)])})`."
    words = ("positional argument",)
    yield Mistake("no-field-names", says, file.at(call), "", last, 0, words)


def _root(call: ast.Call, known: dict[str, Model]) -> str:
    """Return the model that a query begins with, or ""."""
    if call_name(call) == "get_object_or_404" and call.args:
        node = call.args[0]
    else:
        node = call.func.value if isinstance(call.func, ast.Attribute) else None
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) and node.id in known else ""


def _unknown_part(file, node, path: str, model: Model | None, known) -> Iterator[Mistake]:
    """Yield the first name in a path such as room__owner that the model doesn't have."""
    first, *rest = path.split("__")
    if model is None:
        targets = {found.relations[first] for found in known.values() if first in found.relations}
        if not rest or len(targets) != 1:
            return
        model = known.get(targets.pop())
        first, *rest = rest
    while model and not model.has_unknown_bases:
        names = _names(model)
        if first not in names | LOOKUPS:
            yield _no_field(file, node, model, first)
            return
        model = known.get(model.relations.get(first, ""))
        if not rest:
            return
        first, *rest = rest


def _no_field(file: PythonFile, node, model: Model, name: str) -> Mistake:
    names = _names(model)
    near = guess(name, names)
    own = sorted(set(model.relations) | model.fields - OF_USERS - {"pk", "id", "objects"})
    says = f"{model.owner.name} has no field {name}."
    says += near or f" It has {', '.join(own)}."
    return Mistake("unknown-field", says, file.at(node), "", name, 0, (name,))


def _in_meta(known, file: PythonFile, owner: ast.ClassDef, model: Model) -> Iterator[Mistake]:
    """Yield names in a Meta that the model's class doesn't have."""
    for meta in (node for node in owner.body if isinstance(node, ast.ClassDef)):
        for node in nodes(meta) if meta.name == "Meta" and not model.has_unknown_bases else ():
            lists = []
            if isinstance(node, ast.keyword) and node.arg == "fields":
                lists = [node.value]
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in OF_META:
                lists = [node.value]
            for item in (item for part in lists for item in nodes(part)):
                text = item.value if isinstance(item, ast.Constant) else ""
                name = text.lstrip("-") if isinstance(text, str) else ""
                if name.isidentifier() and "__" not in name and name not in _names(model):
                    yield _no_field(file, item, model, name)


def _in_forms(known, file: PythonFile, owner: ast.ClassDef) -> Iterator[Mistake]:
    own = {
        target.id
        for statement in owner.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for meta in (node for node in owner.body if isinstance(node, ast.ClassDef)):
        named = {
            ast.unparse(node.targets[0]): node.value
            for node in meta.body
            if isinstance(node, ast.Assign)
        }
        model = known.get(
            ast.unparse(named["model"]).rpartition(".")[2] if "model" in named else ""
        )
        if not model or model.has_unknown_bases or owner.name in known:
            continue
        listed = named.get("fields")
        for item in listed.elts if isinstance(listed, ast.List | ast.Tuple) else []:
            text = getattr(item, "value", "")
            if isinstance(text, str) and text and text not in _names(model) | own:
                yield _no_field(file, item, model, text)


def _bare_users(file: PythonFile, owner: ast.ClassDef) -> Iterator[Mistake]:
    """Yield user models that inherit less than the pages of django.contrib.auth need."""
    bases = [ast.unparse(base).rpartition(".")[2] for base in owner.bases]
    if "AbstractBaseUser" in bases and "USERNAME_FIELD" not in ast.unparse(owner):
        says = "AbstractBaseUser has neither a user name nor rights: let the class inherit from "
        says += "`AbstractUser`, of django.contrib.auth.models."
        yield Mistake("bare-user", says, file.at(owner), "", owner.name)


def _unnamed_constraints(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        if last_call(node) in ("UniqueConstraint", "CheckConstraint"):
            if not any(word.arg in ("name", None) for word in node.keywords):
                says = "A constraint needs a name, which appears in the migration: add "
                says += '`name="…"` as its last argument.'
                words = ("must be named", "'name'")
                yield Mistake("unnamed-constraint", says, file.at(node), "", "name", 0, words)


def _keys_of_aggregates(file: PythonFile) -> Iterator[Mistake]:
    """Yield keys that aren't in the results of aggregate()."""
    for function in functions(file.tree):
        results = {
            target.id: node.value
            for node in nodes(function)
            if isinstance(node, ast.Assign) and _aggregate(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in nodes(function):
            if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
                continue
            call = _aggregate(node.value)
            if isinstance(node.value, ast.Name) and node.value.id in results:
                call = _aggregate(results[node.value.id])
            keys = _keys_of(call) if call else []
            if keys and node.slice.value not in keys:
                says = f'aggregate() calls this result "{keys[0]}", and not "{node.slice.value}": '
                says += f'write `["{keys[0]}"]`'
                if call.args:
                    says += f", or name it: `aggregate({node.slice.value}=…)`"
                words = (repr(node.slice.value),)
                name = str(node.slice.value)
                yield Mistake("aggregate-key", f"{says}.", file.at(node), "", name, 0, words)


def _aggregate(value: ast.AST | None) -> ast.Call | None:
    value = value.value if isinstance(value, ast.Await) else value
    return value if last_call(value) in ("aggregate", "aaggregate") else None


def _keys_of(call: ast.Call) -> list[str]:
    """Return the keys that an aggregate() returns, or [] if they aren't known."""
    keys = [word.arg for word in call.keywords]
    for argument in call.args:
        inner = argument.args[0] if isinstance(argument, ast.Call) and argument.args else None
        if not isinstance(inner, ast.Constant):
            return []
        keys.append(f"{inner.value}__{last_call(argument).lower()}")
    return [] if None in keys else keys


def _inner_choices(file: PythonFile, known: dict[str, Model]) -> Iterator[Mistake]:
    """Yield choices that are looked up in the model instead of its class of choices."""
    for node in nodes(file.tree):
        model = known.get(ast.unparse(node.value)) if isinstance(node, ast.Attribute) else None
        if not model or node.attr in model.fields:
            continue
        for inner, members in model.inner.items():
            if node.attr in members and inner != "Meta":
                owner = model.owner.name
                says = f"{node.attr} belongs to {owner}.{inner}: write "
                says += f"`{owner}.{inner}.{node.attr}`."
                yield Mistake("missing-name", says, file.at(node), "", node.attr, 0, (node.attr,))


def _never_saved(file: PythonFile, function: ast.AST, known) -> Iterator[Mistake]:
    """Yield new objects that nothing stores."""
    for node in nodes(function):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name, value = node.targets[0].id, node.value
        is_model = call_name(value) in known
        is_postponed = last_call(value) == "save" and any(
            word.arg == "commit" and getattr(word.value, "value", None) is False
            for word in value.keywords
        )
        if not (is_model or is_postponed) or _is_kept(function, name):
            continue
        if is_postponed:
            says = f"With commit=False, save() doesn't save anything: leave it out, or call `{name}"
            says += ".save()` afterwards."
        else:
            says = f"{call_name(value)}(…) only creates an object, and nothing saves it: call "
            says += f"`{name}.save()` afterwards."
        yield Mistake("not-saved", says, file.at(node), "", function.name)


def _is_kept(function: ast.AST, name: str) -> bool:
    """Return whether an object is saved, returned or given to other code."""
    for node in nodes(function):
        if isinstance(node, ast.Attribute) and _is_name(node.value, name) and node.attr in SAVES:
            return True
        if isinstance(node, ast.Return) and _is_name(node.value, name):
            return True
        given = [*node.args, *(word.value for word in node.keywords)] if _is_call(node) else []
        given += getattr(node, "elts", [])
        if any(_is_name(value, name) for value in given):
            return True
    return False


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _clocks(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield time functions that are named but not called, although the time is needed."""
    values = []
    for node in nodes(function):
        if isinstance(node, ast.keyword) and node.arg not in ("default", "default_factory"):
            values.append(node.value)
        values += node.values if isinstance(node, ast.Dict) else []
        values += [node.value] if isinstance(node, ast.Assign) else []
        values += [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
    for value in values:
        if isinstance(value, ast.Attribute) and ast.unparse(value) in CLOCKS:
            name = ast.unparse(value)
            says = f"`{name}` is the function: to get the time, write `{name}()`."
            yield Mistake("missing-call", says, file.at(value), "", name)
