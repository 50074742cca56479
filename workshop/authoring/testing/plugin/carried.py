"""A pytest plugin: a quick run repeats no browser test that the step before has run.

A step keeps the tests of the step before, in the same words. Those that open a browser take most of
a step's time. BEFORE is the folder with the tests of the step before.
"""

import inspect
import os
from pathlib import Path


def pytest_collection_modifyitems(config, items):
    """Deselect the browser tests that stand unchanged in the step before."""
    before = Path(os.environ["BEFORE"])
    left_out = {item for item in items if uses_browser(item) and is_carried(item, before)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def uses_browser(item):
    return "browser" in item.fixturenames


def is_carried(item, before):
    """Tell whether a file of the same name in the folder `before` holds the test's source."""
    file = before / item.path.name
    return file.is_file() and inspect.getsource(item.function) in file.read_text("utf-8")
