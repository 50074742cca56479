"""The commands that the tool tells people to type. Standard library only."""

import os
import shutil


def python_command(system: str = os.name) -> str:
    """Return the command that starts Python in a terminal on this machine."""
    if system != "nt":
        return "python3"
    return "py" if shutil.which("py") else "python"


PYTHON = python_command()
PROGRAM = os.environ.get("WORKSHOP_COMMAND") or f"{PYTHON} -m workshop"  # set by the wheel
DOCS = f"{PROGRAM} docs"
DOCTOR = f"{PROGRAM} doctor"


def localized(text: str) -> str:
    """Return `text`, written for Linux and macOS, with the commands for this machine."""
    return text.replace("python3 -m workshop", PROGRAM).replace("python3 -m", f"{PYTHON} -m")
