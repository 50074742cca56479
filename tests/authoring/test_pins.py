"""requirements/*.txt pin what pyproject.toml declares, and contain no URLs."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from workshop.authoring import pins
from workshop.base.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = {"run": PROJECT["project"]["dependencies"], **PROJECT["dependency-groups"]}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def declared(group):
    """Return what a group and the groups it includes declare."""
    for one in DECLARED[group]:
        yield from declared(one["include-group"]) if isinstance(one, dict) else [one]


def pinned(group):
    """Return a group's pins as (name, version) pairs. A name may appear more than once."""
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    return [
        (name.lower().replace("_", "-"), Version(version)) for name, version in PIN.findall(text)
    ]


def test_every_group_has_its_pins():
    assert set(pins.GROUPS) == set(DECLARED)
    assert {path.stem for path in (ROOT / "requirements").iterdir()} == set(pins.GROUPS)


@pytest.mark.parametrize("group", pins.GROUPS)
def test_declared_packages_are_pinned_within_their_bounds(group):
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
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") >= len(pinned(group)) > 0
    assert "://" not in text


def test_the_image_of_the_app_installs_the_versions_that_were_tested():
    text = (ROOT / pins.OF_THE_APP).read_text(encoding="utf-8")
    tested = set(pinned("test"))
    found = [
        (name.lower().replace("_", "-"), Version(version)) for name, version in PIN.findall(text)
    ]
    assert text.count("--hash=sha256:") >= len(found) > 0
    assert "://" not in text
    assert set(found) <= tested | set(pinned("run"))


def test_everything_that_the_app_needs_is_pinned():
    wanted = (ROOT / "final" / "requirements.in").read_text(encoding="utf-8")
    names = {name for name, _ in PIN.findall((ROOT / pins.OF_THE_APP).read_text("utf-8"))}
    lines = [line for line in wanted.splitlines() if not line.startswith("#")]
    assert {Requirement(line).name.lower() for line in lines} <= names
