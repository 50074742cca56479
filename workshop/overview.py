"""The screen that `python3 -m workshop` shows without a command."""

import textwrap

from workshop.base.commands import PROGRAM

GROUPS = {
    "For learners": [
        ("start [DIR]", "create your project, my-chat by default"),
        ("check [DIR]", "check your code; with --watch, whenever you save"),
        ("hint [DIR]", "show the next hint for what doesn't work yet"),
        ("catch-up STEP", "replace your code with a step's; yours is kept"),
        ("status [DIR]", "show where you are in the course"),
    ],
    "For everybody": [
        ("run [STEP|DIR]", "serve your project or a step, the finished app by default"),
        ("docs [PAGE]", "read the docs: a chapter (03), a pitfall (p01), or a name"),
        ("doctor [DIR]", "find out what's wrong with any Channels project"),
        ("diff A B [PATH]", "compare two steps, or a step and your folder"),
    ],
    "For the curious": [
        ("notebooks [NAME]", "try out the ideas cell by cell in JupyterLab"),
        ("lite", "build the notebooks that run in the browser"),
        ("chaos [STEP]", "break the finished app or a step, and count lost messages"),
        ("load [STEP]", "compare the speed of the finished app or a step with others"),
        ("layers", "compare channel layers on Redis, PostgreSQL, NATS, RabbitMQ"),
    ],
    "For instructors, CI and maintainers": [
        ("test [STEP …]", "test everything, or the steps you name"),
        ("pack [DIR]", "make a copy that can be installed offline"),
        ("carry STEP", "merge your edits in a step into all later steps"),
        ("tags", "make a branch with one commit per step"),
        ("lint", "check style, templates, spelling, and who imports whom"),
        ("pins", "compile requirements/*.txt from pyproject.toml"),
        ("pictures", "update the pictures and outputs in the docs"),
    ],
}
HANGING = {"subsequent_indent": "  ", "break_on_hyphens": False}


def overview(checkpoints) -> str:
    """Return the screen for the course's `checkpoints`, with lines of at most 80 characters."""
    lines = ["Channels Workshop: real-time chat with Django Channels, step by step.", ""]
    lines += [f"{PROGRAM} COMMAND", ""]
    for title, commands in GROUPS.items():
        lines += [title, *(f"  {usage:<16} {what}" for usage, what in commands), ""]
    lines.append("Steps (STEP is a number or a name)")
    slugs = ", ".join(checkpoint.slug for checkpoint in checkpoints)
    lines += textwrap.wrap(slugs, 78, initial_indent="  ", **HANGING)
    return "\n".join([*lines, "", f"More about a command: {PROGRAM} COMMAND --help"])
