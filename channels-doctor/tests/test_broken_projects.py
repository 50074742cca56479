"""The doctor finds each pitfall in a project that has only that one, and its fix works."""

import pytest
from base_project import backward, forward
from cases import CASES, broken, fixed

from channels_doctor import pitfalls

pytestmark = pytest.mark.slow
MUST_FIND = (
    "P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P15 P16 P17 P18 P19 P20 P21 P22 P23 P24 P25 P28"
    " P32 P35 P37 P42 P47 P49 P52"
).split()


def told(found):
    return found.troubles, [(one.id, one.severity, one.what) for one in found.findings]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_what_is_broken_is_found_alone_and_its_fix_leaves_nothing(case, examined, redis_port):
    files, healthy = broken(case), fixed(case)
    found = examined(files)
    assert found.troubles == []
    assert [(one.id, one.severity) for one in found.findings] == [(case.id, case.severity)], told(
        found
    )
    (one,) = found.findings
    assert bool(one.condition) == (one.severity != "error"), "a condition, where it is no error"
    line = files[one.place.file].splitlines()[max(one.place.line, 1) - 1]
    assert case.at in line

    if case.broken is None:
        diff = pitfalls.find(case.id).fix.diff
        assert files == backward(healthy, diff)
        assert forward(files, diff) == healthy
    assert told(examined(healthy)) == ([], [])

    if (
        one.change
        and (one.change.old or one.change.new)
        and case.name not in ("P37 none", "P37 token")
    ):
        port = str(redis_port)
        text = changed(files[one.place.file].replace("6379", port), one)
        assert told(examined({**files, one.place.file: text.replace(port, "6379")})) == ([], [])


def changed(text, finding):
    """Return `text` after a person has done what the finding shows."""
    change = finding.change
    if change.below:
        assert f"{change.below}\n" in text
        for line in change.old:
            text = text.replace(f"{line}\n", "", 1)
        return text.replace(change.below, "\n".join((change.below, *change.new)), 1)
    if not change.old:
        return text + "\n".join(change.new) + "\n"
    old = "\n".join(change.old)
    assert old in text
    return text.replace(old, "\n".join(change.new), 1)


def test_every_pitfall_that_must_be_found_is_in_a_table():
    assert set(MUST_FIND) <= {case.id for case in CASES} | {"P52"}


def test_the_registry_says_truly_what_the_doctor_finds():
    elsewhere = {"P13", "P43", "P44", "P45", "P46", "P52", "P69", "P93"}
    found = {case.id for case in CASES} | elsewhere
    assert {one.id for one in pitfalls.load() if one.found_by} == found
