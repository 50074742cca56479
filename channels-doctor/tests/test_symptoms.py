"""A finding quotes the message that people really get."""

import re
import subprocess
import sys

import pytest
from cases import CASES, broken, fixed

from channels_doctor import pitfalls, probing

pytestmark = pytest.mark.slow
DRIVEN = [case for case in CASES if case.drive is not None]


def normal(text, port):
    """Return `text` without what differs from machine to machine and from version to version."""
    text = re.sub(r"\d+\.\d+\.\d+\.\d+:\d+", "HOST", text.replace(str(port), "6379"))
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("case", DRIVEN, ids=lambda case: case.name.replace(" ", "-"))
def test_a_visitor_makes_it_happen(case, examined, projects, drive, redis_port):
    (one,) = examined(broken(case)).findings
    options = {key: case.drive[key] for key in case.drive if key not in EXPECTED}
    done = drive(projects(broken(case)), **options)
    if case.drive.get("silent"):
        assert one.symptom.where == "nowhere"
        assert (done["words"], done["sent"]) == ("", [])
    elif case.drive.get("accepted"):
        assert done["sent"] == ["websocket.accept"]
    elif case.drive.get("refused"):
        assert done["sent"] == ["websocket.close"], "which a server answers with 403"
    elif case.drive.get("within"):
        assert one.symptom.text in done["words"]
    elif case.drive.get("warned"):
        assert one.symptom.text in done["warnings"]
    else:
        assert normal(done["words"], redis_port) == normal(one.symptom.text, redis_port)


EXPECTED = ("silent", "accepted", "refused", "warned", "within", "fresh")


@pytest.mark.parametrize(
    "case", {str(one.start): one for one in DRIVEN}.values(), ids=lambda case: case.name
)
def test_the_fixed_project_serves_its_visitor(case, projects, drive):
    frames = [{"text": '{"message": "hello"}'}]
    done = drive(projects(fixed(case)), frames=frames, leave=True, wait=5)
    assert done["words"] == ""
    assert done["sent"][0] == "websocket.accept"
    assert done["warnings"] == []


def manage(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-B", "manage.py", *arguments],
        cwd=folder,
        env=probing.environment(PYTHONPATH=""),
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", ["P18", "P18 name", "P18 unset", "P18 dotless"])
def test_runserver_refuses_to_start(name, examined, projects):
    case = next(one for one in CASES if one.name == name)
    (one,) = examined(broken(case)).findings
    said = manage(projects(broken(case)), "runserver", "--noreload", "--skip-checks", "0")
    assert one.symptom.text in said


def test_check_says_that_daphne_comes_too_late(examined, projects):
    case = next(one for one in CASES if one.name == "P03")
    (one,) = examined(broken(case)).findings
    assert one.symptom.text in manage(projects(broken(case)), "check")


HOSTS_IN_USE = "from channels.layers import get_channel_layer as get; print(get())"


@pytest.mark.parametrize("name", ["P09", "P09 beside"])
def test_a_layer_whose_hosts_are_not_read_uses_localhost(name, projects):
    case = next(one for one in CASES if one.name == name)
    said = manage(projects(broken(case), port=6399), "shell", "-c", HOSTS_IN_USE)
    assert "redis://localhost:6379" in said
    assert "Error" not in said


def test_the_pubsub_layer_takes_any_key_without_a_word(projects):
    case = next(one for one in CASES if one.name == "P10 pubsub")
    said = manage(projects(broken(case)), "shell", "-c", HOSTS_IN_USE)
    assert "RedisPubSubChannelLayer" in said
    assert "Error" not in said


@pytest.mark.parametrize("name", ["P05", "P06"])
def test_an_address_where_no_redis_is(name, examined, projects, drive):
    case = next(one for one in CASES if one.name == name)
    (one,) = examined(broken(case)).findings
    words = drive(projects(broken(case)), wait=10, patience=10)["words"]
    kind, _, text = one.symptom.text.partition(": ")
    assert words.startswith(kind)
    if sys.platform == "linux":
        assert without_numbers(text) == without_numbers(words.partition(": ")[2])


def without_numbers(text):
    """Name servers differ: not known, or not known for now."""
    text = re.sub(r"Error -\d", "Error -N", text)
    return re.sub(r"(Name or service not known|Temporary failure in name resolution)", "?", text)


def test_an_idle_socket_dies_after_5_seconds(examined, projects, drive, redis_port):
    case = next(one for one in CASES if one.name == "P01")
    (one,) = examined(broken(case)).findings
    done = drive(projects(broken(case)), wait=8)
    assert normal(done["words"], redis_port) == normal(one.symptom.text, redis_port)


def test_every_found_symptom_that_shows_in_a_terminal_is_proved():
    """What is not driven here is proved by the tests above, by servers, or live."""
    elsewhere = {"P01", "P02", "P03", "P05", "P06", "P18", "P43", "P44", "P45", "P46", "P49", "P52"}
    elsewhere |= {"P92", "P93"}
    elsewhere |= {"P33", "P40", "P69"}  # a server prints the first two; the third needs Channels 1
    proved = {case.id for case in DRIVEN} | elsewhere
    for pitfall in pitfalls.load():
        if pitfall.found_by and pitfall.symptoms[0].where == "terminal":
            assert pitfall.id in proved
