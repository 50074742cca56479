"""A packed copy installs and works without any network."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from workshop.authoring import pack
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT
from workshop.setup import offline_packages

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="cuts the network with Linux's own means"),
    pytest.mark.timeout(600),  # it fetches packages and installs them
]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack") / "for the room"
    try:
        return pack.pack(folder, groups=["run"], say=lambda line: None)
    except WorkshopError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"packing needs a network: {error}")


def without_network(command, folder, home):
    """Run `command` with no network except the computer itself, if the system supports it."""
    cut = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*cut, "true"]).returncode:
        pytest.skip("this system cannot cut the network of one process")
    base = getattr(sys, "_base_executable", sys.executable)
    environment = {
        "HOME": str(home),
        "PATH": f"{os.path.dirname(os.path.realpath(base))}:/usr/bin:/bin",
        "UV_CACHE_DIR": str(home / "cache"),
        "PIP_CONFIG_FILE": os.devnull,
    }
    return subprocess.run(
        [*cut, base, *command], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_a_packed_copy_sets_itself_up_offline(packed, tmp_path):
    done = without_network(
        ["-m", "workshop", "diff", "01", "02", "--stat"], packed.folder, tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "chat_project/asgi.py" in done.stdout
    assert (packed.folder / ".venv").is_dir()


def pins_of(group, pattern):
    """Return a group's matching pins, with their hashes."""
    text = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")
    return re.findall(rf"^({pattern}.*?)\n(?! )", text, re.MULTILINE | re.DOTALL)


def test_packing_for_another_system_fetches_its_packages(packed, tmp_path):
    (tmp_path / "some.txt").write_text("\n".join(pins_of("run", "cffi==")) + "\n")
    pack.fetch(tmp_path / "some.txt", tmp_path, ROOT, "3.13", "windows")
    assert [path.name.partition("-cp")[2] for path in tmp_path.glob("*.whl")] == [
        "313-cp313-win_amd64.whl"
    ]


def test_several_systems_and_pythons_are_packed_in_one_call(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(pack, "fetch", lambda pins, folder, root, *target: seen.append(target))
    monkeypatch.setattr(pack, "_download_tools", lambda *words: seen.append(words[-2:]))
    pack.pack(tmp_path / "a", ["3.12", "3.13"], ["windows", "macos"], ["run"], lambda line: None)
    expected = {("3.12", "windows"), ("3.13", "windows"), ("3.12", "macos"), ("3.13", "macos")}
    assert set(seen) == expected
    assert len(seen) == 2 * len(expected)


@pytest.fixture(scope="module")
def for_learners(packed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack") / "for learners"
    return pack.pack(folder, groups=pack.GROUPS["learners"], say=lambda line: None)


def test_a_learner_starts_and_checks_offline(for_learners, tmp_path):
    started = without_network(["-m", "workshop", "start"], for_learners.folder, tmp_path)
    assert started.returncode == 0, started.stdout + started.stderr
    checked = without_network(["-m", "workshop", "check"], for_learners.folder, tmp_path)
    assert "01" in checked.stdout, checked.stdout + checked.stderr


def test_the_packages_of_learners_take_less_than_120_mib(for_learners):
    names = {path.name.partition("-")[0] for path in (for_learners.folder / "packages").iterdir()}
    assert {"django", "channels", "fakeredis", "pytest", "playwright"} <= {
        name.lower() for name in names
    }
    assert not {"jupyterlab", "matplotlib", "ruff"} & names
    assert for_learners.size < 120 * 2**20


def test_packages_for_every_bugfix_release_are_packed(packed, tmp_path):
    """3.11.4 and 3.11.5 get different packages, and a class may have both."""
    pins = pins_of("docs", r"\S+==\S+ ; python_full_version [<>]=? '3\.11\.")
    assert len(pins) >= 2
    (tmp_path / "some.txt").write_text("\n".join(pins) + "\n")
    pack.fetch(tmp_path / "some.txt", tmp_path, ROOT, "3.11")
    there = {path.name.split("-")[1] for path in tmp_path.glob("*.whl")}
    assert there == {pin.split()[0].partition("==")[2] for pin in pins}


def test_a_packed_copy_has_no_files_of_this_machine(packed):
    inside = {path.name for path in packed.folder.iterdir()} - {".venv", ".uv", ".workshop"}
    assert {"README.md", "docs", "final", "packages", "requirements", "steps"} <= inside
    assert "site" not in inside and ".git" not in inside
    names = [path.name for path in (packed.folder / "packages").iterdir()]
    assert packed.packages == len(names) > 20
    assert any(name.startswith("uv-") for name in names)
    assert all(name.endswith(".whl") for name in names)


def test_files_in_the_folder_are_not_overwritten(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="contains other files"):
        pack.pack(tmp_path, groups=["run"], say=lambda line: None)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_copy_without_offline_packages_uses_the_network(tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    assert offline_packages.use(tmp_path) is False
    assert "PIP_NO_INDEX" not in os.environ


def test_offline_packages_in_a_folder_with_a_space_are_found(tmp_path, monkeypatch):
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, "")
    (tmp_path / "my room" / "packages").mkdir(parents=True)
    assert offline_packages.use(tmp_path / "my room") is True
    assert os.environ["PIP_FIND_LINKS"].endswith("/my%20room/packages")
    assert os.environ["PIP_NO_INDEX"] == "1"
