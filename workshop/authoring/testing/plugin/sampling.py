"""A pytest plugin: run only a sample of the slow tests.

A full run takes long because of a few files that try hundreds of wrong solutions, commands or
broken projects, and a few functions that repeat a whole step's tests for each step. SAMPLE=16 runs
every 16th of these, and every eighth of all other slow tests. SAMPLE_FROM can be any text and
decides which one comes first: the same text always gives the same sample.
"""

import os
import zlib
from collections import defaultdict

MANY_IN_FILE = 13  # slow tests
MANY_IN_FUNCTION = 5  # slow cases, in a file that isn't sampled as a whole
OTHERS = 8  # every eighth test that isn't in a long list


def pytest_collection_modifyitems(config, items):
    """Deselect the slow tests that are not in the sample."""
    nth = int(os.environ.get("SAMPLE", "1"))
    if nth == 1:
        return
    first = zlib.crc32(os.environ.get("SAMPLE_FROM", "").encode())
    slow = [item for item in items if item.get_closest_marker("slow")]
    many, others = split(slow)
    left_out = {test for tests in many for test in all_but_each(nth, first, tests)}
    left_out |= set(all_but_each(OTHERS, first, others))
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def split(tests):
    """Return the long lists (a file, or a function with many cases), and all other tests."""
    files = grouped(tests, lambda test: test.path)
    long_files = [each for each in files if len(each) >= MANY_IN_FILE]
    rest = [test for each in files if len(each) < MANY_IN_FILE for test in each]
    functions = grouped(rest, lambda test: (test.path, test.originalname))
    long_functions = [each for each in functions if len(each) >= MANY_IN_FUNCTION]
    others = [test for each in functions if len(each) < MANY_IN_FUNCTION for test in each]
    return long_files + long_functions, others


def all_but_each(nth, first, tests):
    """Return `tests` without every nth one, counting from the index `first`."""
    return [test for place, test in enumerate(tests) if (place - first) % nth]


def grouped(tests, key):
    """Return `tests` in groups that have the same key."""
    groups = defaultdict(list)
    for test in tests:
        groups[key(test)].append(test)
    return list(groups.values())
