"""How the hosts of a Redis layer are written."""

import ast

from channels_doctor.finding import Change, Finding, Place, finding
from channels_doctor.source.settings import Written

NO_LIST = "must pass a list"
SCHEMES = "Redis URL must specify one of the following schemes (redis://, rediss://, unix://)"


def cut_short(connection: dict, where: Place, found_by: str = "static") -> Finding:
    """P92: a character in the password ends the URL's host. What follows it stays hidden."""
    case, values = "escape", {"address": f"***:{connection.get('port', 6379)}"}
    if connection.get("error"):
        case, values = "port", {}
    return finding(
        "P92",
        "A #, / or ? in the password splits the URL, so a part of it is read as the host.",
        where,
        case=case,
        values=values,
        found_by=found_by,
    )


def wrong_shape(alias, entry, error, place, written) -> Finding:
    """P08, or P10 if a host's dict has a key that redis-py doesn't know."""
    text, where, found = error["text"], place("CONFIG", "hosts"), written("CONFIG", "hosts")
    if "unexpected keyword argument" in text:
        key = text.rpartition("argument ")[2].strip("'")
        return finding(
            "P10",
            f"redis-py doesn't know {key}, which is in a host's dict.",
            where,
            values={"complaint": text},
            fix="Write the keys in lower case, as redis-py names them: `host`, `port`, `db`, "
            "`password`, or `address` for a URL.",
        )
    what, case = _explained(text, found)
    message = f"{error['type']}: {text}"
    return finding("P08", what, where, case=case, message=message, change=_as_list(text, found))


def _explained(text: str, found: Written | None) -> tuple[str, str]:
    """Return what is wrong with the hosts that made redis-py say `text`, and the symptom's case."""
    if NO_LIST in text:
        return "hosts is a string, but it has to be a list.", "text"
    if _is_flat(found):
        return "hosts is a pair of host and port, but it has to be a list.", "flat"
    if _is_a(ast.Dict, found):
        return "hosts is a dict, but it has to be a list of dicts.", "scheme"
    if SCHEMES in text:
        return "A host is written without redis:// before it.", "scheme"
    if any(word in text for word in ("decode", "NoneType", "startswith")):
        return "A host is neither a URL, nor a pair, nor a dict.", "flat"
    return "hosts cannot be understood.", "scheme"


def _as_list(text: str, found: Written | None) -> Change | None:
    """Return the change that makes hosts a list of dicts, as far as the source shows how."""
    if NO_LIST in text:
        inside = _url_in_a_dict(found) if _is_a(ast.Constant, found) else ""
    elif _is_flat(found):
        name, port = (found.source(match) for match in found.value.elts)
        inside = f'"host": {name}, "port": {port}, "socket_timeout": None'
    else:
        inside = _with_timeout(found) if _is_a(ast.Dict, found) else ""
    if not inside:
        return None
    return found.instead(f": {found.source(found.value)}", f": [{{{inside}}}]")


def _url_in_a_dict(found: Written) -> str:
    source = found.source(found.value)
    is_url = "://" in source or source[0] not in "\"'"
    url = source if is_url else f"{source[0]}redis://{source[1:]}"
    return f'"address": {url}, "socket_timeout": None'


def _with_timeout(found: Written) -> str:
    """Return what is between the braces of the dict that hosts is, and its timeout."""
    keys = {getattr(key, "value", None) for key in found.value.keys}
    inside = found.source(found.value)[1:-1].rstrip(" ,")
    return inside if "socket_timeout" in keys else f'{inside}, "socket_timeout": None'


def _is_a(kind: type[ast.AST], found: Written | None) -> bool:
    return isinstance(getattr(found, "value", None), kind)


def _is_flat(found) -> bool:
    value = getattr(found, "value", None)
    return (
        isinstance(value, (ast.Tuple, ast.List))
        and len(value.elts) == 2
        and isinstance(value.elts[1], ast.Constant)
        and not isinstance(value.elts[1].value, str)
    )
