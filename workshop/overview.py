"""The one screen that `python3 -m workshop` alone shows."""

GROUPS = {
    "For everybody": [
        ("run [STEP]", "serve a checkpoint, the last one by default"),
        ("diff A B [PATH]", "what changes between two checkpoints, or one and your folder"),
    ],
    "For the curious": [
        ("chaos", "break the finished app on purpose, and count what was lost"),
        ("load", "measure the finished app against others, on your machine"),
    ],
    "For CI and instructors": [
        ("test [STEP …]", "prove every checkpoint, or those you name"),
    ],
    "For maintainers": [
        ("carry STEP", "take your edits in a checkpoint through all later ones"),
        ("lint", "check style, formatting, templates and spelling"),
        ("pins", "compile requirements/*.txt from pyproject.toml"),
        ("pictures", "take the pictures in docs/pictures from the real app"),
    ],
}


def overview(checkpoints) -> str:
    """Return the screen, for the course's `checkpoints`; lines of at most 80 characters."""
    lines = ["Channels Workshop: real-time chat with Django Channels, step by step.", ""]
    lines += ["python3 -m workshop VERB", ""]
    for title, verbs in GROUPS.items():
        lines += [title, *(f"  {verb:<16} {what}" for verb, what in verbs), ""]
    lines.append("Checkpoints (STEP is a number or a name)")
    lines += [f"  {one.slug:<16} {one.title}" for one in checkpoints]
    return "\n".join([*lines, "", "More about a verb: python3 -m workshop VERB --help"])
