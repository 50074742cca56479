"""A learner's screen: lines of at most 80 characters, readable without colour."""

import contextlib
import itertools
import os
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from channels_doctor import pitfalls
from channels_doctor.pointers import Pointers
from workshop.base.commands import DOCS, DOCTOR, PROGRAM
from workshop.course.catalog import Checkpoint, Station
from workshop.learner.check import MET, SKIPPED, UNKNOWN, UNMET, CheckResult, Judged
from workshop.learner.findings import Explanation
from workshop.learner.progress import Progress

WIDTH = 80
LABEL = 12
MOST_BROKEN = 4  # broken goals of earlier steps that are listed
NOT_WRITTEN = ("", "difference")  # what reading the code finds where a line is still missing
MOST_CHANGES = 3  # places that have changed since a goal was met
MOST_LINES = 2  # changed lines that are shown
STYLES = {MET: "green", UNMET: "bold red", UNKNOWN: "dim", SKIPPED: "yellow"}
MARKS = {MET: "✓", UNMET: "✗", UNKNOWN: "·", SKIPPED: "–"}


class Screen:
    """Prints messages about a learner's `folder`; `argument` is the name that they typed, or None.

    `step` is the number of the step that they typed, or None.
    """

    def __init__(self, argument: str | None, folder: str, step: str | None = None):
        self.argument = f" {_quoted(argument)}" if argument else ""
        self.asked = f" --step {step}" if step else ""
        self.folder = _quoted(folder)
        # Lines are wrapped here; nothing may break a command or a path.
        self.console = Console(highlight=False, width=10_000, emoji=False)

    def command(self, words: str) -> str:
        """Return the command line for `words`, including the learner's folder if they named it."""
        return f"{PROGRAM} {words}{self.argument}"

    def line(self, text: str = "", style: str = "") -> None:
        for line in textwrap.wrap(text, WIDTH, break_on_hyphens=False) or [""]:
            self.console.print(Text(line, style=style), soft_wrap=True)

    def labelled(self, label: str, text: str, style: str = "", whole: bool = False) -> None:
        """Print `text` with `label` before its first line. If it's `whole`, it isn't wrapped."""
        options = {"break_on_hyphens": False, "break_long_words": False}
        lines = [text] if whole else textwrap.wrap(text, WIDTH - LABEL, **options) or [""]
        for n, line in enumerate(lines):
            head = f"  {label if n == 0 else '':<{LABEL - 2}}"
            self.console.print(Text(head, style="bold") + Text(line, style=style), soft_wrap=True)

    def code(self, text: str) -> None:
        for line in text.splitlines():
            self.console.print(Text(f"    {line}".rstrip(), style="cyan"), soft_wrap=True)

    @contextlib.contextmanager
    def working(self, words: str) -> Iterator[None]:
        """Show on a terminal that work is in progress while the block runs."""
        console = Console(emoji=False)
        if not console.is_terminal:
            yield
            return
        with console.status(words):
            yield

    def project(self, place: Path) -> None:
        """Print the name of the folder, without wrapping it."""
        name = str(place) if self.folder == _quoted("this folder") else self.folder
        self.console.print(Text(f"Your project: {name}", style="bold"), soft_wrap=True)

    def verdict(
        self, verdict: CheckResult, steps: list[Checkpoint], is_exercise: bool = False
    ) -> None:
        """Print the status of the step's goals, and what the first unmet one needs."""
        step = verdict.step
        head = "Exercises of step" if is_exercise else "Step"
        self.line(f"{head} {step.number} of {steps[-1].number}: {step.title}", "bold")
        self.line()
        self.earlier_goals([goal for goal in verdict.judged if goal.step != step])
        self.own_goals([goal for goal in verdict.judged if goal.step == step], verdict)
        if verdict.skipped:
            self.line()
            self.line(_count(verdict), "bold yellow")
            for reason in dict.fromkeys(goal.reason for goal in verdict.skipped):
                self.labelled("Missing", reason)
        for unnoticed in verdict.unnoticed:
            self.line()
            self.line("No test has noticed this mistake:", "bold yellow")
            self.labelled("Why", unnoticed.why)
            self.place(unnoticed)
        if verdict.unmet:
            self.line()
            self.unmet(verdict, is_exercise)
        elif verdict.skipped:
            self.line(f"Step {step.number} isn't done until these are checked, too.")
            self.labelled("Check", f"{self.command('check')}{self.asked}", "cyan", whole=True)

    def earlier_goals(self, judged: list[Judged]) -> None:
        """Print the goals of the earlier steps: in one line, or those that are broken."""
        broken = [goal for goal in judged if goal.status != MET]
        if len({goal.status for goal in judged}) == 1 and judged[0].status in (MET, UNKNOWN):
            self.goal(judged[0].status, f"All {len(judged)} goals of the earlier steps")
            return
        shown = broken if len(broken) <= MOST_BROKEN else broken[: MOST_BROKEN - 1]
        for goal in shown:
            self.goal(goal.status, f"{goal.goal.says} (step {goal.step.number})")
        if more := len(broken) - len(shown):
            self.goal(broken[-1].status, f"{more} more goals of the earlier steps")

    def own_goals(self, judged: list[Judged], verdict: CheckResult) -> None:
        """Print the goals of the step: all of them, or those of the current station."""
        at = verdict.unmet.goal.station if verdict.unmet else ""
        groups = [
            list(group) for _, group in itertools.groupby(judged, lambda goal: _station(goal))
        ]
        place = next((n for n, group in enumerate(groups) if at and _station(group[0]) == at), None)
        if place is None:
            self.each(judged)
            return
        if before := [_station(group[0]) for group in groups[:place]]:
            self.goal(MET, ", ".join(before))
        self.each(groups[place])
        if after := [_station(group[0]) for group in groups[place + 1 :]]:
            self.goal(groups[place + 1][0].status, f"Later: {', '.join(after)}")

    def each(self, judged: list[Judged]) -> None:
        for goal in judged:
            self.goal(goal.status, goal.goal.says)

    def station_to_see(self, verdict: CheckResult) -> None:
        """Print what to watch before the next goal, if a station describes it."""
        at, finding = verdict.unmet.goal.station, verdict.finding
        to_see = _seen_before(verdict.step.stations, at) if at else []
        pitfalls_seen = {"", *(station.pitfall for station in to_see)}
        if finding.rule not in NOT_WRITTEN or finding.pitfall not in pitfalls_seen:
            return  # there's already some code, and it's wrong
        if verdict.unmet == next(goal for goal in verdict.judged if goal.goal.station == at):
            for label, station in zip(("See first", "Then"), to_see, strict=False):
                self.labelled(label, station.see)

    def goal(self, status: str, says: str) -> None:
        mark = MARKS[status] if _can_print(MARKS[status]) else "*"
        head = Text(f"  {mark} {status:<12}", style=STYLES[status])
        wrapped = textwrap.wrap(says, WIDTH - 16)
        self.console.print(head + Text(wrapped[0]), soft_wrap=True)
        for more in wrapped[1:]:
            self.console.print(Text(" " * 16 + more), soft_wrap=True)

    def unmet(self, verdict: CheckResult, is_exercise: bool = False) -> None:
        finding, unmet = verdict.finding, verdict.unmet
        if finding.before_all:
            self.line("Nothing could be checked", "bold")
            self.labelled("Expected", "Your project can be imported by a server.")
        else:
            self.line(unmet.goal.says, "bold")
            if not finding.rule:
                self.labelled("Expected", unmet.goal.expects)
            self.station_to_see(verdict)
        self.labelled("Happened", finding.happened, "red")
        if finding.why:
            self.labelled("Why", finding.why)
        self.place(finding)
        if finding.changes is not None:
            self.changes(finding)
        if finding.pitfall:
            page = Pointers(DOCTOR, DOCS).page(pitfalls.find(finding.pitfall))
            self.labelled("Pitfall", page, "cyan", whole=True)
        if is_exercise:
            self.labelled("Solution", f"{PROGRAM} docs {verdict.step.number}", "cyan", whole=True)
            return
        words = f"{self.command('hint')}{self.asked}"
        self.labelled("Hint", words, "cyan", whole=True)

    def place(self, finding: Explanation) -> None:
        """Print the file, the line and the code of a finding, if it has a place."""
        if finding.place:
            self.labelled("Line", f"{finding.place.path}, line {finding.place.line}")
            if finding.code:
                self.labelled("", finding.code[: WIDTH - LABEL], "cyan", whole=True)

    def changes(self, finding: Explanation) -> None:
        """Print what has changed since the goal was last met: the lines, or only where they are."""
        changes = finding.changes
        since = "since your project could be checked"
        if not finding.before_all:
            since = "since this goal was last met"
        if not changes:
            self.labelled("Changed", f"Nothing in your files has changed {since}.")
            return
        places = [f"{change.path}, {change.lines}" for change in changes[:MOST_CHANGES]]
        if more := len(changes) - len(places):
            places.append(f"and {more} more {'places' if more > 1 else 'place'}")
        self.labelled("Changed", f"This has changed {since}: {'; '.join(places)}")
        old = [f"- {line.strip()}" for change in changes for line in change.old]
        new = [f"+ {line.strip()}" for change in changes for line in change.new]
        if len(changes) == 1 and max(len(old), len(new)) <= MOST_LINES:
            for line in [*old, *new]:
                self.labelled("", line[: WIDTH - LABEL], "cyan", whole=True)

    def done(
        self,
        verdict: CheckResult,
        progress: Progress,
        steps: list[Checkpoint],
        is_exercise: bool = False,
    ) -> None:
        """Print that the step is done, and what comes next."""
        step = verdict.step
        self.line()
        if is_exercise:
            self.line(f"The exercises of step {step.number} are solved.", "bold green")
            return
        self.line(f"Step {step.number} is done: all its goals are met.", "bold green")
        self.bar(progress, steps)
        self.next(progress, steps)

    def next(self, progress: Progress, steps: list[Checkpoint]) -> None:
        """Print what the learner should read and do next."""
        self.line()
        step = progress.current(steps)
        if step is None:
            self.line("You've built everything! The last chapter shows what the finished app adds:")
            self.labelled("Read", f"{PROGRAM} docs final", "cyan", whole=True)
            self.labelled("Run", f"{PROGRAM} run", "cyan", whole=True)
            return
        before = steps[steps.index(step) - 1].number if step != steps[0] else ""
        self.line(f"Next: step {step.number}, {step.title} ({step.minutes} minutes).")
        self.labelled("Read", f"{PROGRAM} docs {step.number}", "cyan", whole=True)
        if before:
            self.labelled("Changes", f"{PROGRAM} diff {before} {step.number}", "cyan", whole=True)
        self.labelled("Check", self.command("check"), "cyan", whole=True)
        where = "." if self.folder == _quoted("this folder") else self.folder
        self.labelled("Serve", f"{PROGRAM} run {where}", "cyan", whole=True)

    def bar(self, progress: Progress, steps: list[Checkpoint]) -> None:
        """Print how much of the course is done."""
        done = [step for step in steps if step.slug in progress.done]
        left = sum(step.minutes for step in steps if step not in done)
        size = 20
        full = size * len(done) // len(steps)
        words = f"{len(done)} of {len(steps)} steps done"
        words += f", about {_duration(left)} left" if left else ", nothing left"
        self.console.print(Text(f"[{'#' * full}{'-' * (size - full)}] {words}"), soft_wrap=True)


def _duration(minutes: int) -> str:
    return f"{round(minutes / 60)} hours" if minutes >= 120 else f"{minutes} minutes"


def _seen_before(stations: tuple[Station, ...], title: str) -> list[Station]:
    """Return what to watch between the station `title` and the previous one with goals."""
    earlier = list(itertools.takewhile(lambda station: station.title != title, stations))
    return list(itertools.takewhile(lambda station: station.see, reversed(earlier)))[::-1]


def _station(judged: Judged) -> str:
    return judged.goal.station


def _count(verdict: CheckResult) -> str:
    """Return how many of this step's goals, or of all steps' goals, are met."""
    judged = [goal for goal in verdict.judged if goal.step == verdict.step]
    if any(goal.step != verdict.step for goal in verdict.skipped):
        judged = verdict.judged
    met = sum(goal.status == MET for goal in judged)
    skipped = sum(goal.status == SKIPPED for goal in judged)
    return f"{met} of {len(judged)} met, {skipped} not checked"


def _quoted(word: str) -> str:
    return subprocess.list2cmdline([word]) if os.name == "nt" else shlex.quote(word)


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
