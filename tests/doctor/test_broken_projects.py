"""Each pitfall is found in a project that has it, alone; its mend leaves nothing to find."""

import pytest
from base_project import FILES, backward, edited, forward
from cases import CASES

from workshop import pitfalls

MUST_FIND = (
    "P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P15 P16 P17 P18 P19 P20 P21 P22 P23 P24 P25 P28"
    " P32 P35 P37 P42 P47 P49"
).split()
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))


def mended(case):
    return edited(FILES, case.start)


def broken(case):
    if case.broken is None:
        return backward(mended(case), pitfalls.find(case.id).mend.diff)
    return edited(mended(case), case.broken)


def told(found):
    return [(one.id, one.severity, one.what) for one in found.findings]


@each
def test_exactly_what_is_broken_is_found(case, examined):
    found = examined(broken(case))
    assert found.troubles == []
    assert [(one.id, one.severity) for one in found.findings] == [(case.id, case.severity)], told(
        found
    )
    (one,) = found.findings
    assert bool(one.condition) == (one.severity != "error"), "a condition, where it is no error"
    assert one.place.file in broken(case)
    line = broken(case)[one.place.file].splitlines()[max(one.place.line, 1) - 1]
    assert case.at in line


@each
def test_what_is_mended_is_found_no_more(case, examined):
    files = mended(case)
    if case.broken is None:
        assert forward(broken(case), pitfalls.find(case.id).mend.diff) == files
    found = examined(files)
    assert (found.troubles, told(found)) == ([], [])


@each
def test_the_change_that_is_proposed_mends_it(case, examined, redis_port):
    files = broken(case)
    (one,) = examined(files).findings
    change = one.change
    if not change or not (change.old or change.new) or case.name == "P37 none":
        pytest.skip("the finding says it in words, or by the registry's example")
    text = files[one.place.file].replace("6379", str(redis_port))
    if change.old:
        assert change.old[0] in text.splitlines()
        text = text.replace("\n".join(change.old), "\n".join(change.new), 1)
    if change.below:
        assert change.below in text.splitlines()
        text = text.replace(change.below, "\n".join((change.below, *change.new)), 1)
    elif not change.old:
        text += "\n".join(change.new) + "\n"
    if case.id == "P03":
        text = files[one.place.file].replace("6379", str(redis_port))
        text = text.replace(change.old[0] + "\n", "", 1)
        text = text.replace(change.below, "\n".join((change.below, *change.new)), 1)
    found = examined({**files, one.place.file: text})
    assert (found.troubles, told(found)) == ([], [])


def test_every_pitfall_that_must_be_found_is_in_the_table():
    assert set(MUST_FIND) <= {case.id for case in CASES}


def test_the_registry_says_truly_what_the_doctor_finds():
    live = {"P12", "P13", "P43", "P44", "P45"}
    elsewhere = {"P52"}
    found = {case.id for case in CASES} | elsewhere | live - {"P12"}
    assert {one.id for one in pitfalls.load() if one.found_by} == found
