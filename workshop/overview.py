"""The one screen that `python3 -m workshop` alone shows."""

import textwrap

from workshop.base.commands import PROGRAM

GROUPS = {
    "For learners": [
        ("start [DIR]", "begin a project of your own, my-chat by default"),
        ("check [DIR]", "see whether it works; --watch: whenever you save"),
        ("hint [DIR]", "the next hint for what does not work yet"),
        ("catch-up STEP", "take a checkpoint's code into your folder; yours is kept"),
        ("status [DIR]", "where you are in the course"),
    ],
    "For everybody": [
        ("run [STEP|DIR]", "serve a checkpoint, the last one by default, or your project"),
        ("docs [PAGE]", "read the docs: a chapter (03), a pitfall (p01), or a name"),
        ("doctor [DIR]", "find what is wrong with any Channels project"),
        ("diff A B [PATH]", "what changes between two checkpoints, or one and your folder"),
    ],
    "For the curious": [
        ("notebooks [NAME]", "see it happen, cell by cell, in JupyterLab"),
        ("lite", "build the notebooks that need nothing but a browser"),
        ("chaos", "break the finished app on purpose, and count what was lost"),
        ("load", "measure the finished app against others, on your machine"),
    ],
    "For instructors, CI and maintainers": [
        ("test [STEP …]", "prove every checkpoint, or those you name"),
        ("pack [DIR]", "a copy that installs everything without a network"),
        ("carry STEP", "take your edits in a checkpoint through all later ones"),
        ("tags", "a branch with one commit per step, to check out and compare"),
        ("lint", "check style, templates, spelling, and who imports whom"),
        ("pins", "compile requirements/*.txt from pyproject.toml"),
        ("pictures", "take the pictures and the outputs that the docs show"),
    ],
}
HANGING = {"subsequent_indent": "  ", "break_on_hyphens": False}


def overview(checkpoints) -> str:
    """Return the screen, for the course's `checkpoints`; lines of at most 80 characters."""
    lines = ["Channels Workshop: real-time chat with Django Channels, step by step.", ""]
    lines += [f"{PROGRAM} COMMAND", ""]
    for title, commands in GROUPS.items():
        lines += [title, *(f"  {usage:<16} {what}" for usage, what in commands), ""]
    lines.append("Checkpoints (STEP is a number or a name)")
    slugs = ", ".join(checkpoint.slug for checkpoint in checkpoints)
    lines += textwrap.wrap(slugs, 78, initial_indent="  ", **HANGING)
    return "\n".join([*lines, "", f"More about a command: {PROGRAM} COMMAND --help"])
