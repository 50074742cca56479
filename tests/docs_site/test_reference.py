"""The reference lists everything that's in the source, and nothing else."""

import json
import os
import re
import runpy
import subprocess
import sys

from workshop import cli
from workshop.authoring import outputs
from workshop.base.paths import ROOT

FINAL = ROOT / "final"
APPS = (FINAL / "chat_app", FINAL / "rooms", FINAL / "moderation")
SOURCES = [path.read_text("utf-8") for app in APPS for path in sorted(app.glob("*.py"))]
PROTOCOL = runpy.run_path(str(FINAL / "chat_app" / "protocol.py"))
FIELDS = """
import json
from chat_project.environment import Environment
fields = Environment.model_fields.items()
print(json.dumps({name: (field.default, field.description) for name, field in fields}))
"""


def table(page, head):
    """Return the rows of the table on `page` whose header starts with `head`."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    lines = iter(text.partition(f"| {head} |")[2].splitlines()[2:])
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    assert rows, f"{page} has no table that begins with {head}"
    return rows


def frames(heading):
    """Return each frame type's fields below this heading on the frames page."""
    text = (ROOT / "docs" / "reference" / "frames.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) ?\| ", section, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return {kind: re.findall(r"`(\w+)`", fields) for kind, fields in rows}


def test_the_page_of_the_tool_describes_every_command_and_option(online):
    text = (online.folder / "reference" / "tool" / "index.html").read_text("utf-8")
    assert len(cli.cli.commands) > 10
    for name, command in cli.cli.commands.items():
        _, _, section = text.partition(f'id="python3-m-workshop-{name}"')
        section, _, _ = section.partition("<h3")
        assert section, name
        for option in (option for parameter in command.params for option in parameter.opts):
            if option.startswith("--"):
                assert option in section, f"{name} {option}"


def test_the_page_of_the_frames_has_every_type_that_a_client_may_send():
    parsed = re.findall(r'case \{"type": "(\w+)"\}', "\n".join(SOURCES))
    assert set(frames("From the client")) == set(parsed)


def test_the_page_of_the_frames_has_every_type_that_the_server_sends():
    text = "\n".join(SOURCES)
    encoded = re.findall(r'\bencode\(\s*"(\w+)"', text)
    lists = re.findall(r'\bmessages_frame\([^\n]*?\bkind="(\w+)"', text)
    lists += re.findall(r'\bprotocol\.messages_frame\([^\n]*?, "(\w+)"', text)
    assert len(lists) >= 2
    assert set(frames("From the server")) == {*encoded, *lists}


def test_each_field_on_the_page_of_the_frames_is_one_in_the_source():
    text = "\n".join(SOURCES)
    for heading in ("From the client", "From the server"):
        for kind, fields in frames(heading).items():
            for field in fields:
                assert re.search(rf'"{field}"|\b{field}=', text), f"{kind} {field}"


def test_the_page_of_the_frames_has_every_error_with_its_sentence():
    rows = table("reference/frames.md", "Error code")
    assert {code.strip("`"): sentence for code, sentence in rows} == PROTOCOL["ERRORS"]


def test_the_page_of_the_frames_has_every_close_code():
    rows = table("reference/frames.md", "Close code")
    codes = {
        name: value
        for name, value in PROTOCOL.items()
        if isinstance(value, int) and 4000 < value < 5000
    }
    assert {name.strip("`"): int(code) for code, name, _ in rows} == codes


def test_the_page_of_the_settings_has_every_variable_as_its_field_describes_it():
    rows = table("reference/settings.md", "Variable")
    page = {name.strip("`"): (default.strip("`"), what) for name, default, what in rows}
    done = subprocess.run(
        [sys.executable, "-c", FIELDS],
        cwd=FINAL,
        env={"PATH": os.environ["PATH"], "DEBUG": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    fields = json.loads(done.stdout)
    assert {name: what for name, (_, what) in page.items()} == {
        name: what for name, (_, what) in fields.items()
    }
    defaults = {name: default for name, (default, _) in fields.items() if default is not None}
    computed = {"DATABASE_URL"}  # its default holds the project's own folder
    assert {name: page[name][0] for name in defaults.keys() - computed} == {
        name: default for name, default in defaults.items() if name not in computed
    }


def test_the_finished_app_says_what_is_wrong_with_its_environment():
    [(name, text)] = outputs.mistakes().items()
    shown = (ROOT / outputs.FOLDER / f"{name}.txt").read_text("utf-8")
    assert shown == f"{outputs.normalize(text)}\n"


def test_the_table_of_optimisations_names_what_there_is():
    page = "\n".join(SOURCES + [(FINAL / "chat_project" / "settings.py").read_text("utf-8")])
    rows = table("finished/optimisations.md", "Optimisation")
    for first, *_ in rows:
        *_, name = re.match(r"`([\w.]+)`", first)[1].split(".")
        assert re.search(rf"\b(?:class|def) {name}\b|\bself\.{name} =|\b{name}\b.*= None", page)


def test_the_page_about_chaos_has_every_fault():
    from bench.chaos import FAULTS

    rows = table("finished/chaos.md", "fault")
    assert rows == [[f"`{fault.name}`", fault.sentence] for fault in FAULTS.values()]
