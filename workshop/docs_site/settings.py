"""What the finished app's settings take from the environment, read from their source."""

import ast
from dataclasses import dataclass
from pathlib import Path

from workshop.docs_site.sources import NotFound

WORDS = {
    "DEBUG": "Shows errors in the browser and lets the app start without a key. Never in public.",
    "SECRET_KEY": "A long random text that signs sessions. Needed unless `DEBUG=1`.",
    "ALLOWED_HOSTS": "The names of the site, separated by spaces, without ports.",
    "CSRF_TRUSTED_ORIGINS": "Further origins whose pages may post and open sockets.",
    "ENABLE_ADMIN": "Switches Django's admin on, at `/admin/`.",
    "DATABASE_URL": "Where the messages are: SQLite by default, `postgres://…` for more.",
    "REDIS_URL": "Several processes share rooms through it. Without it: one process.",
    "CHANNEL_LAYER": "Another layer than the one that follows from `REDIS_URL`.",
    "HTTPS": "`0` serves plain http without `DEBUG`.",
    "CHAT_MESSAGE_BURST": "Messages that a user may send at once.",
    "CHAT_MESSAGES_PER_SECOND": "Messages a second after that.",
    "CHAT_USER_SOCKETS": "Sockets that a user may have open in one process.",
    "CHAT_UNSEEN_MESSAGES": "Messages that are pushed to somebody who has seen none of them.",
    "CHAT_BEAT_SECONDS": "How often a hub looks after lost messages, sessions and leases.",
    "CHAT_LEASE_SECONDS": "How long somebody counts as here without a sign of life.",
    "CHAT_GRACE_SECONDS": "How long after a socket closed; a reload does not flicker.",
}


@dataclass(frozen=True)
class Setting:
    """A variable, its default as it is written, and what it does."""

    name: str
    default: str
    words: str


def read(path: Path) -> list[Setting]:
    """Return every variable that the settings file `path` reads, in its order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    found: dict[str, str] = {}
    for node in tree.body:
        for call in ast.walk(node):
            if not _reads(call):
                continue
            if isinstance(call.args[0], ast.Constant):
                default = _shown(call.args[1]) if len(call.args) > 1 else ""
                found.setdefault(call.args[0].value, default)
            else:  # a comprehension over the limits and the times
                for name in ("LIMITS", "TIMES"):
                    limits = ast.literal_eval(assigned[name])
                    found |= {f"CHAT_{key}": str(value) for key, value in limits.items()}
    missing = found.keys() ^ WORDS.keys()
    if missing:
        raise NotFound(f"workshop/docs_site/settings.py and the app differ: {', '.join(missing)}")
    return [Setting(name, default, WORDS[name]) for name, default in found.items()]


def _shown(default: ast.expr) -> str:
    return str(default.value) if isinstance(default, ast.Constant) else ast.unparse(default)


def _reads(node: ast.AST) -> bool:
    function = getattr(node, "func", None)
    return (
        isinstance(node, ast.Call)
        and isinstance(function, ast.Attribute)
        and getattr(function.value, "id", "") == "env"
    )
