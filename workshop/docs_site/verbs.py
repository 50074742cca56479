"""The page of the tool's verbs, read from the command line's own definition."""

import re
from pathlib import Path

import click

from workshop import cli, overview

PREFIX = "python3 -m workshop"
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")


def verbs(root: Path) -> list[str]:
    """Return a section for each verb: what it does, how it is called, its options."""
    lines: list[str] = []
    for title, group in overview.GROUPS.items():
        lines += [f"## {title}", ""]
        for name in (usage.split()[0] for usage, _ in group):
            lines += _verb(name, cli.cli.commands[name])
    return lines


def _verb(name: str, verb: click.Command) -> list[str]:
    context = click.Context(verb, info_name=f"{PREFIX} {name}")
    usage = " ".join([context.command_path, *verb.collect_usage_pieces(context)])
    lines = [f"### {name}", "", "```{ .text .usage }", usage, "```", ""]
    lines += [_marked(line.strip()) for line in (verb.help or "").splitlines()]
    options = [one for one in verb.params if isinstance(one, click.Option)]
    return [*lines, "", *(_table(options, context) if options else []), ""]


def _table(options: list[click.Option], context: click.Context) -> list[str]:
    """Return the table of `options`; it tells defaults where one of them has any."""
    rows = [_row(one, context) for one in options]
    if not any(default for *_, default in rows):
        lines = ["| Option | What it does |", "|---|---|"]
        return lines + [f"| {names} | {words} |" for names, words, _ in rows]
    lines = ["| Option | What it does | Default |", "|---|---|---|"]
    return lines + [f"| {names} | {words} | {value or 'none'} |" for names, words, value in rows]


def _row(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    names, words = option.get_help_record(context)
    for kind in ("INTEGER RANGE", "FLOAT RANGE", "INTEGER"):
        names = names.replace(kind, "N")
    words, _, more = words.partition("  [")
    return f"`{names}`", _marked(words).replace("|", "\\|"), _default(option, context, more)


def _default(option: click.Option, context: click.Context, more: str) -> str:
    """Return the default, as the option's own help words it where it does; "" if there is none."""
    if told := re.search(r"default: ([^\];]+)", more):
        return told[1] if " " in told[1] else f"`{told[1]}`"
    value = option.get_default(context)
    plain = isinstance(value, str | int | float) and not isinstance(value, bool) and value
    return f"`{value}`" if plain else ""


def _marked(text: str) -> str:
    return OPTION.sub(r"`\g<0>`", text)
