"""What a learner sees: lines of at most 80 characters, readable without colour."""

import contextlib
import os
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from workshop import pitfalls
from workshop.course import Checkpoint
from workshop.errors import UsageError
from workshop.learner.check import MET, SKIPPED, UNKNOWN, UNMET, Verdict
from workshop.learner.progress import Progress

WIDTH = 80
LABEL = 12
STYLES = {MET: "green", UNMET: "bold red", UNKNOWN: "dim", SKIPPED: "yellow"}
MARKS = {MET: "✓", UNMET: "✗", UNKNOWN: "·", SKIPPED: "–"}
COMMAND = "python3 -m workshop" if os.name != "nt" else "python -m workshop"


class Screen:
    """Prints for a learner's `folder`; `argument` is how they named it, to be repeated, or None."""

    def __init__(self, argument: str | None, folder: str):
        self.argument = f" {_quoted(argument)}" if argument else ""
        self.folder = _quoted(folder)
        # Lines are wrapped here; nothing may break a command or a path.
        self.console = Console(highlight=False, width=10_000, emoji=False)

    def command(self, words: str) -> str:
        """Return the command line for `words`, with the learner's folder where it was named."""
        return f"{COMMAND} {words}{self.argument}"

    def line(self, text: str = "", style: str = "") -> None:
        for one in textwrap.wrap(text, WIDTH, break_on_hyphens=False) or [""]:
            self.console.print(Text(one, style=style), soft_wrap=True)

    def labelled(self, label: str, text: str, style: str = "", whole: bool = False) -> None:
        """Print `text` with `label` in front of its first line; `whole` text is not wrapped."""
        options = {"break_on_hyphens": False, "break_long_words": False}
        lines = [text] if whole else textwrap.wrap(text, WIDTH - LABEL, **options) or [""]
        for n, one in enumerate(lines):
            head = f"  {label if n == 0 else '':<{LABEL - 2}}"
            self.console.print(Text(head, style="bold") + Text(one, style=style), soft_wrap=True)

    def code(self, text: str) -> None:
        for one in text.splitlines():
            self.console.print(Text(f"    {one}".rstrip(), style="cyan"), soft_wrap=True)

    @contextlib.contextmanager
    def working(self, words: str) -> Iterator[None]:
        """Show, on a terminal, that work goes on while the block runs."""
        console = Console(emoji=False)
        if not console.is_terminal:
            yield
            return
        with console.status(words):
            yield

    def verdict(self, verdict: Verdict, steps: list[Checkpoint]) -> None:
        """Print the promises of the step, each met or not yet, and what the first unmet needs."""
        step = verdict.step
        self.line(f"Step {step.number} of {steps[-1].number}: {step.title}", "bold")
        self.line()
        earlier = [one for one in verdict.judged if one.step != step]
        broken = [one for one in earlier if one.status != MET]
        if len({one.status for one in earlier}) == 1 and earlier[0].status in (MET, UNKNOWN):
            words = f"All {len(earlier)} promises of the steps before"
            self.promise(earlier[0].status, words)
            broken = []
        for one in broken:
            self.promise(one.status, f"{one.promise.says} (step {one.step.number})", one.reason)
        for one in verdict.judged:
            if one.step == step:
                self.promise(one.status, one.promise.says, one.reason)
        if verdict.unmet:
            self.line()
            self.unmet(verdict)

    def promise(self, status: str, says: str, reason: str = "") -> None:
        mark = MARKS[status] if _can_print(MARKS[status]) else "*"
        head = Text(f"  {mark} {status:<12}", style=STYLES[status])
        wrapped = textwrap.wrap(says, WIDTH - 16)
        self.console.print(head + Text(wrapped[0]), soft_wrap=True)
        for more in [*wrapped[1:], *textwrap.wrap(reason, WIDTH - 16)]:
            self.console.print(Text(" " * 16 + more), soft_wrap=True)

    def unmet(self, verdict: Verdict) -> None:
        finding, unmet = verdict.finding, verdict.unmet
        if finding.before_all:
            self.line("Nothing could be checked", "bold")
            self.labelled("Expected", "Your project can be imported, as a server does it.")
        else:
            self.line(unmet.promise.says, "bold")
            self.labelled("Expected", unmet.promise.expects)
        self.labelled("Happened", finding.happened, "red")
        if finding.why:
            self.labelled("Why", finding.why)
        if finding.place:
            self.labelled("Line", f"{finding.place.path}, line {finding.place.line}")
            if finding.code:
                self.labelled("", finding.code[: WIDTH - LABEL], "cyan", whole=True)
        if finding.pitfall:
            pitfall = _pitfall(finding.pitfall)
            self.labelled("Pitfall", f"{finding.pitfall}: {pitfall.title}")
            self.labelled("", pitfalls.pointer(pitfall), "cyan", whole=True)
        if not finding.before_all:
            self.labelled("Hint", self.command("hint"), "cyan", whole=True)

    def done(self, verdict: Verdict, progress: Progress, steps: list[Checkpoint]) -> None:
        """Print that the step is done, and what comes next."""
        step = verdict.step
        self.line()
        self.line(f"Step {step.number} is done: all its promises are met.", "bold green")
        self.bar(progress, steps)
        self.next(progress, steps)

    def next(self, progress: Progress, steps: list[Checkpoint]) -> None:
        """Print what the learner reads and does next."""
        self.line()
        step = progress.current(steps)
        if step is None:
            self.line("You have built it all. What a complete chat app does beyond that is in")
            self.line("the finished app; run it, and read its README.md in final/:")
            self.labelled("Run", f"{COMMAND} run", "cyan", whole=True)
            return
        before = steps[steps.index(step) - 1].number if step != steps[0] else ""
        self.line(f"Next: step {step.number}, {step.title} ({step.minutes} minutes).")
        self.labelled("Read", f"{COMMAND} docs {step.number}", "cyan", whole=True)
        if before:
            self.labelled("Changes", f"{COMMAND} diff {before} {step.number}", "cyan", whole=True)
        self.labelled("Check", self.command("check"), "cyan", whole=True)
        self.labelled("Serve", f"{COMMAND} run {self.folder}", "cyan", whole=True)

    def bar(self, progress: Progress, steps: list[Checkpoint]) -> None:
        """Print how much of the course is done."""
        done = [step for step in steps if step.slug in progress.done]
        left = sum(step.minutes for step in steps if step not in done)
        size = 20
        full = size * len(done) // len(steps)
        words = f"{len(done)} of {len(steps)} steps done"
        words += f", about {left} minutes left" if left else ", nothing left"
        self.console.print(Text(f"[{'#' * full}{'-' * (size - full)}] {words}"), soft_wrap=True)


def _quoted(word: str) -> str:
    return subprocess.list2cmdline([word]) if os.name == "nt" else shlex.quote(word)


def _pitfall(name: str) -> pitfalls.Pitfall:
    try:
        return pitfalls.find(name)
    except UsageError as error:  # pragma: no cover - a test holds every id to the registry
        raise AssertionError(name) from error


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
