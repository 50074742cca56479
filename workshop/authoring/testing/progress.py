"""Shows which suites are running, how far along they are, and their results."""

from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workshop.authoring.testing.outcome import Outcome
from workshop.authoring.testing.suites import Suite

MILESTONES = 10  # lines about a long suite where the output isn't a terminal
LONG = 50  # tests


class Display:
    """Shows progress in a `with` block: bars on a terminal, occasional lines elsewhere."""

    def __init__(self, console: Console, suites: list[Suite]):
        self.console = console
        self.total = len(suites)
        self.finished = 0
        self.tasks = {}
        self.said = Counter()
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self):
        self.bars.start()
        return self

    def __exit__(self, *error):
        self.bars.stop()

    def start(self, suite: Suite) -> None:
        self.tasks[suite.name] = self.bars.add_task(suite.name, total=None)
        if not self.console.is_terminal:
            self._say(f"{suite.name}: started")

    def count(self, suite: Suite, done: int, total: int) -> None:
        self.bars.update(self.tasks[suite.name], completed=done, total=total)
        reached = done * MILESTONES // total
        if not self.console.is_terminal and total >= LONG and reached > self.said[suite.name]:
            self.said[suite.name] = reached
            self._say(f"{suite.name}: {done} of {total} tests")

    def end(self, outcome: Outcome) -> None:
        self.finished += 1
        name = outcome.suite.name
        self.bars.remove_task(self.tasks[name])
        counts = counted(outcome.counts, outcome.failed)
        seconds = sum(outcome.seconds.values())
        self._say(f"[{self.finished} of {self.total}] {name}: {counts} ({seconds:.0f} s of tests)")

    def _say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def counted(counts: Counter, failed: int) -> str:
    """Return "24 passed, 1 failed, 2 skipped", leaving out zeros except for "passed"."""
    words = [f"{counts['passed']:,} passed"]
    words += [f"{failed:,} failed"] if failed else []
    words += [f"{counts['skipped']:,} skipped"] if counts["skipped"] else []
    return ", ".join(words)
