"""A short real run: real servers, the real generator, a table, JSON and plots."""

import getpass
import json
import os
import re
import socket
import subprocess
import sys

import pytest

from workshop.course import ROOT

RUN = """
import sys
from pathlib import Path
from workshop.load import Options, run
wishes = {"members": 6, "seconds": 0.3, "warm": 0.2, "repetitions": 2, "rates": (0.5,)}
options = Options(kinds=("busy", "rate"), **wishes)
sys.exit(run("uvicorn", "memory", "websockets", options, Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One run for all tests here: what it printed, its JSON, its folder."""
    folder = tmp_path_factory.mktemp("load")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((folder / "load.json").read_text(encoding="utf-8"))
    return done.stdout, result, folder


def test_every_text_arrived_once_and_in_order_and_is_stored(ran):
    _, result, _ = ran
    records = [one for one in result["records"] if one["target"] == "final uvicorn memory"]
    assert records and all(one["sent"] and one["sent"] == one["stored"] for one in records)
    for one in records:
        assert one["delivered"] == one["sent"] * 6
        assert one["lost"] == one["doubled"] == one["disordered"] == one["strayed"] == 0
        assert one["misnumbered"] == one["unstored"] == one["holes"] == 0


def test_the_generator_proves_its_ceiling_first(ran):
    printed, result, _ = ran
    printed = " ".join(printed.split())  # the terminal may break the sentence
    assert result["ceiling"]["frames_per_s"] > 0
    assert "frames/s from a trivial server" in printed
    is_enough = result["ceiling"]["frames_per_s"] >= 150_000
    assert ("is the limit here" in printed) == (not is_enough)


def test_repetitions_are_interleaved_and_each_target_is_in_each(ran):
    _, result, _ = ran
    busy = [one for one in result["records"] if one["kind"] == "busy"]
    assert [(one["repetition"], one["target"]) for one in busy] == [
        (0, "websockets"),
        (0, "final uvicorn memory"),
        (1, "final uvicorn memory"),
        (1, "websockets"),
    ]


def test_a_fixed_rate_is_kept(ran):
    _, result, _ = ran
    rates = [one for one in result["records"] if one["kind"] == "rate"]
    assert {one["part"] for one in rates} == {0.5}
    for one in rates:
        assert one["sent"] == pytest.approx(one["rate"] * 0.55, rel=0.05, abs=2)


def test_the_table_fits_a_terminal_and_names_the_targets(ran):
    printed, _, _ = ran
    tables = printed[printed.index("A busy room") : printed.index("Written:")]
    assert max(map(len, tables.splitlines())) <= 80
    assert re.search(r"^websockets +[\d,]+ +1\.0 \(1\.0–1\.0\)", tables, re.MULTILINE)
    assert "final uvicorn memory" in tables


def test_plots_are_written_as_svg_and_png(ran):
    _, _, folder = ran
    for name in ("load-busy", "load-latency", "load-cpu"):
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        assert "final uvicorn memory" in svg  # text stays text
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_no_path_and_no_name_of_this_machine_is_in_what_is_kept(ran):
    _, _, folder = ran
    for path in folder.glob("*.[sj]*"):
        text = path.read_text(encoding="utf-8")
        assert str(folder) not in text and "/tmp/" not in text
        assert socket.gethostname() not in text or len(socket.gethostname()) < 4
        assert f"/{getpass.getuser()}/" not in text
