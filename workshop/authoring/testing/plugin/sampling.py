"""A pytest plugin: of a file with many slow tests, run only a sample.

A run of everything takes long because of a few files that try hundreds of wrong solutions, commands
or broken projects. SAMPLE=4 runs every fourth of their slow tests. SAMPLE_FROM, any text, decides
with which one it begins: the same text always gives the same sample.
"""

import os
import zlib
from collections import defaultdict

MANY = 13  # a file with fewer slow tests runs them all


def pytest_collection_modifyitems(config, items):
    """Deselect the slow tests that are not in the sample."""
    nth = int(os.environ.get("SAMPLE", "1"))
    first = zlib.crc32(os.environ.get("SAMPLE_FROM", "").encode())
    tests = defaultdict(list)
    for item in items:
        if item.get_closest_marker("slow"):
            tests[item.path].append(item)
    left_out = set()
    for found in tests.values():
        if len(found) >= MANY:
            left_out |= {item for place, item in enumerate(found) if (place - first) % nth}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
