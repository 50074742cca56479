"""Sort the arguments of `test` into suites, paths inside a suite, and pytest's own options."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workshop.authoring.testing.suites import OTHERS, Suite, of_steps
from workshop.base.commands import PROGRAM
from workshop.base.errors import UsageError
from workshop.base.paths import ROOT
from workshop.course import catalog

# pytest options with a separate value, which must not be mistaken for a step
WITH_VALUE = set("-k -m -n -p -o -c -r -W".split()) | set(
    "--maxfail --tb --durations --durations-min --junitxml --junit-xml --junit-prefix --ignore "
    "--ignore-glob --deselect --rootdir --basetemp --confcutdir --color --code-highlight "
    "--capture --show-capture --verbosity --override-ini --config-file --import-mode --log-level "
    "--log-file --log-cli-level --log-file-level --last-failed-no-failures --lfnf --report-log "
    "--numprocesses --dist --ds --dc --asyncio-mode --pythonwarnings --pdbcls --pastebin".split()
)


@dataclass
class Request:
    """The requested suites (all, if none is named) and pytest options.

    `paths` are the files and tests named inside a suite, by the suite's name. If it `is_quick`,
    slow tests are skipped, and so are browser tests that a step shares with the previous one.
    """

    suites: list[Suite] = field(default_factory=list)
    paths: dict[str, list[str]] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    is_quick: bool = False

    @property
    def is_everything(self) -> bool:
        return not self.suites

    def add(self, suite: Suite, path: str = "") -> None:
        if suite not in self.suites:
            self.suites.append(suite)
        if path:
            self.paths.setdefault(suite.name, []).append(path)


def parse(words: Sequence[str], root: Path = ROOT) -> Request:
    """Parse `words` into a Request.

    Raises UsageError for a word that is neither an option nor a step nor a path in a suite.
    """
    request = Request()
    is_value = False
    for word in words:
        if is_value or word.startswith("-"):
            request.options.append(word)
        else:
            _add(request, word, root)
        is_value = not is_value and word in WITH_VALUE
    return request


def _add(request: Request, word: str, root: Path) -> None:
    """Add the suite, file or test (with ::) that `word` names."""
    file, separator, test = word.partition("::")
    candidates = (Path.cwd() / file, root / file)
    found = [path.resolve() for path in candidates if path.exists()]
    for suite in OTHERS:
        folder = (root / suite.folder / suite.tests).resolve()
        if word == suite.name or folder in found:
            return request.add(suite)
        for path in found:
            if path.is_relative_to(folder):
                return request.add(suite, str(path) + separator + test)
    try:
        slug = catalog.find(word, root).slug
    except UsageError:
        if any((path / "manage.py").is_file() for path in found):
            raise UsageError(
                f"{word} is a project of yours: `{PROGRAM} check {word}` tests it."
            ) from None
        if found:
            raise UsageError(
                f"{word} is inside a step, whose tests run in a separate process: name the "
                "step and choose with -k, for example `test 03 -k hear`."
            ) from None
        raise
    return request.add(next(suite for suite in of_steps(root) if suite.name == slug))
