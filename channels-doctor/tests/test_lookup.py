"""Pasted text leads to its pitfall: exact messages, parts of them, tracebacks, logs."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from channels_doctor import command, pitfalls
from channels_doctor.errors import DoctorError
from channels_doctor.pitfalls import lookup

PASTES = json.loads((Path(__file__).parent / "pastes.json").read_text("utf-8"))
TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/venv/lib/python3.12/site-packages/channels/consumer.py", line 94, in app
    return await consumer(scope, receive, send)
  File "/srv/chat/consumers.py", line 33, in connect
    await self.join()
{message}

During handling of the above exception, another exception occurred:
"""
FORMS = {
    "exact": lambda text: text,
    "inside a traceback": lambda text: TRACEBACK.format(message=text),
}
SHOWN = [
    symptom
    for pitfall in pitfalls.load()
    for symptom in pitfall.symptoms
    if symptom.where != "nowhere"
]


def with_message(text):
    return {
        pitfall.id
        for pitfall in pitfalls.load()
        for symptom in pitfall.symptoms
        if symptom.text == text
    }


def ids(text):
    return [pitfall.id for pitfall in lookup.find(text)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("symptom", SHOWN, ids=lambda symptom: symptom.text[:40])
def test_a_symptom_leads_to_its_pitfall(symptom, form):
    assert ids(FORMS[form](symptom.text))[0] in with_message(symptom.text)


def test_the_last_half_of_a_message_leads_to_its_pitfall():
    """Some halves are a word or two that many messages contain."""
    halves = {symptom.text: symptom.text[len(symptom.text) // 2 :] for symptom in SHOWN}
    missed = [text for text in halves if not with_message(text) & set(ids(halves[text]))]
    assert len(missed) <= 0.1 * len(halves), missed


def test_pasted_messages_lead_to_the_right_page_first():
    missed = {
        row["text"]: ids(row["text"])[:2] for row in PASTES if ids(row["text"])[:1] != [row["id"]]
    }
    assert len(PASTES) >= 60
    assert len(missed) <= 0.05 * len(PASTES), missed


@pytest.mark.parametrize(("code", "pitfall"), [("404", "P02"), ("403", "P37"), ("500", "P15")])
def test_the_status_of_a_handshake_decides(code, pitfall):
    said = (
        "WebSocket connection to 'wss://x.example/ws/' failed: Error during WebSocket handshake: "
    )
    assert ids(f"{said}Unexpected response code: {code}")[0] == pitfall


@pytest.mark.parametrize("text", ["", "hello", "it does not work", "ValueError: invalid literal"])
def test_what_is_no_known_message_finds_nothing(text):
    assert ids(text) == []


def test_the_colours_of_a_terminal_do_not_matter():
    assert ids("\x1b[31mRuntimeError: Event loop is \x1b[1mclosed\x1b[0m") == ["P75"]


def explained(text, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    console = Console(record=True, width=80, file=io.StringIO())
    assert command.explain("-", console) == 0
    return console.export_text()


def test_explain_reads_a_paste(monkeypatch):
    said = explained(TRACEBACK.format(message="RuntimeError: Event loop is closed"), monkeypatch)
    assert said.startswith("P75  ")


def test_explain_names_the_others_that_print_the_same(monkeypatch):
    said = explained("Not Found: /ws/chat/lobby/", monkeypatch)
    assert "It may also be P5" in said


def test_explain_says_when_it_knows_no_such_message(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("nothing of the kind"))
    with pytest.raises(DoctorError, match="This text contains no known message"):
        command.explain("-", Console())
