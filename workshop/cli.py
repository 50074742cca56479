"""Parse the command line and print. The work is done by the modules that this one calls."""

import difflib
import sys
import threading
from pathlib import Path

import click

from workshop import course, overview
from workshop.errors import UsageError, WorkshopError
from workshop.learner.commands import COMMANDS as FOR_LEARNERS

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
    """Serve the checkpoint STEP (a number or a name), by default the last one.

    STEP may also be a folder with a project of your own.
    """
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


@cli.command(short_help="read the docs")
@click.argument("page", required=False)
@click.option("--build", "only_build", is_flag=True, help="Make the site in a folder, and end.")
@click.option("--offline", is_flag=True, help="Make one that works from a file, without a network.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, help="0 means any free one.")
@click.option("--host", default="127.0.0.1", help="0.0.0.0 lets others in your network in.")
@click.option("--no-browser", is_flag=True, help="Open no browser window.")
def docs(page, only_build, offline, port, host, no_browser):
    """Serve the docs, and open PAGE: a chapter (03), a pitfall (p01), or a name such as setup."""
    from workshop import docs as site

    if not (only_build or offline):
        return site.serve(page, host, port, not no_browser, click.echo)
    if page:
        raise UsageError("Name a page, or make the whole site: not both at once.")
    click.echo("Making the pages; what has changed in a notebook is executed first …")
    folder = site.build(offline)
    first = folder / "index.html"
    click.echo(f"Made. Open {first.relative_to(course.ROOT)}" if offline else f"Made in {folder}")
    return 0


@cli.command(short_help="pack everything for a room without a network")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--python", metavar="3.13", help="Another version of Python than this one.")
@click.option("--platform", type=click.Choice(["linux", "macos", "windows"]), help="Likewise.")
def pack(folder, python, platform):
    """Make a FOLDER that installs everything without a network, with the docs as files in it.

    Call it again with the same folder to add the packages for another system.
    """
    from workshop import docs as site
    from workshop import pack as packing

    made = packing.pack(folder, python, platform, say=click.echo)
    site.build(offline=True, folder=made.folder / "docs-offline")
    size = made.size / 2**20
    click.echo(f"{made.folder} holds the workshop and {made.packages} packages ({size:.0f} MiB).")
    click.echo("Copy it, and use it there as usual: it needs no network.")


@cli.command(short_help="find what is wrong with a Channels project")
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--live", is_flag=True, help="Also use the layer, from two processes (10 s).")
@click.option("--json", is_flag=True, help="Print JSON, for CI.")
@click.option("--select", multiple=True, metavar="ID,…", help="Tell only these.")
@click.option("--ignore", multiple=True, metavar="ID,…", help="Tell all but these.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    default="error",
    show_default=True,
    help="Exit with 1 from this severity on.",
)
@click.option("--python", default="", metavar="PATH", help="The project's own Python.")
@click.option("--settings", default="", metavar="MODULE", help="As manage.py takes it.")
@click.option("--explain", metavar="ID", help="Tell all about one pitfall, and examine nothing.")
def doctor(folder, explain, **options):
    """Find what is wrong with the Channels project in DIR, and say how to mend it.

    DIR holds a manage.py; a checkpoint's number does as well. The project's own Python runs it:
    --python, or its .venv, or the workshop's. Exit code 1 if there is an error.
    """
    from rich.console import Console

    from workshop.doctor import command

    console = Console(highlight=False)
    if explain:
        return command.explain(explain, console)
    return command.run(folder, console, **options)


@cli.command(short_help="break the finished app on purpose")
@click.option("--fault", metavar="NAME", help="Play this fault; otherwise all of them.")
@click.option("--seed", type=int, help="Makes a round repeatable, as far as processes allow.")
@click.option("--rounds", type=click.IntRange(1), default=1, help="How often each is played.")
@click.option(
    "--server", type=click.Choice(["daphne", "uvicorn"]), default="daphne", help="What serves it."
)
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
    from rich.console import Console

    from workshop import chaos as breaking

    if only_list:
        return breaking.report.catalogue(Console(highlight=False))
    options = {"server": server, "database": database, "layer": layer, "without": without}
    return breaking.run(fault, seed, rounds, **options)


@cli.command(short_help="measure the finished app against others")
@click.option(
    "--members",
    type=click.IntRange(2, 4000),
    default=50,
    show_default=True,
    help="People in each room.",
)
@click.option(
    "--rooms", type=click.IntRange(1, 100), default=1, show_default=True, help="Rooms at once."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.2, 600),
    default=2.0,
    show_default=True,
    help="How long each measurement lasts.",
)
@click.option(
    "--servers",
    default="daphne,uvicorn",
    show_default=True,
    metavar="NAME,…",
    help="What serves the finished app.",
)
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
@click.option(
    "--database",
    type=click.Choice(["sqlite", "postgres"]),
    default="sqlite",
    help="Where the finished app stores.",
)
@click.option(
    "--repetitions",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="How often each is measured.",
)
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
    from rich.console import Console
    from rich.text import Text

    from workshop import diff as differing

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


@cli.command(short_help="open the notebooks in JupyterLab")
@click.argument("name", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8888, help="0 means any free one.")
@click.option("--no-browser", is_flag=True, help="Open no browser window.")
@click.option("--clean", is_flag=True, help="Only take away all outputs, as before a commit.")
def notebooks(name, port, no_browser, clean):
    """Open the notebook NAME (a number or a name), by default the first one, in JupyterLab."""
    if clean:
        from workshop.notebooks import files

        for path in files.clean():
            click.echo(path.relative_to(course.ROOT))
        return 0
    from workshop.notebooks import jupyter

    return jupyter.serve(name, port, not no_browser, click.echo)


@cli.command(short_help="build the notebooks for the browser")
@click.option("--serve", is_flag=True, help="Then serve the site, until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, help="0 means any free one.")
@click.option("--fresh", is_flag=True, help="Build it even where nothing has changed.")
def lite(serve, port, fresh):
    """Build a site with the notebooks that need no server: Python itself runs in the browser.

    It fetches nothing from elsewhere once it is built: any web server can serve it.
    """
    from workshop.notebooks import lite as building
    from workshop.notebooks.in_browser import address as address_of
    from workshop.notebooks.site_server import serving

    site = building.build(fresh=fresh)
    click.echo(f"The site is in {site}")
    first = address_of(course.notebooks()[0])
    if not serve:
        click.echo("See it: python3 -m workshop lite --serve")
        return 0
    with serving(site, port) as address:
        click.echo(f"It is served at {address}{first} (Ctrl-C stops it)")
        threading.Event().wait()


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
    from workshop import carry as carrying
    from workshop.plan import CONFLICT

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


@cli.command(short_help="take the pictures and the outputs in docs/")
def pictures():
    """Take the pictures of the chat anew, from the real app in a real browser.

    Likewise, what the pages say that a command prints, and the figures that they show.
    """
    from workshop import pictures as taking
    from workshop.docs_site import capacity, outputs

    for path in [*taking.take(), *outputs.write(), capacity.write()]:
        click.echo(path.relative_to(course.ROOT))


for command in FOR_LEARNERS:
    cli.add_command(command)


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
