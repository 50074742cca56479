"""The workshop's two files in a learner's folder: a link to the tool, and editor tasks.

Neither counts as the learner's code, and neither is ever overwritten.
"""

import json
import os
from pathlib import Path

from workshop.base.paths import ROOT
from workshop.base.project_files import SHORTCUT

CODE = '''"""Makes `python3 -m workshop` work in this folder, too."""

import os
import subprocess
import sys

WORKSHOP = {path}

if __name__ == "__main__":
    folder = os.path.dirname(os.path.abspath(__file__))
    program = os.path.join(folder, WORKSHOP)
    if not os.path.isdir(program):
        sys.exit("The workshop is no longer at " + program + ": run your command in its folder.")
    sys.exit(subprocess.call([sys.executable, program] + sys.argv[1:]))
'''
PATTERN = {
    "owner": "channels-workshop",
    "fileLocation": ["relative", "${workspaceFolder}"],
    "pattern": {
        "regexp": r"^::(error|warning) file=(.+?),line=(\d+),title=(?:.*?)::(.*)$",
        "severity": 1,
        "file": 2,
        "line": 3,
        "message": 4,
    },
}


def add(folder: Path, root: Path = ROOT) -> None:
    """Write the files that don't exist in `folder` yet."""
    path = _relative(root / "workshop", folder)
    _write(folder / SHORTCUT, CODE.format(path=json.dumps(path)))
    tasks = folder / ".vscode" / "tasks.json"
    tasks.parent.mkdir(exist_ok=True)
    _write(tasks, json.dumps(_tasks(), indent=2) + "\n")


def _relative(path: Path, folder: Path) -> str:
    try:
        return os.path.relpath(path, folder)
    except ValueError:  # another drive on Windows
        return str(path)


def _tasks() -> dict:
    tasks = [_task("check", "check --format github", [PATTERN]), _task("hint", "hint", [])]
    return {"version": "2.0.0", "tasks": tasks}


def _task(name: str, words: str, matchers: list) -> dict:
    task = {
        "label": f"Channels Workshop: {name}",
        "type": "shell",
        "command": f"python3 -m workshop {words}",
        "windows": {"command": f"python -m workshop {words}"},
        "problemMatcher": matchers,
        "presentation": {"clear": True},
    }
    return task | ({"group": {"kind": "test", "isDefault": True}} if name == "check" else {})


def _write(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")
