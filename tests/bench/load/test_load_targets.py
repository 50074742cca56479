"""Targets are chosen by name. Missing rivals are left out, and unknown names are refused."""

import os

import pytest

from bench.lab.testbed import Testbed
from bench.load import options, targets
from bench.load.target_server import TargetServer
from bench.load.targets import Target
from workshop.base.errors import UsageError


def test_the_first_rival_is_the_baseline():
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
def test_an_unknown_name_is_refused_with_the_known_ones(servers, layers, against):
    with pytest.raises(UsageError, match="There are: "):
        targets.choose(servers, layers, against)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="There are: busy"):
        options.kinds("busy,loud")


def test_a_rival_that_is_not_installed_is_left_out_with_the_reason(monkeypatch):
    monkeypatch.setattr(targets.shutil, "which", lambda name: None)
    monkeypatch.setattr(targets, "find_spec", lambda name: None if name == "starlette" else True)
    rivals = [Target(name) for name in ("starlette", "websockets", "socketio")]
    chosen, left_out = targets.split_by_availability([Target("step-05", "daphne", "core"), *rivals])
    assert [target.app for target in chosen] == ["step-05", "websockets"]
    assert [(target.name, target.why) for target in left_out] == [
        ("starlette", "the package starlette is not installed"),
        ("socketio", "Node.js is not installed"),
    ]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals.")
async def test_a_measured_daphne_runs_without_click(tmp_path):
    target = Target("step-05", "daphne", "memory")
    async with Testbed(targets.APPS["final"], "sqlite") as testbed:
        list_imports = {"PYTHONPROFILEIMPORTTIME": "1"}
        environment = testbed.environment_for("memory") | list_imports
        server = TargetServer(target, targets.APPS["step-05"], environment, tmp_path / "log")
        await server.start()
        await server.kill()
    imported = {line.rpartition("|")[2].strip() for line in server.log_text().splitlines()}
    assert {"autobahn.util", "daphne.server"} <= imported
    assert "click.core" not in imported


def test_the_command_refuses_an_unknown_rival(workshop):
    done = workshop("load", "--against", "rails", code=2)
    assert "rails" in done.stderr and "socketio" in done.stderr


def test_the_command_lists_what_can_be_measured(workshop):
    done = workshop("load", "--list", code=0)
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(options.KINDS)
