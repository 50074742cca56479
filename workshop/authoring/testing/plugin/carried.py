"""A pytest plugin: skip the expensive tests that the previous step has already run.

A step keeps the tests of the previous step unchanged. A few of them take most of its time, so a
quick run leaves those out. PREVIOUS_TESTS is the folder with the previous step's tests. COSTLY
lists what makes a test expensive: fixtures or global names that it uses, such as "browser
IDLE_SECONDS". ONE_OF names a fixture: of the remaining tests that use it, only the first one runs.
"""

import inspect
import os
from pathlib import Path


def pytest_collection_modifyitems(config, items):
    """Deselect the expensive tests that are unchanged since the previous step."""
    previous = Path(os.environ["PREVIOUS_TESTS"])
    costly = set(os.environ["COSTLY"].split())
    left_out = {item for item in items if costly & used(item) and is_carried(item, previous)}
    alike = [item for item in items if os.environ.get("ONE_OF") in item.fixturenames]
    left_out |= set([item for item in alike if item not in left_out][1:])
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def used(item):
    """Return the names of the fixtures and globals that a test uses."""
    return {*item.fixturenames, *item.function.__code__.co_names}


def is_carried(item, previous):
    """Return whether the file of the same name in `previous` contains the test's source code."""
    file = previous / item.path.name
    return file.is_file() and inspect.getsource(item.function) in file.read_text("utf-8")
