"""Parse the command line and print. The work is done by the modules that this one calls."""

import difflib
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from workshop import carry as carrying
from workshop import course, overview
from workshop import diff as differing
from workshop.errors import UsageError, WorkshopError
from workshop.plan import CONFLICT

STYLES = {"+": "green", "-": "red", "@": "cyan"}


class Verbs(click.Group):
    """The verbs; a wrong one is answered with the nearest name."""

    def resolve_command(self, ctx, args):
        if args[0] not in self.commands:
            near = difflib.get_close_matches(args[0], self.commands, n=1, cutoff=0.5)
            guess = f" Did you mean {near[0]}?" if near else ""
            known = ", ".join(self.list_commands(ctx))
            raise UsageError(f"There is no verb called {args[0]}.{guess} There are: {known}.")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx):
        return overview.overview(course.load())


@click.group(cls=Verbs, invoke_without_command=True)
@click.pass_context
def cli(context):
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command(short_help="serve a checkpoint")
@click.argument("step", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="0 means any free one.")
@click.option("--host", default="127.0.0.1", help="0.0.0.0 lets others in your network in.")
@click.option("--no-browser", is_flag=True, help="Open no browser window.")
def run(step, port, host, no_browser):
    """Serve the checkpoint STEP (a number or a name), by default the last one."""
    from workshop.run import serve

    return serve(step, host, port, not no_browser, click.echo)


@cli.command(
    short_help="run the tests",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[STEP …] [PYTEST OPTIONS]")
def test(arguments):
    """Test everything, or the checkpoints STEP. Options go to pytest: -x, -q, -k NAME …"""
    from workshop import testing

    return testing.run(arguments)


@cli.command(short_help="break the finished app on purpose")
@click.option("--fault", metavar="NAME", help="Play this fault; otherwise all of them.")
@click.option("--seed", type=int, help="Makes a round repeatable, as far as processes allow.")
@click.option("--rounds", type=click.IntRange(1), default=1, help="How often each is played.")
@click.option("--server", type=click.Choice(["daphne", "uvicorn"]), default="daphne")
@click.option("--database", type=click.Choice(["sqlite", "postgres"]), help="The fault's choice.")
@click.option("--layer", type=click.Choice(["memory", "core", "pubsub"]), help="Likewise.")
@click.option(
    "--without",
    type=click.Choice(["sync", "dedupe", "outbox"]),
    multiple=True,
    help="Let the clients leave this out, and see what it was for.",
)
@click.option("--list", "only_list", is_flag=True, help="Name the faults.")
def chaos(fault, seed, rounds, server, database, layer, without, only_list):
    """Kill, reset and restart what the finished app stands on, and count what was lost or doubled.

    Exit code 1 if anything was.
    """
    from workshop import chaos as breaking

    if only_list:
        return breaking.report.catalogue(Console(highlight=False))
    options = {"server": server, "database": database, "layer": layer, "without": without}
    return breaking.run(fault, seed, rounds, **options)


@cli.command(short_help="measure the finished app against others")
@click.option("--members", type=click.IntRange(2, 4000), default=50, show_default=True)
@click.option("--rooms", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.2, 600), default=2.0, show_default=True)
@click.option("--servers", default="daphne,uvicorn", show_default=True, metavar="NAME,…")
@click.option(
    "--layers", default="pubsub", show_default=True, metavar="NAME,…", help="memory, core, pubsub"
)
@click.option(
    "--against",
    default="step-05,starlette,websockets,socketio,ws",
    metavar="NAME,…",
    help="The others; the first is the measure of all.  [default: all five]",
)
@click.option("--only", default="", metavar="KIND,…", help="busy, quiet, rate, … (see --list)")
@click.option("--database", type=click.Choice(["sqlite", "postgres"]), default="sqlite")
@click.option("--repetitions", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--idle", type=click.IntRange(10, 100_000), default=2000, help="Idle sockets.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where JSON and plots go.  [default: .workshop/load]",
)
@click.option("--list", "only_list", is_flag=True, help="Name what can be measured.")
def load(servers, layers, against, only, output, only_list, **figures):
    """Measure the finished app and what people would pick instead, here, on one core each.

    Exit code 1 if the finished app lost or doubled a text.
    """
    from workshop import load as measuring
    from workshop.load import options

    if only_list:
        for name, what in options.KINDS.items():
            click.echo(f"{name:<9} {what}")
        return 0
    wanted = options.Options(kinds=options.kinds(only), **figures)
    folder = output or course.ROOT / ".workshop" / "load"
    return measuring.run(servers, layers, against, wanted, folder)


@cli.command(short_help="show what differs")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.argument("path", default="")
@click.option("--stat", is_flag=True, help="Only count the lines, file by file.")
def diff(old, new, path, stat):
    """Show what changes from A to B: checkpoints, or a folder of your own.

    PATH limits it to one file or folder inside them.
    """
    found = differing.compare(old, new, path)
    console = Console(highlight=False, soft_wrap=True)
    if not found:
        where = f" in {path}" if path else ""
        console.print(f"{old} and {new} do not differ{where}.", markup=False)
    for file in found:
        if stat:
            count = f"+{file.added} -{file.removed}" if file.lines else "not text"
            console.print(f"{count:>10}  {file.path}", markup=False)
        elif not file.lines:
            console.print(f"{file.path}: differs, and holds no text", style="bold", markup=False)
        for line in [] if stat else file.lines:
            head = line.startswith(("--- ", "+++ ")) and line in file.lines[:2]
            console.print(Text(line, style="bold" if head else STYLES.get(line[:1], "")))


@cli.command(short_help="take edits to later checkpoints")
@click.argument("step")
@click.option(
    "--since", default="HEAD", metavar="REV", help="Carry what changed since this commit."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
def carry(step, since, dry_run):
    """Take the edits in checkpoint STEP to all later ones, by three-way merges.

    Where one conflicts, nothing is written: make that edit in the later checkpoint by hand, then
    call it again. Each checkpoint keeps its own README.md.
    """
    plan = carrying.carry(step, since, dry_run)
    for entry in plan.entries:
        if entry.what != CONFLICT:
            click.echo(f"{entry.what:>8}  {entry.slug}/{entry.path} {entry.why}".rstrip())
    if plan.conflicts:
        raise WorkshopError(plan.explained())
    click.echo(plan.summary(dry_run))
    return 0


@cli.command(short_help="look for what is wrong without running it")
def lint():
    """Check style, formatting, templates and spelling."""
    from workshop import lint as linting

    failed = linting.run()
    if failed:
        raise WorkshopError(f"Mend what is shown above, found by: {', '.join(failed)}.")
    click.echo("Nothing to mend.")


@cli.command(short_help="compile requirements/*.txt")
@click.option("--upgrade", is_flag=True, help="Take the newest versions that are allowed.")
@click.argument("package", nargs=-1)
def pins(upgrade, package):
    """Pin what pyproject.toml declares. Name a PACKAGE to renew its pin alone."""
    from workshop import pins as pinning

    for path in pinning.run(upgrade=["*"] if upgrade else package):
        click.echo(path)


@cli.command(short_help="take the pictures in docs/pictures")
def pictures():
    """Take the pictures of the chat anew, from the real app in a real browser."""
    from workshop import pictures as taking

    for path in taking.take():
        click.echo(path.relative_to(course.ROOT))


def main(arguments=None):
    """Run the verb in `arguments` (by default the command line's) and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        code = cli.main(arguments, prog_name="python3 -m workshop", standalone_mode=False)
    except WorkshopError as error:
        code = _say(error, error.exit_code)
    except click.ClickException as error:
        code = _say(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code or 0)


def _say(text, code):
    sys.stdout.flush()
    click.echo(str(text), err=True)
    return code


if __name__ == "__main__":
    main()
