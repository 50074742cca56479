"""The command line: `channels-doctor DIR`."""

import sys
from collections.abc import Callable, Sequence

import click

from channels_doctor import __version__
from channels_doctor.errors import DoctorError
from channels_doctor.pointers import Pointers

OPTIONS = (
    click.option("--live", is_flag=True, help="Also test the layer with two processes (10 s)."),
    click.option("--json", is_flag=True, help="Short for --format json."),
    click.option(
        "--format",
        "shape",
        type=click.Choice(["text", "json", "sarif", "github"]),
        default="text",
        show_default=True,
        help="text for people; json, sarif or github (annotations) for CI.",
    ),
    click.option(
        "--no-import",
        is_flag=True,
        help="Only read the source, without executing it, for code you don't trust.",
    ),
    click.option("--select", multiple=True, metavar="ID,…", help="Report only these."),
    click.option("--ignore", multiple=True, metavar="ID,…", help="Report all but these."),
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "note"]),
        default="error",
        show_default=True,
        help="Exit with 1 for this severity or a higher one.",
    ),
    click.option("--python", default="", metavar="PATH", help="The project's own Python."),
    click.option(
        "--settings", default="", metavar="MODULE", help="The settings module, as for manage.py."
    ),
    click.option(
        "--project", default="", metavar="DIR", help="Which project, if DIR contains several."
    ),
    click.option(
        "--env-file", default="", metavar="FILE", help="Set the variables in FILE for the project."
    ),
    click.option(
        "--explain",
        metavar="ID|-",
        help="Explain one pitfall, or (-) the one in a pasted error message.",
    ),
)


def options(command: Callable) -> Callable:
    """Add the doctor's options to a Click command, for programs that wrap the doctor."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("folder", default=".", metavar="[DIR]")
@options
@click.version_option(__version__)
@click.pass_context
def doctor(context, folder, explain, **chosen):
    """Find out what's wrong with the Channels project in DIR, and how to fix it.

    DIR, or a folder below it, contains a manage.py. The doctor executes the project's settings and
    asgi.py, as a server would. With --no-import it only reads them, for code that you don't trust.
    The project runs on its own Python: the one in --python, its .venv, the active environment, or
    else the one that runs the doctor.

    Exit codes: 0 no error, 1 an error was found, 2 usage error, 3 the project can't be examined
    (only with --format json, sarif or github, which still print a document).
    """
    from rich.console import Console

    from channels_doctor import command

    console = Console(highlight=False)
    pointers = Pointers(context.info_name)
    if explain:
        return command.explain(explain, console, pointers)
    wanted = command.DoctorOptions(**chosen)
    return command.run(folder, console, wanted, pointers=pointers)


def main(arguments: Sequence[str] | None = None, name: str = "channels-doctor") -> None:
    """Run the doctor, called `name`, with `arguments`, and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        code = doctor.main(arguments, prog_name=name, standalone_mode=False)
    except DoctorError as error:
        code = _print_error(str(error), error.exit_code)
    except click.ClickException as error:
        code = _print_error(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code or 0)


def _print_error(sentence: str, code: int) -> int:
    sys.stdout.flush()
    click.echo(sentence, err=True)
    return code
