"""The frames of the finished app, read from its source: no list here can fall behind it."""

import ast
from dataclasses import dataclass
from pathlib import Path

from workshop.docs_site.sources import NotFound

CLIENT_WORDS = {
    "message": "Store this text and tell the room. `client_id` is the client's own name for it.",
    "sync": "Give me the messages after this number, 200 at most.",
    "seen": "I have read up to this number.",
    "typing": "I am writing.",
}
SERVER_WORDS = {
    "ack": "Your message is stored under this number.",
    "behind": "You have not seen what was sent; no more is pushed until you `sync`.",
    "error": "This was refused; the socket stays open. `ref` is your `client_id`, or null.",
    "messages": "What was said since: every message with its number, author and time.",
    "presence": "Who came (true) and who left (false).",
    "seen": "How far somebody else has read.",
    "synced": "The answer to `sync`; ask again while `more` is true.",
    "typing": "Somebody is writing.",
    "welcome": "You are in: who you are, the newest number, who is here, the limits.",
}


@dataclass(frozen=True)
class Frame:
    """A kind of frame: its fields, what it says, and the file that reads or writes it."""

    kind: str
    fields: tuple[str, ...]
    words: str
    where: str


def from_client(app: Path) -> list[Frame]:
    """Return the frames that `parse` in the app's protocol.py takes, in its order."""
    tree = ast.parse((app / "protocol.py").read_text(encoding="utf-8"))
    parse = next(node for node in tree.body if getattr(node, "name", "") == "parse")
    found = []
    for case in (case for node in ast.walk(parse) for case in getattr(node, "cases", [])):
        kind = case.pattern.patterns[0].value.value
        gets = [node for one in case.body for node in ast.walk(one) if isinstance(node, ast.Call)]
        fields = [call.args[0].value for call in gets if getattr(call.func, "attr", "") == "get"]
        found.append(Frame(kind, tuple(sorted(fields)), _words(CLIENT_WORDS, kind), "protocol.py"))
    return found


def from_server(app: Path) -> list[Frame]:
    """Return the frames that the app's modules encode, by their kind."""
    found: dict[str, Frame] = {}
    for path in sorted(app.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            kind, fields = _encoded(node)
            if not kind:
                continue
            known = found.get(kind)
            fields = {*fields, *(known.fields if known else ())}
            where = sorted({path.name, *(known.where.split("`, `") if known else ())})
            words = _words(SERVER_WORDS, kind)
            found[kind] = Frame(kind, tuple(sorted(fields)), words, "`, `".join(where))
    return [found[kind] for kind in sorted(found)]


def _encoded(node: ast.AST) -> tuple[str, set[str]]:
    """Return the kind and the fields where `node` is a call that encodes a frame, else ("", …)."""
    if not isinstance(node, ast.Call):
        return "", set()
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    fields = {keyword.arg for keyword in node.keywords if keyword.arg}
    spread = any(keyword.arg is None for keyword in node.keywords)
    literal = [one.value for one in node.args if isinstance(one, ast.Constant)]
    if name == "encode" and literal:
        extra = {"head", "others_seen", "seen"} if spread and literal[0] == "welcome" else set()
        return literal[0], fields | extra
    if (
        name == "messages"
        and isinstance(node.func, ast.Attribute)
        and node.func.value.id in ("protocol",)
    ):
        return (literal[0] if literal else "messages"), fields | {"messages"}
    return "", set()


def _words(told: dict[str, str], kind: str) -> str:
    if kind not in told:
        raise NotFound(f"workshop/docs_site/frames.py says nothing about the frame {kind}")
    return told[kind]
