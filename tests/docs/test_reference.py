"""The reference is read from the source, and holds all of it."""

import re

import pytest

from workshop import cli, course, overview
from workshop.docs_site import frames, settings
from workshop.docs_site.sources import NotFound

APP = course.ROOT / "final" / "chat_app"


def page(online, path):
    return (online.folder / path / "index.html").read_text("utf-8")


def test_every_verb_and_every_option_stands_on_the_page_of_the_tool(online):
    text = page(online, "reference/tool")
    assert len(cli.cli.commands) > 10
    for name, verb in cli.cli.commands.items():
        assert f'id="{name}"' in text, name
        for option in (option for one in verb.params for option in one.opts):
            if option.startswith("--"):
                assert option in text, f"{name} {option}"


def test_the_overview_of_the_tool_names_every_verb():
    named = {verb.split()[0] for verbs in overview.GROUPS.values() for verb, _ in verbs}
    assert named == set(cli.cli.commands)


def test_every_type_that_the_page_of_the_app_handles_is_described():
    script = (APP / "static" / "chat_app" / "chat.js").read_text("utf-8")
    receive = script.partition("const receive = {")[2].partition("\n};")[0]
    handled = set(re.findall(r"^  (\w+)(?=[:(])", receive, re.MULTILINE))
    assert handled == {one.kind for one in frames.from_server(APP)}


def test_every_type_that_the_page_of_the_app_sends_is_described():
    script = (APP / "static" / "chat_app" / "chat.js").read_text("utf-8")
    sent = set(re.findall(r'send\(\{ type: "(\w+)"', script))
    assert sent == {one.kind for one in frames.from_client(APP)}


def test_the_fields_of_a_frame_are_those_of_the_source():
    client = {one.kind: one.fields for one in frames.from_client(APP)}
    assert client["message"] == ("client_id", "message")
    assert client["typing"] == ()
    server = {one.kind: one.fields for one in frames.from_server(APP)}
    assert server["ack"] == ("client_id", "seq")
    assert set(server["synced"]) == {"messages", "upto", "more"}


def test_a_frame_that_nobody_describes_stops_the_build(tmp_path):
    text = (APP / "protocol.py").read_text("utf-8")
    new = 'case {"type": "wave"}:\n            return ("wave",)\n        case {"type": "typing"}:'
    (tmp_path / "protocol.py").write_text(text.replace('case {"type": "typing"}:', new))
    with pytest.raises(NotFound, match="wave"):
        frames.from_client(tmp_path)


def test_a_setting_that_nobody_describes_stops_the_build(tmp_path):
    path = course.ROOT / "final" / "chat_project" / "settings.py"
    copy = tmp_path / "settings.py"
    copy.write_text(path.read_text("utf-8") + '\nMOON = env.str("MOON", "full")\n')
    with pytest.raises(NotFound, match="MOON"):
        settings.read(copy)


def test_every_error_and_close_code_stands_on_the_page_of_the_frames(online):
    text = page(online, "reference/frames")
    source = (APP / "protocol.py").read_text("utf-8")
    codes = re.findall(r'^    "(\w+)":', source, re.MULTILINE)
    assert len(codes) >= 12
    for code in [*codes, "4401", "4403", "4408", "4409", "4413", "4429"]:
        assert re.search(rf'<(code|code class="short"|td)>{code}</', text)


def test_every_fault_of_chaos_stands_on_the_page_about_delivery(online):
    from workshop.chaos import FAULTS

    text = page(online, "tour/delivery")
    for fault in FAULTS.values():
        assert re.search(rf'<code( class="short")?>{fault.name}</code>', text)
