"""A short real run: real servers, the real generator, a table, JSON and plots."""

import getpass
import json
import os
import re
import socket
import subprocess
import sys

import pytest

from bench.load.command import evaluate
from workshop.base.paths import ROOT

pytestmark = pytest.mark.slow

RUN = """
import sys
from pathlib import Path
from bench.load import Options, run
sizes = {"members": 6, "rates": (0.5,), "crowds": (10, 20), "entries": 40}
times = {"seconds": 0.3, "warm": 0.2, "repetitions": 2}
options = Options(kinds=("busy", "rate", "enter"), **sizes, **times)
sys.exit(run("uvicorn", "memory", "websockets", options, Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One run for all tests in this module: its output, JSON and folder."""
    folder = tmp_path_factory.mktemp("load")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((folder / "load.json").read_text(encoding="utf-8"))
    return done.stdout, result, folder


def test_every_text_arrives_once_in_order_and_is_stored(ran):
    _, result, _ = ran
    records = _records(result, "busy", "rate")
    assert len(records) == 4
    for record in records:
        assert record["sent"] and record["sent"] == record["stored"]
        assert record["delivered"] == record["sent"] * 6
        assert record["lost"] == record["doubled"] == 0
        assert record["disordered"] == record["strayed"] == 0
        assert record["misnumbered"] == record["unstored"] == record["holes"] == 0


def _records(result, *kinds):
    """Return the records of the finished app."""
    mine = [r for r in result["records"] if r["target"] == "final uvicorn memory"]
    return [record for record in mine if record["kind"] in kinds]


def test_the_generator_measures_its_ceiling(ran):
    printed, result, _ = ran
    printed = " ".join(printed.split())  # the terminal may break the sentence
    assert result["ceiling"]["frames_per_s"] > 0
    assert "frames/s from a trivial server" in printed
    is_enough = result["ceiling"]["frames_per_s"] >= 150_000
    assert ("is the limit here" in printed) == (not is_enough)


def test_repetitions_are_interleaved_and_each_target_is_in_each(ran):
    _, result, _ = ran
    busy = [record for record in result["records"] if record["kind"] == "busy"]
    assert [(record["repetition"], record["target"]) for record in busy] == [
        (0, "websockets"),
        (0, "final uvicorn memory"),
        (1, "final uvicorn memory"),
        (1, "websockets"),
    ]


def test_a_fixed_rate_is_kept(ran):
    _, result, _ = ran
    rates = [record for record in result["records"] if record["kind"] == "rate"]
    assert {record["part"] for record in rates} == {0.5}
    for record in rates:
        assert record["sent"] == pytest.approx(record["rate"] * 0.55, rel=0.05, abs=2)


def test_entries_are_counted_in_rooms_of_each_size(ran):
    printed, result, _ = ran
    entries = _records(result, "enter")
    assert [record["size"] for record in entries] == [10, 20] * 2
    for record in entries:
        assert record["failed"] == 0
        assert record["entered"] == record["members"] * record["rooms"] == 40
        assert record["entries_per_s"] > 0 and record["entry_cpu_ms"]["server"] > 0
    assert "Entries a second" in printed


def test_the_tables_for_the_docs_are_in_the_json(ran):
    _, result, _ = ran
    assert set(result["tables"]) >= {"busy", "rate", "enter", "machine", "ceiling", "goals"}
    assert any("final uvicorn memory" in line for line in result["tables"]["busy"])
    assert evaluate(result) == result


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


def test_results_contain_no_local_paths_or_host_names(ran):
    _, _, folder = ran
    for path in folder.glob("*.[sj]*"):
        text = path.read_text(encoding="utf-8")
        assert str(folder) not in text and "/tmp/" not in text
        assert socket.gethostname() not in text or len(socket.gethostname()) < 4
        assert f"/{getpass.getuser()}/" not in text
