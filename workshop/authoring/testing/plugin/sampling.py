"""A pytest plugin: of a file or function with many slow tests, run only a sample.

A run of everything takes long because of a few files that try hundreds of wrong solutions, commands
or broken projects, and of a few functions that repeat a whole step's tests for each step. SAMPLE=4
runs every fourth of these. SAMPLE_FROM, any text, decides with which one it begins: the same text
always gives the same sample.
"""

import os
import zlib
from collections import defaultdict

MANY_IN_FILE = 13  # slow tests
MANY_IN_FUNCTION = 5  # slow cases, in a file that isn't sampled as a whole


def pytest_collection_modifyitems(config, items):
    """Deselect the slow tests that are not in the sample."""
    nth = int(os.environ.get("SAMPLE", "1"))
    first = zlib.crc32(os.environ.get("SAMPLE_FROM", "").encode())
    left_out = set()
    for tests in long_lists([item for item in items if item.get_closest_marker("slow")]):
        left_out |= {test for place, test in enumerate(tests) if (place - first) % nth}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def long_lists(tests):
    """Return the lists to sample: the tests of a long file, or of a function with many cases."""
    of_files = grouped(tests, lambda test: test.path)
    long_files = [each for each in of_files if len(each) >= MANY_IN_FILE]
    rest = [test for each in of_files if len(each) < MANY_IN_FILE for test in each]
    of_functions = grouped(rest, lambda test: (test.path, test.originalname))
    return long_files + [each for each in of_functions if len(each) >= MANY_IN_FUNCTION]


def grouped(tests, key):
    """Return `tests` in groups that have the same key."""
    groups = defaultdict(list)
    for test in tests:
        groups[key(test)].append(test)
    return list(groups.values())
