"""The examples on the page before chapter 02 print what the page shows."""

import subprocess
import sys

import django
import pytest
from doc_pages import DOCS, directives, pages

from workshop.authoring import outputs
from workshop.base.paths import ROOT
from workshop.services import network

PAGE = "chapters/async.md"
ANSWERS = {
    "01": "404 Not Found",
    "02": "500 Internal Server Error",
    "03": "101 Switching Protocols",
}


def kept(name):
    return (DOCS / "outputs" / f"{name}.txt").read_text("utf-8")


def test_an_example_prints_what_its_page_shows():
    shown = outputs.examples()
    assert {name: kept(name).strip() for name in shown} == {
        name: outputs.normalize(text) for name, text in shown.items()
    }
    on_page = {words[0] for name, words in directives(PAGE) if name == "output"}
    assert on_page == {*shown, "async-handshake"}


def test_every_example_is_on_a_page():
    shown = {words[0] for page in pages() for name, words in directives(page) if name == "code"}
    commands = (DOCS / PAGE).read_text("utf-8")
    for path in sorted((DOCS / "examples").glob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        assert where in shown or f"python3 {where}\n" in commands


def test_the_view_of_chapter_01_answers_a_request():
    script = (
        "from django.conf import settings; settings.configure(); "
        "import views; print(views.about(None).text)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=DOCS / "examples", capture_output=True, text=True)
    assert done.stdout == "This is my chat.\n", done.stderr


def test_the_two_djangos_write_the_settings_that_chapter_01_names(tmp_path):
    command = [sys.executable, "-m", "django", "startproject", "chat_project", str(tmp_path)]
    subprocess.run(command, check=True)
    text = (tmp_path / "chat_project" / "settings.py").read_text("utf-8")
    is_older = django.VERSION < (6,)
    assert ("DEFAULT_AUTO_FIELD" in text) is is_older
    assert ("MAILERS" in text) is not is_older


def test_a_handshake_without_a_server_tells_how_to_start_one():
    port = str(network.free_port("127.0.0.1", 0))
    command = [sys.executable, "docs/examples/handshake.py", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (f"No server listens on port {port}. Start yours, then run this again.\n")


@pytest.mark.slow
@pytest.mark.parametrize(("step", "answer"), ANSWERS.items())
def test_a_handshake_is_answered_differently_by_each_step(step, answer):
    with outputs.served(step, ROOT) as server:
        last = server.handshake().splitlines()[-1]
    assert last.lower() == f"http/1.1 {answer}".lower()
