"""How the hosts of a Redis layer are written."""

import ast

from channels_doctor.finding import Finding, Place, finding

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
    source = found.source(found.value) if found else ""
    change = None
    if "must pass a list" in text:
        what, case = "hosts is a string, but it has to be a list.", "text"
        if isinstance(getattr(found, "value", None), ast.Constant):
            is_url = "://" in source or source[0] not in "\"'"
            url = source if is_url else f"{source[0]}redis://{source[1:]}"
            change = found.instead(
                f": {source}", f': [{{"address": {url}, "socket_timeout": None}}]'
            )
    elif _is_flat(found):
        what, case = "hosts is a pair of host and port, but it has to be a list.", "flat"
        name, port = (found.source(match) for match in found.value.elts)
        change = found.instead(
            f": {source}", f': [{{"host": {name}, "port": {port}, "socket_timeout": None}}]'
        )
    elif isinstance(getattr(found, "value", None), ast.Dict):
        what, case = "hosts is a dict, but it has to be a list of dicts.", "scheme"
        keys = {getattr(key, "value", None) for key in found.value.keys}
        inside = source[1:-1].rstrip(" ,")
        timeout = "" if "socket_timeout" in keys else ', "socket_timeout": None'
        change = found.instead(f": {source}", f": [{{{inside}{timeout}}}]")
    elif SCHEMES in text:
        what, case = "A host is written without redis:// before it.", "scheme"
    elif "decode" in text or "NoneType" in text or "startswith" in text:
        what, case = "A host is neither a URL, nor a pair, nor a dict.", "flat"
    else:
        what, case = "hosts cannot be understood.", "scheme"
    message = f"{error['type']}: {text}"
    return finding("P08", what, where, case=case, message=message, change=change)


def _is_flat(found) -> bool:
    value = getattr(found, "value", None)
    return (
        isinstance(value, (ast.Tuple, ast.List))
        and len(value.elts) == 2
        and isinstance(value.elts[1], ast.Constant)
        and not isinstance(value.elts[1].value, str)
    )
