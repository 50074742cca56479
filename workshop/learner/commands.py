"""The learner's commands: parse their options, call the code that does the work, and print."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

import click

from workshop.base.commands import PROGRAM
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT

DIR = click.argument("folder", metavar="[DIR]", required=False)
STEP_OR_DIR = click.argument("folder", metavar="[STEP or DIR]", required=False)
STEP = click.option("--step", metavar="N", help="Use this step instead of your current one.")


@click.command(short_help="create your own project")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--from", "step", metavar="STEP", help="Start with the code of a later step.")
def start(folder, step):
    """Create DIR (my-chat by default) with the code of checkpoint 01, for you to build on.

    Existing files are never overwritten.
    """
    from workshop.course import catalog
    from workshop.learner import folder as folders
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    steps = catalog.steps()
    chosen = choose(step, Progress(ROOT)) if step else steps[0]
    made = folders.start(folder, chosen)
    screen = Screen(folder, folders.shown(made))
    name = folders.shown(made)
    screen.line(f"{name} is your project. It contains step {chosen.slug}.", "bold green")
    screen.next(Progress.of(made), steps)


@click.command(short_help="check your project")
@STEP_OR_DIR
@STEP
@click.option("--watch", is_flag=True, help="Check again whenever you save.")
@click.option("--exercise", is_flag=True, help="Check the step's exercises instead.")
@click.option("--verbose", is_flag=True, help="Also show everything that the tests printed.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="json or github (annotations) for programs.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a point for each met goal to FILE, for an autograder.",
)
def check(folder, step, watch, exercise, verbose, form, report):
    """Check your project in DIR against the goals of your step and of all earlier steps.

    STEP (such as 03) means the same as --step. Exit code 0 if all goals are met, 1 if one isn't met
    yet or couldn't be checked here.
    """
    from workshop.course import catalog
    from workshop.learner import folder as folders
    from workshop.learner.running import ready

    if watch and form != "text":
        raise UsageError("--watch only prints text: remove --format.")
    folder, step = folders.step_or_folder(folder, step)
    place = folders.find(folder)
    ready.processes()  # it does its imports during the lines below
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    steps = catalog.steps()
    asked = choose(step, Progress.of(place)).number if step else None
    screen = Screen(folder, folders.shown(place), asked)
    session = Session(place, step, screen, steps, exercise, verbose, form, report)
    return session.check_on_each_edit() if watch else session.check_once()


@click.command(short_help="show the next hint")
@STEP_OR_DIR
@STEP
def hint(folder, step):
    """Show the next hint for the first goal that your project doesn't meet yet.

    STEP (such as 03) means the same as --step.
    """
    from workshop.course import catalog
    from workshop.learner import folder as folders
    from workshop.learner import hints
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    folder, step = folders.step_or_folder(folder, step)
    place = folders.find(folder)
    chosen = choose(step, Progress.of(place))
    screen = Screen(folder, folders.shown(place), chosen.number if step else None)
    screen.project(place)
    with screen.working("Checking the goals that aren't met yet …"):
        found = hints.needed(place, chosen)
    if not found and chosen.slug not in Progress.of(place).done:
        words = "Every goal that could be checked is met. The others couldn't be checked:"
        screen.line(words, "bold yellow")
        screen.labelled("Check", f"{screen.command('check')}{screen.asked}", "cyan", whole=True)
        return 0
    if not found:
        screen.line(f"Step {chosen.number} is done, so you don't need a hint.", "bold green")
        screen.next(Progress.of(place), catalog.steps())
        return 0
    _print_hints(screen, place, found)
    return 0


@click.command("catch-up", short_help="replace your code with a step's")
@click.argument("step")
@DIR
def catch_up(step, folder):
    """Replace the code in your folder with checkpoint STEP. Your code is kept next to it.

    A copy of your database is kept there, too. The database itself stays if STEP can use it.
    """
    from workshop.base.processes import ended_by_signals
    from workshop.course import catalog
    from workshop.learner import folder as folders
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    place = folders.find(folder)
    chosen = choose(step, Progress.of(place))
    with ended_by_signals():
        kept = folders.catch_up(place, chosen)
    screen = Screen(folder, folders.shown(place))
    screen.line(f"{folders.shown(place)} now contains step {chosen.slug}.", "bold green")
    screen.line(f"Your previous files are in {folders.shown(kept.folder)}.")
    if kept.has_database and kept.is_usable:
        words = f"Your database stays in {folders.shown(place)}"
        screen.line(f"{words}, and a copy is kept there, too.")
    elif kept.has_database:
        words = f"Step {chosen.number} can't use your database, so it's kept there, too"
        screen.line(f"{words}: `run` makes a new one.", "yellow")
    changed = [path for path in folders.edited_steps() if path.startswith(f"steps/{chosen.slug}/")]
    if changed:
        words = f"That includes your edits to {changed[0]}, which belongs to the workshop."
        screen.line(f"{words} `git restore steps` undoes that.", "yellow")
    screen.next(Progress.of(place), catalog.steps())


@click.command(short_help="show where you are in the course")
@STEP_OR_DIR
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON, for tools.")
def status(folder, as_json):
    """Show what you've done, where you are, and how much time is left, for all steps or STEP."""
    from workshop.course import catalog
    from workshop.learner import folder as folders
    from workshop.learner.check import choose
    from workshop.learner.progress import Progress
    from workshop.learner.screen import Screen

    folder, asked = folders.step_or_folder(folder)
    place = folders.find(folder)
    progress, steps = Progress.of(place), catalog.steps()
    shown = [choose(asked, progress)] if asked else steps
    current = progress.current(steps)
    if as_json:
        click.echo(json.dumps(_state(place, progress, steps, current, shown)))
        return
    screen = Screen(folder, folders.shown(place))
    screen.project(place)
    screen.bar(progress, steps)
    screen.line()
    for step in shown:
        since = progress.done.get(step.slug)
        words = f"done {since}" if since else "you are here" if step == current else ""
        screen.line(f"  {step.slug:<14}{step.title:<28}{step.minutes:>3} minutes  {words}".rstrip())
    screen.next(progress, steps)


COMMANDS = (start, check, hint, catch_up, status)


@dataclass(frozen=True)
class Session:
    """A call of `check`; `step` is the step in its arguments, if there is one."""

    place: Path
    step: str | None
    screen: "Screen"  # noqa: F821
    steps: list
    exercise: bool = False
    verbose: bool = False
    form: str = "text"
    report: Path | None = None

    def check_once(self) -> int:
        """Check the project, print the verdict, and return the exit code."""
        from workshop.learner.check import choose
        from workshop.learner.progress import Progress, looked_at
        from workshop.learner.report import FORMATS, write_points

        before = Progress.of(self.place)
        step = choose(self._name_of(before), before)
        same = before.unmet and before.seen == looked_at(self.place, step)
        verdict, progress = self._verdict(step)
        if self.report:
            write_points(verdict, self.report)
        if self.form != "text":
            if said := FORMATS[self.form](verdict, self.place):
                click.echo(said)
            return 0 if verdict.is_done else 1
        if self.verbose and verdict.log:
            click.echo(verdict.log)
        self.screen.project(self.place)
        self._greet_after_update(before)
        self.screen.verdict(verdict, self.steps, self.exercise)
        if not verdict.is_done:
            self._remind(bool(same))
            self._say_since(before, verdict)
            return 1
        self.screen.done(verdict, progress, self.steps, self.exercise)
        return 0

    def _greet_after_update(self, before) -> None:
        """Announce new files in a folder created by an earlier version."""
        if before.is_former and not self.exercise:
            words = f"New after the update: `{PROGRAM}` works inside {self.screen.folder}, too."
            self.screen.line(words, "green")

    def _name_of(self, progress) -> str | None:
        """Return the name of the step to check. For an exercise, it's the last finished step."""
        done = [step for step in self.steps if step.slug in progress.done]
        return self.step or (done[-1].number if self.exercise and done else None)

    def _verdict(self, step):
        from workshop.learner import check as checking
        from workshop.learner.progress import Progress

        what = f"the exercises of step {step.number}" if self.exercise else f"step {step.number}"
        working = self.screen.working(f"Checking {what} …")
        with working if self.form == "text" else contextlib.nullcontext():
            if self.exercise:
                return checking.check_exercise(self.place, step), Progress.of(self.place)
            verdict = checking.check(self.place, step)
        return verdict, checking.note(self.place, verdict)

    def _remind(self, is_same: bool) -> None:
        """Print why an edit may have had no effect."""
        from workshop.learner.folder import edited_steps

        if is_same and not self.exercise:
            self.screen.line("Nothing has changed since your last check. Did you save?", "yellow")
        if edited := edited_steps():
            more = f" and {len(edited) - 1} more" if len(edited) > 1 else ""
            self.screen.line(
                f"You edited {edited[0]}{more}, which belongs to the workshop. Your code is in "
                f"{self.screen.folder}. `git restore steps` undoes that.",
                "yellow",
            )

    def _say_since(self, before, verdict) -> None:
        """Explain that the unmet goal belongs to a finished step, since updates may add goals."""
        unmet = verdict.unmet
        if verdict.finding and verdict.finding.changes is not None:
            return  # it was met before, and what has changed is already shown
        since = before.done.get(unmet.step.slug) if unmet else None
        if since and not self.exercise and not verdict.finding.before_all:
            words = f"Step {unmet.step.number} was done on {since}:"
            self.screen.line(f"{words} this goal is new, or a later edit undid it.", "yellow")

    def check_on_each_edit(self) -> int:
        from workshop.learner.progress import Progress
        from workshop.learner.running import ready
        from workshop.learner.watch import edits

        code = 1
        try:
            for _ in edits(self.place, self.screen.line):
                self.screen.console.clear()
                try:
                    self.screen.bar(Progress.of(self.place), self.steps)
                    code = self.check_once()
                except WorkshopError as error:
                    self.screen.line(str(error), "red")
                self.screen.line()
                self.screen.line("Watching: save a file to check again. Ctrl-C stops.", "dim")
                ready.processes()  # so that the next check needn't wait for imports
        except KeyboardInterrupt:
            self.screen.line()
        return code


def _print_hints(screen, place, need):
    from workshop.learner import folder as folders
    from workshop.learner import hints

    where, step = folders.shown(place), need.step
    given, was_last = hints.give(place, need, screen.folder)
    number, total = len(given), len(need.hints())
    hint = given[-1]
    if need.found and need.found.before_all:
        screen.line("Not yet: your project can be imported", "bold")
    else:
        screen.line(f"Not yet: {need.goal.says} (step {step.number})", "bold")
    screen.line()
    screen.line(f"Hint {number} of {total}: {hint.asks}", "bold yellow")
    screen.line(hint.says)
    if hint.code:
        screen.line()
        screen.code(hint.code)
    screen.line()
    _print_what_comes_after(screen, where, step, was_last)


def _print_what_comes_after(screen, where, step, was_last):
    if was_last:
        screen.line("That was the last hint. To compare your code with the solution:")
        screen.labelled("Yours", f"{PROGRAM} diff {where} {step.number}", "cyan", whole=True)
        screen.labelled("Take it", screen.command(f"catch-up {step.number}"), "cyan", whole=True)
    else:
        again = f"{screen.command('hint')}{screen.asked}"
        screen.labelled("Next hint", again, "cyan", whole=True)
    screen.labelled("Check", f"{screen.command('check')}{screen.asked}", "cyan", whole=True)


def _state(place, progress, steps, current, shown):
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
            for step in shown
        ],
        "unmet": progress.unmet or None,
    }
