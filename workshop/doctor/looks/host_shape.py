"""How the hosts of a Redis layer are written."""

import ast

from workshop.doctor.finding import Finding, Place, finding

SCHEMES = "Redis URL must specify one of the following schemes (redis://, rediss://, unix://)"


def cut_short(connection: dict, where: Place, found_by: str = "static") -> Finding:
    """P46, where a sign in the password ends the URL's host; what is taken for it stays hidden."""
    case, fill = "escape", {"ss:6379": f"***:{connection.get('port', 6379)}"}
    if connection.get("error"):
        case, fill = "port", {}
    return finding(
        "P46",
        "A #, / or ? in the password cuts the URL short: what is left of it is taken for the host.",
        where,
        case=case,
        fill=fill,
        found_by=found_by,
    )


def wrong_shape(alias, entry, error, place, written) -> Finding:
    """P08, or P10 where a host's dict holds a key that redis-py does not know."""
    text, where, found = error["text"], place("CONFIG", "hosts"), written("CONFIG", "hosts")
    if "unexpected keyword argument" in text:
        key = text.rpartition("argument ")[2].strip("'")
        return finding(
            "P10",
            f"redis-py does not know {key}, which stands in a host's dict.",
            where,
            fill={
                "RedisChannelLayer.__init__() got an unexpected keyword argument 'LOCATION'": text
            },
            mend="Write the keys in small letters, as redis-py names them: `host`, `port`, `db`, "
            "`password`, or `address` for a URL.",
        )
    source = found.source(found.value) if found else ""
    change = None
    if "must pass a list" in text:
        what, case = "hosts is a text, and has to be a list.", "text"
        if isinstance(getattr(found, "value", None), ast.Constant):
            change = found.instead(
                f": {source}", f': [{{"address": {source}, "socket_timeout": None}}]'
            )
    elif _is_flat(found):
        what, case = "hosts is one pair of host and port, and has to be a list of them.", "flat"
        name, port = (found.source(one) for one in found.value.elts)
        change = found.instead(
            f": {source}", f': [{{"host": {name}, "port": {port}, "socket_timeout": None}}]'
        )
    elif isinstance(getattr(found, "value", None), ast.Dict):
        what, case = "hosts is a dict, and has to be a list of dicts.", "scheme"
        change = found.instead(f": {source}", f": [{source}]")
    elif SCHEMES in text:
        what, case = "A host is written without redis:// before it.", "scheme"
    elif "decode" in text or "NoneType" in text or "startswith" in text:
        what, case = "A host is neither a URL, nor a pair, nor a dict.", "flat"
    else:
        what, case = "hosts cannot be understood.", "scheme"
    words = f"{error['type']}: {text}"
    example = {"text": "", "flat": "AttributeError: 'int' object has no attribute 'decode'"}
    fill = {example.get(case, f"ValueError: {SCHEMES}"): words} if case != "text" else {}
    return finding("P08", what, where, case=case, fill=fill, change=change)


def _is_flat(found) -> bool:
    value = getattr(found, "value", None)
    return (
        isinstance(value, (ast.Tuple, ast.List))
        and len(value.elts) == 2
        and isinstance(value.elts[1], ast.Constant)
        and not isinstance(value.elts[1].value, str)
    )
