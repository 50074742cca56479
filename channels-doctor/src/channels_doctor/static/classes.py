"""Settings that are attributes of a class, as in django-configurations."""

import ast
import re

from channels_doctor.source.tree import Module, Tree, dotted
from channels_doctor.static.modules import Modules, Names

CHOSEN = re.compile(r"DJANGO_CONFIGURATION[\"']\s*,\s*[\"'](\w+)")
LIKELY = ("Production", "Prod", "Base", "Common", "Development", "Dev")
DEEPEST = 6


def settings_of(tree: Tree, modules: Modules, module: Module) -> Names:
    """Return the names bound in the chosen class of `module`, or {} if there's no such class."""
    classes = {node.name: node for node in module.tree.body if isinstance(node, ast.ClassDef)}
    holding = [name for name in classes if "INSTALLED_APPS" in _names(tree, modules, module, name)]
    if not holding:
        return {}
    named = {name for other in tree for name in CHOSEN.findall(other.text)}
    order = [*sorted(named), *LIKELY, *holding]
    return _names(tree, modules, module, next(name for name in order if name in holding))


def _names(tree: Tree, modules: Modules, module: Module, name: str, depth: int = 0) -> Names:
    """Return what the class `name` in `module` and its base classes bind."""
    known = modules.names(module)
    node = getattr(getattr(known.get(name), "value", None), "node", None)
    if not isinstance(node, ast.ClassDef) or depth > DEEPEST:
        return {}
    inherited: Names = {}
    for base in reversed(node.bases):
        inherited |= _of_base(tree, modules, module, dotted(base), depth)
    return modules.in_class(module, node.body, {**known, **inherited})


def _of_base(tree: Tree, modules: Modules, module: Module, base: str, depth: int) -> Names:
    if base in modules.names(module):
        home = tree.named(module.imports.get(base, "").rpartition(".")[0]) or module
        return _names(tree, modules, home, base, depth + 1)
    return {}
