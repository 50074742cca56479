import contextlib
import json
import shlex
import signal
from pathlib import Path

import pytest
import yaml
from conftest import PATIENCE, free_port, hears, in_thread, wait_for_port
from websockets.exceptions import ConnectionClosed


@pytest.fixture
def parts(project):
    """The objects of kubernetes.yaml by their kind."""
    text = Path(project.folder, "kubernetes.yaml").read_text()
    return {part["kind"]: part for part in yaml.safe_load_all(text)}


@pytest.fixture
def command(project):
    """The command of the Procfile for the web."""
    kind, command = Path(project.folder, "Procfile").read_text().strip().split(": ")
    assert kind == "web"
    return command


@contextlib.contextmanager
def started(project, words, port):
    with project.running(*words) as process:
        wait_for_port(port, process)
        project.address = f"127.0.0.1:{port}"
        yield process


async def test_the_procfile_starts_a_server_on_the_port_of_the_platform(project, command):
    port = free_port()
    with started(project, shlex.split(command.replace("$PORT", str(port))), port):
        async with project.connect("/ws/echo/") as websocket:
            await websocket.send(json.dumps("Hello"))
            assert await hears(websocket) == "Hello"


async def test_the_container_answers_its_probe_and_stops_when_it_is_asked(project, parts):
    port = free_port()
    [container] = parts["Deployment"]["spec"]["template"]["spec"]["containers"]
    probe = container["readinessProbe"]["httpGet"]
    headers = {header["name"]: header["value"] for header in probe["httpHeaders"]}
    project.environment["ALLOWED_HOSTS"] = headers["Host"]
    words = [str(port) if word == "8000" else word for word in container["command"]]
    origin = f"http://{headers['Host']}"
    with started(project, words, port) as process:
        assert await in_thread(project.get, probe["path"], headers) == (200, "ok")
        async with project.connect("/ws/echo/", origin=origin) as websocket:
            process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed):
                await websocket.recv()
        process.wait(PATIENCE)


def test_the_parts_name_each_other(parts):
    deployment, service, ingress = (parts[kind] for kind in ("Deployment", "Service", "Ingress"))
    template = deployment["spec"]["template"]
    [container] = template["spec"]["containers"]
    [port] = service["spec"]["ports"]
    [rule] = ingress["spec"]["rules"]
    [route] = rule["http"]["paths"]
    assert deployment["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
    assert service["spec"]["selector"] == template["metadata"]["labels"]
    assert port["targetPort"] == container["ports"][0]["containerPort"]
    assert container["readinessProbe"]["httpGet"]["port"] == port["targetPort"]
    assert route["backend"]["service"] == {
        "name": service["metadata"]["name"],
        "port": {"number": port["port"]},
    }
    assert container["readinessProbe"]["httpGet"]["httpHeaders"][0]["value"] == rule["host"]
