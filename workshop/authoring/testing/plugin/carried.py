"""A pytest plugin: skip the browser tests that the previous step has already run.

A step keeps the tests of the previous step unchanged. Those that open a browser take most of its
time, so a quick run leaves them out. PREVIOUS_TESTS is the folder with the previous step's tests.
"""

import inspect
import os
from pathlib import Path


def pytest_collection_modifyitems(config, items):
    """Deselect the browser tests that are unchanged since the previous step."""
    previous = Path(os.environ["PREVIOUS_TESTS"])
    left_out = {item for item in items if uses_browser(item) and is_carried(item, previous)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def uses_browser(item):
    return "browser" in item.fixturenames


def is_carried(item, previous):
    """Return whether the file of the same name in `previous` contains the test's source code."""
    file = previous / item.path.name
    return file.is_file() and inspect.getsource(item.function) in file.read_text("utf-8")
