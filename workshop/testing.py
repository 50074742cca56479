"""Run the tests: of everything, or of the named checkpoints."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workshop import course, redis_server
from workshop.environment import child_environment, is_ci
from workshop.errors import UsageError, WorkshopError
from workshop.processes import ended_by_signals, stop, undisturbed
from workshop.redis_binary import find_server

# pytest's options that take the next word: it must not be taken for a checkpoint
WITH_VALUE = set("-k -m -n -p -o -c -r -W".split()) | set(
    "--maxfail --tb --durations --durations-min --junitxml --junit-xml --junit-prefix --ignore "
    "--ignore-glob --deselect --rootdir --basetemp --confcutdir --color --code-highlight "
    "--capture --show-capture --verbosity --override-ini --config-file --import-mode --log-level "
    "--log-file --log-cli-level --log-file-level --last-failed-no-failures --lfnf --report-log "
    "--numprocesses --dist --ds --dc --asyncio-mode --pythonwarnings --pdbcls --pastebin".split()
)


def run(arguments: Sequence[str], root: Path = course.ROOT) -> int:
    """Run pytest with checkpoint names and pytest's own options; return its exit code.

    Raises UsageError for an unknown checkpoint, WorkshopError where CI has no Redis.
    """
    words = pytest_words(arguments, root)
    with ended_by_signals(), contextlib.ExitStack() as stack:
        environment = child_environment(**_redis(stack))
        tests = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-c", "pytest.ini", *words], cwd=root, env=environment
        )
        stack.callback(_stop, tests)
        try:
            return tests.wait()
        except KeyboardInterrupt:  # pytest got it too, and says how far it came
            with undisturbed(), contextlib.suppress(subprocess.TimeoutExpired):
                tests.wait(timeout=5)
            raise


def pytest_words(arguments: Sequence[str], root: Path = course.ROOT) -> list[str]:
    """Return `arguments` with the options that the top conftest.py takes in place of checkpoints.

    Raises UsageError for a word that is no option, no checkpoint and no path in tests/.
    """
    words = []
    is_value = False
    for argument in arguments:
        if is_value or argument.startswith("-"):
            words.append(argument)
        else:
            words.append(_chosen(argument, root))
        is_value = not is_value and argument in WITH_VALUE
    return words


def _chosen(word: str, root: Path) -> str:
    """Return what chooses the checkpoint, or the file or test (with ::), that `word` means."""
    file, separator, test = word.partition("::")
    there = next((path for path in (Path.cwd() / file, root / file) if path.exists()), None)
    if there and there.resolve().is_relative_to(root / "tests"):
        return str(there) + separator + test
    try:
        return f"--checkpoint={course.find(word, root).slug}"
    except UsageError:
        if there:
            raise UsageError(
                f"{word} is inside a checkpoint, whose tests run in a process of its own: name the "
                "checkpoint and choose with -k, for example `test 03 -k hear`."
            ) from None
        raise


def _redis(stack: contextlib.ExitStack) -> dict[str, str]:
    """Return the variables that tell the tests of one Redis for the whole run, if there is one."""
    program = find_server()
    found = {"REDIS_SERVER": program} if program else {}
    if program or os.environ.get("REDIS_URL"):
        found["REDIS_URL"] = stack.enter_context(redis_server.running()).url
    elif is_ci():
        raise WorkshopError(redis_server.NONE_FOUND)
    return found


def _stop(tests: subprocess.Popen) -> None:
    with undisturbed():
        stop(tests)
