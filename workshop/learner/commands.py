"""The learner's verbs: parse their options, call what does the work, print."""

import json

import click

from workshop.errors import WorkshopError

DIR = click.argument("folder", metavar="[DIR]", required=False)
STEP = click.option("--step", metavar="N", help="Instead of the step you are at.")


@click.command(short_help="begin a project of your own")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--from", "step", metavar="STEP", help="Begin with a later checkpoint.")
def start(folder, step):
    """Make DIR (my-chat, if you name none) with the code of checkpoint 01, for you to build on.

    Nothing that exists is ever overwritten.
    """
    from workshop import course
    from workshop.learner import folder as folders
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    steps = course.steps()
    chosen = choose(step, Progress(course.ROOT)) if step else steps[0]
    made = folders.start(folder, chosen)
    screen = Screen(folder, folders.shown(made))
    screen.line(f"{folders.shown(made)} is yours. It holds checkpoint {chosen.slug}.", "bold green")
    screen.next(Progress.of(made), steps)


@click.command(short_help="see whether your project works, in words")
@DIR
@STEP
@click.option("--watch", is_flag=True, help="Check again whenever you save.")
@click.option("--verbose", is_flag=True, help="Show all that the tests printed, too.")
def check(folder, step, watch, verbose):
    """Check your project in DIR against the promises of your step and of all steps before it.

    Exit code 0 where all are met, 1 where one is not yet.
    """
    from workshop import course
    from workshop.learner import folder as folders
    from workshop.learner import ready

    place = folders.find(folder)
    ready.forks()  # it imports while the lines below do
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    screen, steps = Screen(folder, folders.shown(place)), course.steps()
    if not watch:
        chosen = choose(step, Progress.of(place))
        return _check_once(place, chosen, screen, steps, verbose)
    return _check_on_each_edit(place, step, screen, steps, verbose)


@click.command(short_help="the next hint for what fails")
@DIR
@STEP
def hint(folder, step):
    """Show the next hint for the first promise that your project does not meet yet."""
    from workshop import course
    from workshop.learner import folder as folders
    from workshop.learner import hints
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    place = folders.find(folder)
    chosen = choose(step, Progress.of(place))
    screen = Screen(folder, folders.shown(place))
    with screen.working("Checking what is not met yet …"):
        found = hints.needed(place, chosen)
    if not found:
        screen.line(f"Step {chosen.number} needs no hint: all its promises are met.", "bold green")
        screen.next(Progress.of(place), course.steps())
        return 0
    _print_hints(screen, place, *found)
    return 0


@click.command("catch-up", short_help="take a checkpoint's code into your folder")
@click.argument("step")
@DIR
def catch_up(step, folder):
    """Let your folder become checkpoint STEP. What you had is kept beside it."""
    from workshop import course
    from workshop.learner import folder as folders
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen
    from workshop.processes import ended_by_signals

    place = folders.find(folder)
    chosen = choose(step, Progress.of(place))
    with ended_by_signals():
        kept = folders.catch_up(place, chosen)
    screen = Screen(folder, folders.shown(place))
    screen.line(f"{folders.shown(place)} now holds checkpoint {chosen.slug}.", "bold green")
    screen.line(f"What you had is kept in {folders.shown(kept)}.")
    screen.next(Progress.of(place), course.steps())


@click.command(short_help="where you are in the course")
@DIR
@click.option("--json", "as_json", is_flag=True, help="The same as one line of JSON, for tools.")
def status(folder, as_json):
    """Show what is done, where you are, and how many minutes are left."""
    from workshop import course
    from workshop.learner import folder as folders
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    place = folders.find(folder)
    progress, steps = Progress.of(place), course.steps()
    current = progress.current(steps)
    if as_json:
        click.echo(json.dumps(_state(place, progress, steps, current)))
        return
    screen = Screen(folder, folders.shown(place))
    screen.line(f"Your project: {folders.shown(place)}", "bold")
    screen.bar(progress, steps)
    screen.line()
    for step in steps:
        since = progress.done.get(step.slug)
        words = f"done {since}" if since else "you are here" if step == current else ""
        screen.line(f"  {step.slug:<14}{step.title:<28}{step.minutes:>3} minutes  {words}".rstrip())
    screen.next(progress, steps)


COMMANDS = (start, check, hint, catch_up, status)


def _check_once(place, step, screen, steps, verbose):
    from workshop.learner.check import check as judge
    from workshop.learner.check import note

    with screen.working(f"Checking step {step.number} …"):
        verdict = judge(place, step)
    progress = note(place, verdict)
    if verbose and verdict.log:
        click.echo(verdict.log)
    screen.verdict(verdict, steps)
    if not verdict.is_done:
        return 1
    screen.done(verdict, progress, steps)
    return 0


def _check_on_each_edit(place, step, screen, steps, verbose):
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.watch import edits

    code = 1
    try:
        for _ in edits(place, screen.line):
            screen.console.clear()
            try:
                progress = Progress.of(place)
                screen.bar(progress, steps)
                code = _check_once(place, choose(step, progress), screen, steps, verbose)
            except WorkshopError as error:
                screen.line(str(error), "red")
            screen.line()
            screen.line("Watching: save a file to check again. Ctrl-C stops.", "dim")
    except KeyboardInterrupt:
        screen.line()
    return code


def _print_hints(screen, place, step, promise):
    from workshop.learner import folder as folders
    from workshop.learner import hints
    from workshop.learner.screen import COMMAND

    given, was_last = hints.give(place, step, promise)
    screen.line(f"Not yet: {promise.says} (step {step.number})", "bold")
    number, total = len(given), len(promise.hints)
    one = given[-1]
    screen.line()
    screen.line(f"Hint {number} of {total}: {one.asks}", "bold yellow")
    screen.line(one.says)
    if one.code:
        screen.line()
        screen.code(one.code)
    screen.line()
    if was_last:
        screen.line("That was the last hint. The solution, beside what you have:")
        where = folders.shown(place)
        screen.labelled("Yours", f"{COMMAND} diff {where} {step.number}", "cyan", whole=True)
        screen.labelled("Take it", screen.command(f"catch-up {step.number}"), "cyan", whole=True)
    else:
        screen.labelled("Next hint", screen.command("hint"), "cyan", whole=True)
    screen.labelled("Check", screen.command("check"), "cyan", whole=True)


def _state(place, progress, steps, current):
    return {
        "folder": str(place),
        "step": current.slug if current else None,
        "done": [step.slug for step in steps if step.slug in progress.done],
        "minutes_left": sum(step.minutes for step in steps if step.slug not in progress.done),
        "steps": [
            {
                "slug": step.slug,
                "title": step.title,
                "minutes": step.minutes,
                "done": progress.done.get(step.slug),
            }
            for step in steps
        ],
        "unmet": progress.unmet or None,
    }
