"""The reference pages' tables, read from the finished app and from chaos."""

import ast
import runpy
from pathlib import Path

from workshop.docs_site import frames as frames_of
from workshop.docs_site import settings as settings_of
from workshop.docs_site.sources import NotFound

APP = "final/chat_app"


def errors(root: Path) -> list[str]:
    """Return the table of the error codes and close codes that `protocol.py` holds."""
    told = runpy.run_path(str(root / APP / "protocol.py"))
    rows = ["| code | what the client is told |", "|---|---|"]
    rows += [f"| `{code}` | {sentence} |" for code, sentence in told["ERRORS"].items()]
    closing = {value: name for name, value in told.items() if _is_close_code(value)}
    rows += ["", "| close code | name in `protocol.py` |", "|---|---|"]
    rows += [f"| {code} | `{closing[code]}` |" for code in sorted(closing)]
    return rows


def _is_close_code(value: object) -> bool:
    return isinstance(value, int) and 4000 < value < 5000


def frames(root: Path, side: str) -> list[str]:
    """Return the table of the frames that `side`, "client" or "server", sends."""
    read = {"client": frames_of.from_client, "server": frames_of.from_server}
    if side not in read:
        raise NotFound(f"frames come from client or server, not from {side}")
    rows = ["| type | fields | what it says | where |", "|---|---|---|---|"]
    for one in read[side](root / APP):
        fields = ", ".join(f"`{name}`" for name in one.fields) or "none"
        rows.append(f"| `{one.kind}` | {fields} | {one.words} | `{one.where}` |")
    return rows


def settings(root: Path) -> list[str]:
    """Return the table of what the finished app takes from the environment."""
    rows = ["| variable | default | what it does |", "|---|---|---|"]
    for one in settings_of.read(root / "final" / "chat_project" / "settings.py"):
        default = f"`{one.default}`" if one.default else "none"
        rows.append(f"| `{one.name}` | {default} | {one.words} |")
    return rows


def faults(root: Path) -> list[str]:
    """Return the list of the faults that chaos plays, as its own registry tells them."""
    rows = ["| fault | what happens |", "|---|---|"]
    folder = root / "workshop" / "chaos" / "faults"
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "fault":
                name, sentence = (_text(argument, constants) for argument in node.args[:2])
                rows.append(f"| `{name}` | {sentence} |")
    return rows


def _text(node: ast.expr, constants: dict) -> str:
    """Return the text of a literal, or of an f-string that holds only module constants."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return str(constants[node.value.id])
    return ast.literal_eval(node)
