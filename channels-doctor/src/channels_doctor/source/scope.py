"""The keys that consumers read from their scope, and whether the project sets them."""

import ast
import re
from dataclasses import dataclass

from channels_doctor.finding import Place
from channels_doctor.source.consumers import Consumer
from channels_doctor.source.tree import Tree, dotted

WRITTEN = re.compile(r"""scope\[["'](\w+)["']\]\s*=(?!=)""")


@dataclass(frozen=True)
class Use:
    """A consumer reads `scope[key]` at `place`."""

    consumer: Consumer
    key: str
    place: Place


def uses(consumers: list[Consumer]) -> list[Use]:
    """Return each place where a consumer reads its user or session and would fail without it."""
    found = []
    for consumer in consumers:
        for method in consumer.own:
            for node in ast.walk(method):
                if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                    key = getattr(node.slice, "value", None)
                    if dotted(node.value) == "self.scope" and key in ("user", "session"):
                        found.append(Use(consumer, key, consumer.module.place(node)))
    return found


def provided(tree: Tree) -> set[str]:
    """Return the keys that the project's code writes into a scope."""
    found = set()
    for module in tree:
        for node in module.nodes:
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                if dotted(node.value).rpartition(".")[2] == "scope":
                    found.add(getattr(node.slice, "value", None))
            elif isinstance(node, ast.Call) and dotted(node.func) == "dict":
                if any("scope" in dotted(argument) for argument in node.args):
                    found |= {keyword.arg for keyword in node.keywords}
            elif isinstance(node, ast.Dict) and None in node.keys:
                found |= {getattr(key, "value", None) for key in node.keys if key}
    texts = [text for _, text in tree.unreadable.values()]
    found |= {key for text in texts for key in WRITTEN.findall(text)}
    return found & {"user", "session"}
