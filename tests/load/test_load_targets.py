"""What is measured: chosen by name, missing rivals named and left out, wrong names refused."""

import os
import subprocess
import sys

import pytest

from workshop.errors import UsageError
from workshop.load import options, targets
from workshop.load.serving import Serving
from workshop.load.targets import Target


def test_the_first_of_against_is_the_measure_of_all():
    chosen = targets.choose("daphne,uvicorn", "core,pubsub", "step-05,ws")
    assert [target.name for target in chosen] == [
        "step-05 daphne core",
        "final daphne core",
        "final daphne pubsub",
        "final uvicorn core",
        "final uvicorn pubsub",
        "ws",
    ]


@pytest.mark.parametrize(
    ("servers", "layers", "against"),
    [("hypercorn", "core", "ws"), ("daphne", "redis", "ws"), ("daphne", "core", "step-06")],
)
def test_an_unknown_name_is_answered_with_the_known_ones(servers, layers, against):
    with pytest.raises(UsageError, match="There are: "):
        targets.choose(servers, layers, against)


def test_an_unknown_kind_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match="There are: busy"):
        options.kinds("busy,loud")


def test_a_rival_that_is_not_here_is_named_and_left_out(monkeypatch):
    monkeypatch.setattr(targets.shutil, "which", lambda name: None)
    monkeypatch.setattr(targets, "find_spec", lambda name: None if name == "starlette" else True)
    rivals = [Target(name) for name in ("starlette", "websockets", "socketio")]
    chosen, left_out = targets.sort_out([Target("step-05", "daphne", "core"), *rivals])
    assert [target.app for target in chosen] == ["step-05", "websockets"]
    assert [(one.name, one.why) for one in left_out] == [
        ("starlette", "the package starlette is not installed"),
        ("socketio", "Node.js is not installed"),
    ]


@pytest.mark.parametrize(
    ("target", "finds_click"),
    [
        (Target("final", "daphne", "pubsub"), False),
        (Target("step-05", "daphne", "core"), False),
        (Target("final", "uvicorn", "pubsub"), True),  # which requires it
    ],
)
def test_a_server_finds_no_click_where_nothing_that_it_runs_requires_it(
    target, finds_click, tmp_path
):
    server = Serving(target, tmp_path, {}, tmp_path / "log")
    path = os.pathsep.join(map(str, server.also_on_path))
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from autobahn import util; print(util._HAS_CLICK)"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(finds_click)


def test_the_verb_refuses_an_unknown_rival(workshop):
    done = workshop("load", "--against", "rails", code=2)
    assert "rails" in done.stderr and "socketio" in done.stderr


def test_the_verb_names_what_can_be_measured(workshop):
    done = workshop("load", "--list", code=0)
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(options.KINDS)
