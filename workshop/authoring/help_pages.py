"""Store the `--help` output of each command, for copies that aren't set up yet."""

from pathlib import Path

import click

from workshop.base.paths import ROOT

FOLDER = ROOT / "workshop" / "help_texts"
WIDTH = 78  # what Click uses in a terminal of 80 columns


def pages(program: click.Group) -> dict[Path, str]:
    """Return {file: help text} for every command of `program`."""
    named = {"info_name": "python3 -m workshop", **program.context_settings}
    with click.Context(program, **named) as root:
        return {
            FOLDER / f"{name}.txt": _page(command, name, root)
            for name, command in program.commands.items()
        }


def write(program: click.Group) -> list[Path]:
    """Write the pages that have changed, delete those without a command, and return both."""
    wanted = pages(program)
    FOLDER.mkdir(exist_ok=True)
    changed = [path for path in FOLDER.glob("*.txt") if path not in wanted]
    for path in changed:
        path.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _page(command: click.Command, name: str, root: click.Context) -> str:
    settings = {"terminal_width": WIDTH, **command.context_settings}
    with click.Context(command, info_name=name, parent=root, **settings) as context:
        return f"{command.get_help(context)}\n"
