"""A packed copy installs and works where there is no network at all."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from workshop import course, pack, shelf
from workshop.errors import UsageError, WorkshopError

pytestmark = [
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
    """Run `command` in a place that has no network but the computer itself, if the system can."""
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


def test_it_sets_itself_up_and_works_with_the_network_cut(packed, tmp_path):
    done = without_network(
        ["-m", "workshop", "diff", "01", "02", "--stat"], packed.folder, tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "chat_project/asgi.py" in done.stdout
    assert (packed.folder / ".venv").is_dir()


def pins_of(group, pattern):
    """Return those pins of a group, with their hashes, that match."""
    text = (course.ROOT / "requirements" / f"{group}.txt").read_text("utf-8")
    return re.findall(rf"^({pattern}.*?)\n(?! )", text, re.MULTILINE | re.DOTALL)


def test_another_system_gets_its_own_packages(packed, tmp_path):
    (tmp_path / "some.txt").write_text("\n".join(pins_of("run", "cffi==")) + "\n")
    pack.fetch(tmp_path / "some.txt", tmp_path, course.ROOT, "3.13", "windows")
    assert [path.name.partition("-cp")[2] for path in tmp_path.glob("*.whl")] == [
        "313-cp313-win_amd64.whl"
    ]


def test_what_the_pins_tell_apart_by_a_bugfix_release_is_there_for_both(packed, tmp_path):
    """3.11.4 and 3.11.5 get different packages, and both may be in the room."""
    pins = pins_of("docs", r"\S+==\S+ ; python_full_version [<>]=? '3\.11\.")
    assert len(pins) >= 2
    (tmp_path / "some.txt").write_text("\n".join(pins) + "\n")
    pack.fetch(tmp_path / "some.txt", tmp_path, course.ROOT, "3.11")
    there = {path.name.split("-")[1] for path in tmp_path.glob("*.whl")}
    assert there == {pin.split()[0].partition("==")[2] for pin in pins}


def test_it_holds_the_workshop_and_nothing_of_this_machine(packed):
    inside = {path.name for path in packed.folder.iterdir()} - {".venv", ".uv", ".workshop"}
    assert {"README.md", "docs", "final", "packages", "requirements", "steps"} <= inside
    assert "site" not in inside and ".git" not in inside
    names = [path.name for path in (packed.folder / "packages").iterdir()]
    assert packed.packages == len(names) > 20
    assert any(name.startswith("uv-") for name in names)
    assert all(name.endswith(".whl") for name in names)


def test_what_is_in_a_folder_is_not_overwritten(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds something else"):
        pack.pack(tmp_path, groups=["run"], say=lambda line: None)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_copy_without_a_shelf_uses_the_network_as_usual(tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    assert shelf.use(tmp_path) is False
    assert "PIP_NO_INDEX" not in os.environ


def test_a_shelf_in_a_folder_with_a_space_is_named_by_an_address(tmp_path, monkeypatch):
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, "")
    (tmp_path / "my room" / "packages").mkdir(parents=True)
    assert shelf.use(tmp_path / "my room") is True
    assert os.environ["PIP_FIND_LINKS"].endswith("/my%20room/packages")
    assert os.environ["PIP_NO_INDEX"] == "1"
