"""Files of environment variables, such as `.env`."""

import re
from pathlib import Path

from channels_doctor.errors import InvalidArgument

VARIABLE = re.compile(r"^\s*(?:export\s+)?(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*$", re.M)


def variables_in(text: str) -> dict[str, str]:
    """Return the variables that the `text` of such a file sets."""
    return {found["name"]: _unquoted(found["value"]) for found in VARIABLE.finditer(text)}


def read(name: str) -> dict[str, str]:
    """Return the variables in the file `name`. Raises InvalidArgument if it can't be read."""
    try:
        return variables_in(Path(name).read_bytes().decode("utf-8-sig", errors="replace"))
    except OSError as error:
        raise InvalidArgument(
            f"The file {name} can't be read ({error.strerror}): pass another file to --env-file."
        ) from error


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] in "\"'" and value[0] in value[1:]:
        return value[1 : value.index(value[0], 1)]
    return value.partition(" #")[0].rstrip()
