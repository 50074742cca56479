"""The development container has everything that the commands use."""

import json

import click
import pytest

from workshop import cli
from workshop.base.paths import ROOT
from workshop.services import browser_places, redis_binary

FOLDER = ROOT / ".devcontainer"
DEFINITION = json.loads((FOLDER / "devcontainer.json").read_text("utf-8"))
SERVING = [
    name
    for name, command in cli.cli.commands.items()
    if "port" in {option.name for option in command.params}
]


@pytest.mark.parametrize("name", SERVING)
def test_the_port_of_a_command_that_serves_is_forwarded(name):
    [port] = [option for option in cli.cli.commands[name].params if option.name == "port"]
    assert isinstance(port, click.Option)
    assert port.default in DEFINITION["forwardPorts"]
    assert str(port.default) in DEFINITION["portsAttributes"]


def test_a_redis_and_a_browser_are_installed_where_the_workshop_looks():
    script = (FOLDER / "prepare").read_text("utf-8")
    assert redis_binary.ON_PATH[0] in script
    assert browser_places.ON_PATH[0] in script
    assert DEFINITION["containerEnv"]["BROWSER_PATH"].rpartition("/")[2] in browser_places.ON_PATH


def test_its_commands_are_scripts_and_commands_of_this_repository():
    assert DEFINITION["onCreateCommand"].split() == ["bash", ".devcontainer/prepare"]
    assert DEFINITION["postCreateCommand"].endswith("python3 -m workshop start")
