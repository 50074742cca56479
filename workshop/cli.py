"""Parse the command line and print results. The modules that it calls do the work."""

import shutil
import sys
import threading
from pathlib import Path

import click

from channels_doctor.cli import options as doctor_options
from channels_doctor.errors import DoctorError
from workshop import overview
from workshop.base.commands import PROGRAM
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT, version
from workshop.course import catalog
from workshop.learner.commands import COMMANDS as FOR_LEARNERS

LOAD_FOLDER = ROOT / ".workshop" / "load"
STYLES = {"+": "green", "-": "red", "@": "cyan"}


class Commands(click.Group):
    """The commands, with a help page that groups them by who needs them."""

    def get_help(self, ctx):
        return overview.overview(catalog.load())


@click.group(cls=Commands, invoke_without_command=True, context_settings={"show_default": True})
@click.version_option(version(), message="%(version)s")
@click.pass_context
def cli(context):
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command(short_help="serve a checkpoint")
@click.argument("step", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="0 means any free port.")
@click.option("--host", default="127.0.0.1", help="0.0.0.0 lets other devices connect.")
@click.option("--no-browser", is_flag=True, help="Don't open a browser window.")
def run(step, port, host, no_browser):
    """Serve the checkpoint STEP (a number or a name), by default the finished app.

    STEP can also be a folder with your own project. From step 03 on, a page with two clients lets
    you try out its WebSockets.
    """
    from workshop.course import projects
    from workshop.services.serve_project import serve

    return serve(projects.choose(step), host, port, not no_browser, click.echo)


@cli.command(
    short_help="run the tests",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--all", "is_all", is_flag=True, help="Include the slow tests, to prove everything.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[STEP …] [PYTEST OPTIONS]")
def test(is_all, arguments):
    """Run the quick tests of everything, or all tests of each STEP.

    Other options are passed to pytest: -x, -k NAME …
    """
    from workshop.authoring import testing

    words = [word for word in arguments if word != "--all"]
    return testing.run(words, is_all or "--all" in arguments)


@cli.command(short_help="read the docs")
@click.argument("page", required=False)
@click.option("--build", "only_build", is_flag=True, help="Build the site into a folder, and exit.")
@click.option("--offline", is_flag=True, help="Build a site that works as files, offline.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, help="0 means any free port.")
@click.option("--host", default="127.0.0.1", help="0.0.0.0 lets other devices connect.")
@click.option("--no-browser", is_flag=True, help="Don't open a browser window.")
def docs(page, only_build, offline, port, host, no_browser):
    """Serve the docs, and open PAGE: a chapter (03), a pitfall (p01), or a name such as setup."""
    from workshop.docs_site import serve as site
    from workshop.learner.folder import finished_steps

    if not (only_build or offline):
        return site.serve(page, host, port, not no_browser, click.echo, finished_steps)
    if page:
        raise UsageError("Name a page or build the whole site, but not both.")
    click.echo("Building the pages. Notebooks that have changed are executed first …")
    folder = site.build(offline)
    first = folder / "index.html"
    click.echo(f"Done. Open {first.relative_to(ROOT)}" if offline else f"Built in {folder}")
    return 0


@cli.command(short_help="pack everything for a room without a network")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--for",
    "audience",
    type=click.Choice(["learners", "everybody"]),
    default="everybody",
    help="Learners need fewer packages.",
)
@click.option(
    "--python",
    "pythons",
    metavar="3.13",
    multiple=True,
    help="Another version of Python; can be repeated.",
)
@click.option(
    "--platform",
    "platforms",
    type=click.Choice(["linux", "macos", "windows"]),
    multiple=True,
    help="Another system; can be repeated.",
)
def pack(folder, audience, pythons, platforms):
    """Make a FOLDER that installs everything offline, with the docs as files in it.

    It gets the packages for each --python on each --platform. To add more, run the command again
    with the same folder. If you run `lite` first, the folder also contains the notebooks for the
    browser.
    """
    from workshop.authoring import pack as packing
    from workshop.docs_site import serve as site

    groups = packing.GROUPS[audience]
    made = packing.pack(folder, pythons, platforms, groups, say=click.echo)
    site.build(offline=True, folder=made.folder / "docs-offline")
    if not _pack_notebooks(made.folder / "notebooks-offline"):
        click.echo(f"The notebooks for the browser aren't included: call `{PROGRAM} lite` first.")
    size = made.size / 2**20
    click.echo(
        f"{made.folder} contains the workshop and {made.packages} packages ({size:.0f} MiB),"
    )
    click.echo(f"{packing.size_of(made.folder)} in all. Copy it, and use it there as usual.")


def _pack_notebooks(folder):
    """Copy the notebooks for the browser if they have been built; return whether they have."""
    from workshop.notebooks import lite_site

    built = lite_site.place() / "site"
    if built.is_dir():
        shutil.copytree(built, folder, dirs_exist_ok=True)
    return built.is_dir()


@cli.command(short_help="find out what's wrong with a Channels project")
@click.argument("folder", default=".", metavar="[DIR]")
@doctor_options
def doctor(folder, explain, **options):
    """Find out what's wrong with the Channels project in DIR, and how to fix it.

    DIR is a folder with a manage.py, or a checkpoint's number. Its settings and asgi.py are
    executed, unless you add --no-import, which only reads them. They run on the Python that you
    name with --python, on the one in the project's .venv, or else on the workshop's. Exit code 1 if
    there is an error.
    """
    from rich.console import Console

    from channels_doctor import command
    from channels_doctor.pointers import Pointers
    from workshop.base.commands import DOCS, DOCTOR
    from workshop.course import projects
    from workshop.services.redis_binary import find_server

    console = Console(highlight=False)
    pointers = Pointers(DOCTOR, DOCS)
    if explain:
        return command.explain(explain, console, pointers)
    where, variables = projects.to_examine(folder)
    ours = {"variables": variables, "pointers": pointers, "find_redis": find_server}
    chosen = command.DoctorOptions(**options)
    return command.run(where, console, chosen, **ours)


@cli.command(short_help="break the finished app or a step on purpose")
@click.argument("step", required=False)
@click.option("--fault", metavar="NAME", help="Run only this fault.")
@click.option("--seed", type=int, help="Repeat a round, as far as timing allows.")
@click.option("--rounds", type=click.IntRange(1), default=1, help="How often to run each fault.")
@click.option(
    "--server",
    type=click.Choice(["daphne", "uvicorn"]),
    default="daphne",
    help="The server to use.",
)
@click.option(
    "--database",
    type=click.Choice(["sqlite", "postgres"]),
    help="By default, what the fault needs.",
)
@click.option(
    "--layer",
    type=click.Choice(["memory", "core", "pubsub"]),
    help="By default, what the fault needs.",
)
@click.option(
    "--without",
    type=click.Choice(["sync", "dedupe", "outbox"]),
    multiple=True,
    help="Let the clients leave this out, to see what it's for.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write the totals as JSON: into this file, or for `chaos all` into steps.json in this "
    "folder.",
)
@click.option("--list", "only_list", is_flag=True, help="List the faults.")
def chaos(step, fault, seed, rounds, server, database, layer, without, output, only_list):
    """Kill servers and cut connections of the finished app, and count lost or duplicate messages.

    Exit code 1 if there were any.

    With a STEP (05 or later), run the faults that apply to its stack. Early steps lose messages, so
    the exit code is only 1 if the step doesn't survive a fault that its own lesson or an earlier
    one covers. `chaos all` runs all faults on every step, which takes about 10 minutes.
    """
    from rich.console import Console

    from bench import chaos as breaking

    if only_list:
        return breaking.report.catalogue(Console(highlight=False))
    if step not in (None, "final"):
        _refuse_with_a_step("database", "layer")
        from bench import steps

        if step == "all":
            _refuse_with_a_step("rounds", "server", "without")
            return steps.figures.chaos_all(seed, output or LOAD_FOLDER, fault)
        slug = catalog.find(step).slug
        return steps.chaos.run(slug, fault, seed, rounds, server=server, without=without)
    options = {"server": server, "database": database, "layer": layer, "without": without}
    options["output"] = output
    return breaking.run(fault, seed, rounds, **options)


@cli.command(short_help="measure the finished app against others")
@click.argument("step", required=False)
@click.option(
    "--members",
    type=click.IntRange(2, 4000),
    default=50,
    help="People in each room.",
)
@click.option("--rooms", type=click.IntRange(1, 100), default=1, help="Number of rooms.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.2, 600),
    default=2.0,
    help="How long each measurement lasts.",
)
@click.option(
    "--servers",
    default="daphne,uvicorn",
    metavar="NAME,…",
    help="Servers for the finished app.",
)
@click.option("--layers", default="pubsub", metavar="NAME,…", help="Any of memory, core, pubsub.")
@click.option(
    "--against",
    default="step-05,starlette,websockets,socketio,ws",
    metavar="NAME,…",
    show_default="all five",
    help="Apps to compare with; the first is the baseline.",
)
@click.option(
    "--only",
    default="",
    show_default=False,
    metavar="KIND,…",
    help="Measure only busy, quiet, rate, … (see --list).",
)
@click.option(
    "--database",
    type=click.Choice(["sqlite", "postgres"]),
    default="sqlite",
    help="The finished app's database.",
)
@click.option(
    "--repetitions",
    type=click.IntRange(1, 100),
    default=3,
    help="How often to repeat each measurement.",
)
@click.option(
    "--idle",
    type=click.IntRange(10, 100_000),
    show_default="2000, or 300 of a step",
    help="Number of idle sockets.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    show_default=".workshop/load",
    help="The folder for JSON and plots.",
)
@click.option("--list", "only_list", is_flag=True, help="List what can be measured.")
def load(step, servers, layers, against, only, idle, output, only_list, **figures):
    """Measure the finished app and its alternatives on this machine, each on one core.

    Exit code 1 if the finished app lost or duplicated a message.

    With a STEP (05 or later), compare it with step 05: a busy room, a quiet room, people entering a
    room, and the memory of an idle socket. `load all` measures every step and writes steps.json.
    """
    from bench import load as measuring
    from bench.load import options

    if only_list:
        for name, what in options.KINDS.items():
            click.echo(f"{name:<9} {what}")
        return 0
    idle = idle or (2000 if step in (None, "final") else 300)
    wanted = options.Options(kinds=options.kinds(only), idle=idle, **figures)
    if step not in (None, "final"):
        _refuse_with_a_step("servers", "layers", "against", "rooms", "database")
        from bench import steps

        wanted = steps.load.fitting(wanted)
        if step == "all":
            return steps.figures.load_all(wanted, output or LOAD_FOLDER)
        return steps.load.run(catalog.find(step).slug, wanted)
    return measuring.run(servers, layers, against, wanted, output or LOAD_FOLDER)


def _refuse_with_a_step(*names):
    """Raise UsageError if one of these options is given along with a step, which runs as it is."""
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            raise UsageError(f"--{name} is for the finished app: a step runs as it is.")


@cli.command(short_help="compare channel layers")
@click.option(
    "--layers",
    default="memory,core,pubsub,postgres,nats,rabbitmq",
    metavar="NAME,…",
    show_default="all six",
    help="memory, core, pubsub, postgres, nats, rabbitmq",
)
@click.option(
    "--events",
    type=click.IntRange(20, 10_000),
    default=200,
    help="How many are sent to see whether they arrive.",
)
@click.option(
    "--repetitions",
    type=click.IntRange(1, 100),
    default=3,
    help="How often the speed is measured.",
)
@click.option(
    "--idle",
    type=click.FloatRange(0.1, 86_400),
    default=60.0,
    help="Seconds of silence.",
)
@click.option(
    "--within",
    type=click.FloatRange(0.5, 60),
    default=10.0,
    help="Seconds until an event counts as lost.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    show_default=".workshop/layers",
    help="Where the JSON file goes.",
)
def layers(layers, output, **figures):
    """Compare channel layers on real engines: what arrives, what a restart loses, how fast it is.

    The command starts its own engines. A layer whose engine isn't installed is left out: install
    redis-server, postgresql, nats-server and rabbitmq-server to measure all of them.
    """
    from bench import layers as comparing

    folder = output or ROOT / ".workshop" / "layers"
    return comparing.run(layers, comparing.LayerOptions(**figures), folder)


@cli.command(short_help="show what differs")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.argument("path", default="")
@click.option("--stat", is_flag=True, help="Only count the changed lines of each file.")
def diff(old, new, path, stat):
    """Show what changes from A to B. Each is a checkpoint or your own folder.

    PATH limits the comparison to one file or folder.
    """
    from rich.console import Console
    from rich.text import Text

    from workshop.course import diff as differing

    found = differing.compare(old, new, path)
    console = Console(highlight=False, soft_wrap=True)
    if not found:
        where = f" in {path}" if path else ""
        console.print(f"{old} and {new} don't differ{where}.", markup=False)
    for file in found:
        if stat:
            count = f"+{file.added} -{file.removed}" if file.lines else "not text"
            console.print(f"{count:>10}  {file.path}", markup=False)
        elif not file.lines:
            words = "is saved as UTF-16: save it as UTF-8 to see the differences"
            words = words if file.is_utf_16 else "differs, but isn't a text file"
            console.print(f"{file.path}: {words}", style="bold", markup=False)
        for line in [] if stat else file.lines:
            head = line.startswith(("--- ", "+++ ")) and line in file.lines[:2]
            console.print(Text(line, style="bold" if head else STYLES.get(line[:1], "")))


@cli.command(short_help="open the notebooks in JupyterLab")
@click.argument("name", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8888, help="0 means any free port.")
@click.option("--no-browser", is_flag=True, help="Don't open a browser window.")
@click.option("--clean", is_flag=True, help="Only remove all outputs, as before a commit.")
def notebooks(name, port, no_browser, clean):
    """Open the notebook NAME (a number or a name), by default the first one, in JupyterLab."""
    if clean:
        from workshop.notebooks import files

        for path in files.clean():
            click.echo(path.relative_to(ROOT))
        return 0
    from workshop.notebooks import jupyter

    return jupyter.serve(name, port, not no_browser, click.echo)


@cli.command(short_help="build the notebooks for the browser")
@click.option("--serve", is_flag=True, help="Then serve the site until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, help="0 means any free port.")
@click.option("--fresh", is_flag=True, help="Build it even if nothing has changed.")
def lite(serve, port, fresh):
    """Build a site with the notebooks that don't need a server. Python runs in the browser.

    The site is self-contained, so any web server can serve it.
    """
    from workshop.notebooks import lite as building
    from workshop.notebooks.in_browser import address as address_of
    from workshop.notebooks.site_server import serving

    site = building.build(fresh=fresh)
    click.echo(f"The site is in {site}")
    first = address_of(catalog.notebooks()[0])
    if not serve:
        click.echo(f"See it: {PROGRAM} lite --serve")
        return 0
    with serving(site, port) as address:
        click.echo(f"The site is at {address}{first} (Ctrl-C stops it)")
        threading.Event().wait()


@cli.command(short_help="merge edits into later checkpoints")
@click.argument("step")
@click.option("--since", default="HEAD", metavar="REV", help="Carry the changes since this commit.")
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
def carry(step, since, dry_run):
    """Merge your edits in checkpoint STEP into all later checkpoints, with three-way merges.

    If there's a conflict, nothing is written. Make that edit in the later checkpoint by hand, then
    run the command again. Each checkpoint keeps its own README.md.
    """
    from workshop.authoring import carry as carrying

    outcome = carrying.carry(step, since, dry_run)
    if outcome.conflicts:
        raise WorkshopError(outcome.explained())
    for entry in outcome.entries:
        click.echo(f"{entry.what:>8}  {entry.path} {entry.why}".rstrip())
    click.echo(outcome.summary(dry_run))
    return 0


@cli.command(short_help="make a branch with one commit per step")
@click.option(
    "--from", "revision", default="HEAD", metavar="REV", help="The commit to take the steps from."
)
def tags(revision):
    """Make the branch `steps` with one commit per step, and the tags step-01, step-02 and so on.

    Each commit shows what its step changes, on any forge and in any editor. Only committed files
    count. Steps that haven't changed keep their commits.
    """
    from workshop.authoring import tags as tagging

    for step in tagging.make(revision=revision):
        state = "new " if step.is_new else "kept"
        click.echo(f"{step.tag:<10} {step.commit[:10]}  {state}  {step.checkpoint.title}")
    click.echo("Publish them: git push --force origin steps && git push --force --tags origin")


@cli.command(short_help="check style without running anything")
def lint():
    """Check style, formatting, templates, spelling, and who imports whom."""
    from workshop.authoring import lint as linting

    failed = linting.run()
    if failed:
        raise WorkshopError(f"Fix what is shown above, found by: {', '.join(failed)}.")
    click.echo("Nothing to fix.")


@cli.command(short_help="compile requirements/*.txt")
@click.option("--upgrade", is_flag=True, help="Upgrade to the newest allowed versions.")
@click.argument("package", nargs=-1)
def pins(upgrade, package):
    """Pin the packages in pyproject.toml. Name a PACKAGE to update only its pin."""
    from workshop.authoring import pins as pinning

    for path in pinning.run(upgrade=["*"] if upgrade else package):
        click.echo(path)


@cli.command(short_help="update the pictures and outputs in docs/")
def pictures():
    """Retake the pictures of the chat, from the real app in a real browser.

    This also updates the command output and the figures in the docs, and the help texts that a
    copy prints before it is set up.
    """
    from workshop.authoring import help_pages, outputs
    from workshop.authoring import pictures as taking
    from workshop.docs_site.pages import capacity

    for path in [*help_pages.write(cli), *taking.take(), *outputs.write(), capacity.write()]:
        click.echo(path.relative_to(ROOT))


for command in FOR_LEARNERS:
    cli.add_command(command)


def main(arguments=None):
    """Run the command in `arguments` (by default the command line's) and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        code = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except (WorkshopError, DoctorError) as error:
        code = _say(error, error.exit_code)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else PROGRAM
        code = _say(f"{error.format_message()} See: {command} --help", error.exit_code)
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
