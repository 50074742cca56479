"""`doctor --live`: two processes really use the layer, and what goes wrong there is told."""

import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import live_servers
import pytest
import redis
from base_project import FILES, edited
from cases import CORE, HOSTS, IN_MEMORY, PUBSUB, QUIET, settings

from workshop import course
from workshop.doctor import project
from workshop.doctor.live.command import examine_live
from workshop.redis_binary import find_server

RETRY = [
    settings(
        "CHANNEL_LAYERS",
        "from redis.asyncio.retry import Retry\nfrom redis.backoff import ConstantBackoff\n\n"
        "RETRY = Retry(ConstantBackoff(0.1), 5)\nCHANNEL_LAYERS",
    ),
    settings('"socket_timeout": None}', '"socket_timeout": None, "retry": RETRY}'),
]
URL = "redis://127.0.0.1:6379/0"


@dataclass
class Broken:
    """A project, the server it finds, and what must be found: {id: part of the symptom}."""

    expected: dict
    edits: list = field(default_factory=list)
    server: tuple = ()
    kind: str = "server"
    severity: str = "error"


BROKEN = {
    "nothing is wrong": Broken({}),
    "pubsub": Broken({}, [settings(CORE, PUBSUB)]),
    "idle": Broken({"P01": "TimeoutError: Timeout reading from"}, [settings(HOSTS, f'"hosts": ["{URL}"]')]),
    "no redis": Broken({"P05": "Connect call failed"}, kind="none"),
    "no host": Broken({"P06": "Error -N connecting to redis-nowhere:"}, [settings(URL, "redis://redis-nowhere:6379/0")]),
    "beside": Broken({"P09": "Nothing is said"}, [settings('"CONFIG"', '"OPTIONS"')]),
    "in memory, in production": Broken({"P11": "Nothing is said"}, [*QUIET, *IN_MEMORY], severity="warning"),
    "in memory": Broken({"P11": "Nothing is said"}, IN_MEMORY, severity="note"),
    "deaf": Broken({"P13": "Nothing is said"}, RETRY, severity="warning"),
    "a retry, and a Redis that keeps its data": Broken({}, RETRY, ("--save", "900 1")),
    "evicting": Broken({"P43": "Nothing is said"}, [], ("--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru"), severity="warning"),
    "full": Broken({"P43": "OutOfMemoryError: command not allowed when used memory > 'maxmemory'."}, [], ("--maxmemory", "1")),
    "a cluster": Broken({"P44": "MovedError: "}, kind="cluster"),
    "a cluster with pubsub": Broken({}, [settings(CORE, PUBSUB)], kind="cluster"),
    "no bzpopmin": Broken({"P45": "unknown command 'BZPOPMIN'"}, [], ("--rename-command", "BZPOPMIN", "")),
    "no hello": Broken({"P45": "unknown command 'HELLO', with args beginning with: '3'"}, [], ("--rename-command", "HELLO", "")),
    "no hello, protocol 2": Broken({}, [settings(f'"{URL}",', f'"{URL}", "protocol": 2,')], ("--rename-command", "HELLO", "")),
    "no password": Broken({"P46": "AuthenticationError: HELLO must be called with the client already authenticated"}, [], ("--requirepass", "right")),
    "wrong password": Broken({"P46": "AuthenticationError: "}, [settings(URL, URL.replace("//", "//:wrong@"))], ("--requirepass", "right")),
    "right password": Broken({}, [settings(URL, URL.replace("//", "//:r%23ght@"))], ("--requirepass", "r#ght")),
    "untrusted": Broken({"P46": "CERTIFICATE_VERIFY_FAILED"}, [settings(URL, URL.replace("redis:", "rediss:"))], kind="tls"),
}  # fmt: skip


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


def test_what_only_shows_live_is_found_and_what_works_is_proved(projects, tmp_path):
    """All in one test, since each sits idle for seconds: together they take no longer."""
    program = find_server()

    def work(item):
        name, one = item
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        with serving(one, program, folder) as port:
            made = projects(edited(FILES, one.edits), port=port)
            found = examine_live(project.find(str(made)), {}, lambda text: None)
            assert not list(made.rglob("__pycache__"))
            left = keys_of(port) if one.kind == "server" else []
        return name, found, left

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(work, BROKEN.items()))
    complaints = [line for result in results for line in wrong(*result)]
    assert not complaints, "\n".join(complaints)


def keys_of(port):
    with contextlib.suppress(redis.RedisError), redis.Redis(port=port, socket_timeout=3) as client:
        return client.keys("workshop-doctor*")
    return []


def wrong(name, found, left):
    """Yield what differs from what `name` must show."""
    one = BROKEN[name]
    told = {finding.id: finding for finding in found.findings}
    if set(told) != set(one.expected) or found.troubles:
        texts = [(key, told[key].what) for key in told]
        yield f"{name}: found {texts}, {found.troubles}, {found.live.trial}"
        return
    for key, text in one.expected.items():
        symptom = told[key].symptom.text.replace("Error -2", "Error -N").replace("Error -3", "Error -N")
        symptom = symptom.replace("Error -5", "Error -N")
        if text not in symptom or told[key].severity != one.severity:
            yield f"{name}: {told[key].severity} {symptom}"
    if left:
        yield f"{name}: {left} stayed in Redis"
    (outcome,) = found.live.trial.outcomes.values() if found.live.trial else [None]
    if not one.expected:
        if set(outcome.times) != {1, 2} or outcome.idle < 6.5 or found.live.trial.left_behind:
            yield f"{name}: {outcome}"


def test_checkpoint_04_delivers_between_two_processes(workshop, redis_port):
    url = f"redis://127.0.0.1:{redis_port}/0"
    with redis.Redis(port=redis_port) as client:
        client.set("somebody's", "own key")
        begun = time.monotonic()
        done = workshop("doctor", "04", "--live", "--json", code=0, REDIS_URL=url)
        assert time.monotonic() - begun < 45, "a busy machine; alone it takes 10 s"
        assert client.keys("workshop-doctor*") == []
        assert client.get("somebody's") == b"own key"
    document = json.loads(done.stdout)
    assert (document["findings"], document["troubles"]) == ([], [])
    assert document["live"]["left_behind"] == 0
    layer = document["live"]["layers"]["default"]
    assert (layer["kind"], layer["delivered"]) == ("core", True)
    assert layer["idle_seconds"] >= 6.5
    assert 0 < layer["round_trip_ms"] < 3000
    assert 0 < layer["after_idle_ms"] < 3000


def test_the_two_ends_are_two_processes(projects):
    """The sender and the receiver tell who they are; the doctor is neither."""
    from workshop.doctor.live.trial import Trial

    seen = []

    class Listening(Trial):
        def _take(self, name, message):
            if message and "process" in message:
                seen.append((name, message["process"]))
            super()._take(name, message)

    folder = projects(edited(FILES, IN_MEMORY))
    Listening(project.find(str(folder)), {"default": "memory"}, {}).run(lambda text: None)
    assert {name for name, _ in seen} == {"receiver", "sender"}
    assert len({process for _, process in seen}) == 2


@pytest.mark.skipif(not (course.ROOT / "steps" / "04-redis").exists(), reason="not in this copy")
def test_a_redis_is_started_where_the_settings_can_be_told_of_it(workshop):
    done = workshop("doctor", "04", "--live", code=0)
    assert "a second process reached the first and got its answer in" in done.stdout
    if "tried with a private Redis" in done.stdout:
        assert "Start yours before you run the project." in " ".join(done.stdout.split())


