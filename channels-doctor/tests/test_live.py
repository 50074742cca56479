"""`doctor --live`: two processes use the real layer, and the doctor reports what fails."""

import contextlib
import subprocess
import sys
from dataclasses import dataclass

import live_servers
import psutil
import pytest
import redis
from base_project import FILES, edited
from cases import IN_MEMORY, QUIET, SETTINGS, settings

from channels_doctor import project
from channels_doctor.errors import DoctorError
from channels_doctor.live import diagnosis, private_redis, trial
from channels_doctor.live.command import examine_live
from channels_doctor.live.processes import OWN_GROUP, stop

pytestmark = pytest.mark.slow
RETRY = """\
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

RETRY = Retry(ConstantBackoff(0.1), 5)
"""
CORE = "channels_redis.core.RedisChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


@dataclass(frozen=True)
class Layer:
    """A layer, the server that it finds, and what must be found: {id: part of the symptom}."""

    expected: dict
    host: str = '{"address": "redis://127.0.0.1:PORT/0", "socket_timeout": None}'
    backend: str = CORE
    config: str = "CONFIG"
    server: tuple = ()
    kind: str = "server"
    severity: str = "error"


def address(url):
    return f'{{"address": "{url}", "socket_timeout": None}}'


LAYERS = {
    "default": Layer({}),
    "pubsub": Layer({}, backend=PUBSUB),
    "idle": Layer(
        {"P01": "redis.exceptions.TimeoutError: Timeout reading from 127.0.0.1:PORT"},
        '("127.0.0.1", PORT)',
    ),
    "idle_pubsub": Layer({}, '("127.0.0.1", PORT)', PUBSUB),
    "no_redis": Layer(
        {
            "P05": "redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:PORT. Connect call failed ('127.0.0.1', PORT)."  # noqa: E501
        },
        kind="none",
    ),
    "no_host": Layer(
        {"P06": "connecting to redis-nowhere:6379"}, address("redis://redis-nowhere:6379/0")
    ),
    "beside": Layer({"P09": "No error"}, config="OPTIONS"),
    "deaf": Layer(
        {"P13": "No error"},
        '{"address": "redis://127.0.0.1:PORT/0", "socket_timeout": None, "retry": RETRY}',
        severity="warning",
    ),
    "retry_and_kept": Layer(
        {},
        '{"address": "redis://127.0.0.1:PORT/0", "socket_timeout": None, "retry": RETRY}',
        server=("--save", "900 1"),
    ),
    "evicting": Layer(
        {"P43": "No error"},
        server=("--maxmemory", "80mb", "--maxmemory-policy", "allkeys-lru"),
        severity="warning",
    ),
    "full": Layer(
        {
            "P43": "redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'."  # noqa: E501
        },
        server=("--maxmemory", "1"),
    ),
    "cluster": Layer({"P44": "redis.exceptions."}, kind="cluster"),
    "cluster_pubsub": Layer({}, backend=PUBSUB, kind="cluster"),
    "no_bzpopmin": Layer(
        {"P45": "redis.exceptions.ResponseError: unknown command 'BZPOPMIN'"},
        server=("--rename-command", "BZPOPMIN", ""),
    ),
    "no_hello": Layer(
        {
            "P45": "redis.exceptions.ResponseError: unknown command 'HELLO', with args beginning with: '3'"  # noqa: E501
        },
        server=("--rename-command", "HELLO", ""),
    ),
    "protocol_2": Layer(
        {},
        '{"address": "redis://127.0.0.1:PORT/0", "socket_timeout": None, "protocol": 2}',
        server=("--rename-command", "HELLO", ""),
    ),
    "no_password": Layer(
        {
            "P46": "redis.exceptions.AuthenticationError: HELLO must be called with the client already authenticated"  # noqa: E501
        },
        server=("--requirepass", "right"),
    ),
    "wrong_password": Layer(
        {
            "P46": "redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled."  # noqa: E501
        },
        address("redis://:wrong@127.0.0.1:PORT/0"),
        server=("--requirepass", "right"),
    ),
    "right_password": Layer(
        {}, address("redis://:r%23ght@127.0.0.1:PORT/0"), server=("--requirepass", "r#ght")
    ),
    "untrusted": Layer(
        {"P93": "[SSL: CERTIFICATE_VERIFY_FAILED]"},
        address("rediss://127.0.0.1:PORT/0"),
        kind="tls",
    ),
    "plain": Layer(
        {"P93": "redis.exceptions.TimeoutError: Timeout connecting to server"},
        '{"address": "rediss://127.0.0.1:PORT/0", "socket_timeout": None, "socket_connect_timeout": 2}',  # noqa: E501
    ),
}


@contextlib.contextmanager
def serving(one, program, folder):
    if one.kind == "none":
        yield 1
    elif one.kind == "cluster":
        with live_servers.cluster(program) as port:
            yield port
    elif one.kind == "tls":
        with live_servers.untrusted_tls(folder) as port:
            yield port
    else:
        with live_servers.server(program, *one.server) as port:
            yield port


def written(layers, ports):
    """Return settings with all `layers`, whose servers listen on `ports`."""
    text = FILES[SETTINGS].partition("CHANNEL_LAYERS")[0] + RETRY + "CHANNEL_LAYERS = {\n"
    for alias, one in layers.items():
        host = one.host.replace("PORT", str(ports[alias]))
        text += f'    "{alias}": {{\n        "BACKEND": "{one.backend}",\n'
        text += (
            f'        "{one.config}": {{\n            "hosts": [{host}],\n        }},\n    }},\n'
        )
    return {**FILES, SETTINGS: text + "}\n"}


def test_what_shows_live_is_found_and_what_works_is_proved(projects, warm, tmp_path):
    """One project with a layer for each, since each sits idle: together they take no longer."""
    program = private_redis.find_program()
    with contextlib.ExitStack() as stack:
        ports = {
            alias: stack.enter_context(serving(one, program, tmp_path))
            for alias, one in LAYERS.items()
        }
        folder = projects(written(LAYERS, ports), port=6379)
        found = examine_live(project.find(str(folder)), {}, lambda text: None, warm.ask)
        keys = {alias: keys_of(ports[alias]) for alias in LAYERS if is_plain(LAYERS[alias])}
    done = found.live.trial
    assert (found.troubles, done.left_behind) == ([], 0)
    complaints = []
    for alias, one in LAYERS.items():
        outcome = done.outcomes[alias]
        told = list(diagnosis.findings(found.context, outcome))
        if {each.id for each in told} != set(one.expected) or keys.get(alias):
            complaints.append(
                f"{alias}: {[each.what for each in told]} {outcome} {keys.get(alias)}"
            )
        for each in told:
            wanted = one.expected.get(each.id, "").replace("PORT", str(ports[alias]))
            if wanted not in each.symptom.text or each.severity != one.severity:
                complaints.append(f"{alias}: {each.severity} {each.symptom.text}")
        if not one.expected and (set(outcome.times) != {1, 2} or outcome.idle < 6.5):
            complaints.append(f"{alias}: {outcome}")
    assert not complaints, "\n".join(complaints)
    assert not list(folder.rglob("__pycache__"))


def is_plain(layer):
    """Return whether this test may ask the layer's server itself."""
    return layer.kind in ("server", "cluster") and not layer.server[:1] == ("--requirepass",)


def keys_of(port):
    with redis.Redis(port=port, protocol=2) as client:
        return client.keys("channels-doctor*")


@pytest.mark.parametrize(
    ("edits", "severity"), [(IN_MEMORY, "note"), (QUIET + IN_MEMORY, "warning")]
)
def test_a_layer_in_memory_does_not_reach_the_second_process(edits, severity, projects, warm):
    folder = projects(edited(FILES, edits))
    found = examine_live(project.find(str(folder)), {}, lambda text: None, warm.ask)
    assert [(one.id, one.severity) for one in found.findings] == [("P11", severity)]
    assert found.live.trial.outcomes["default"].lost == {1}


def test_the_two_ends_are_two_processes(projects):
    """The sender and the receiver tell who they are; the doctor is neither."""
    from channels_doctor.live.trial import LayerTrial

    seen = []

    class Listening(LayerTrial):
        def _take(self, name, message):
            if message and "process" in message:
                seen.append((name, message["process"]))
            super()._take(name, message)

    folder = projects(edited(FILES, IN_MEMORY))
    Listening(project.find(str(folder)), {"default": "memory"}, {}).run(lambda text: None)
    assert {name for name, _ in seen} == {"receiver", "sender"}
    assert len({process for _, process in seen}) == 2


def test_a_redis_is_started_where_the_settings_can_be_told_of_it(projects, warm, monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setattr(trial, "IDLE", 0.1)  # the silence is proved above
    port = live_servers.free_port()
    url = f'os.environ.get("REDIS_URL", "redis://127.0.0.1:{port}/0")'
    files = edited(FILES, [settings('"redis://127.0.0.1:6379/0"', url)])
    files[SETTINGS] = f"import os\n\n{files[SETTINGS]}"
    found = examine_live(project.find(str(projects(files))), {}, lambda text: None, warm.ask)
    assert (found.troubles, found.findings) == ([], [])
    assert set(found.live.trial.outcomes["default"].times) == {1, 2}
    (remark,) = found.live.remarks
    assert "tried with a private Redis. Start yours" in remark


def test_a_redis_server_can_be_named(monkeypatch):
    monkeypatch.setenv("REDIS_SERVER", sys.executable)
    assert private_redis.find_program() == sys.executable


def test_a_server_that_does_not_start_gets_a_sentence():
    with pytest.raises(DoctorError, match="doesn't start .*: set REDIS_SERVER"):
        with private_redis.running(sys.executable):
            pass


def test_without_a_server_a_sentence_says_what_to_install():
    with pytest.raises(DoctorError, match="No Redis server is installed here: install one"):
        with private_redis.running(None):
            pass


def test_a_private_redis_answers_and_is_gone_afterwards():
    with private_redis.running(private_redis.find_program()) as url:
        with redis.Redis.from_url(url) as client:
            assert client.ping()
            process = client.info("server")["process_id"]
    assert not psutil.pid_exists(process)


def test_stopping_a_process_stops_its_children():
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', CHILD])"
    child = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, "-c", f"CHILD = {child!r}; {script}"],
        stdout=subprocess.PIPE, text=True, **OWN_GROUP,
    )  # fmt: skip
    with process:
        child = psutil.Process(int(process.stdout.readline()))
        stop(process)
        assert psutil.wait_procs([child], timeout=10)[1] == []
    assert process.returncode is not None
