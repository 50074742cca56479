"""requirements/*.txt pin what pyproject.toml declares, and record no address."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from workshop import course, pins

PROJECT = tomllib.loads((course.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = {"run": PROJECT["project"]["dependencies"], **PROJECT["dependency-groups"]}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def declared(group):
    """Return what a group declares, with what the groups that it includes declare."""
    for one in DECLARED[group]:
        yield from declared(one["include-group"]) if isinstance(one, dict) else [one]


def pinned(group):
    """Return the pins of a group: (name, version) pairs; a name may stand there more than once."""
    text = (course.ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    return [
        (name.lower().replace("_", "-"), Version(version)) for name, version in PIN.findall(text)
    ]


def test_every_group_has_its_pins():
    assert set(pins.GROUPS) == set(DECLARED)
    assert {path.stem for path in (course.ROOT / "requirements").iterdir()} == set(pins.GROUPS)


@pytest.mark.parametrize("group", pins.GROUPS)
def test_what_is_declared_is_pinned_to_a_version_that_is_allowed(group):
    for requirement in map(Requirement, declared(group)):
        versions = [version for name, version in pinned(group) if name == requirement.name]
        assert any(version in requirement.specifier for version in versions), requirement


def test_no_two_groups_pin_different_versions():
    run = dict(pinned("run"))
    for group in ("test", "dev"):
        for name, version in pinned(group):
            if name in run and name != "django":
                assert version == run[name], f"{name} in {group}"


@pytest.mark.parametrize("group", pins.GROUPS)
def test_pins_have_hashes_and_no_address(group):
    text = (course.ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") >= len(pinned(group)) > 0
    assert "://" not in text
