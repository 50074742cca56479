"""What reading a learner's code finds, and which failures it can explain."""

import ast
import itertools
from pathlib import Path

import pytest

from workshop.course import catalog
from workshop.learner import findings, source
from workshop.learner.reading import order
from workshop.learner.reading.project import SURE

RIGHT = sorted(path for path in (Path(__file__).parent / "right").iterdir() if path.is_dir())
STEPS = [step for step in catalog.load() if step.folder.exists()]


# Reading the finished app takes many seconds; nobody checks it.
QUICK = STEPS[:5]
READ = [pytest.param(step, marks=[pytest.mark.slow] * (step not in QUICK)) for step in STEPS]


@pytest.mark.parametrize("step", READ, ids=[step.slug for step in STEPS])
def test_a_right_solution_holds_no_mistake(step):
    assert source.mistakes(step.folder, step.folder) == []


@pytest.mark.slow
@pytest.mark.parametrize("overlay", RIGHT, ids=lambda path: path.name)
def test_another_right_solution_holds_none_that_is_sure(overlay, project_of):
    step = catalog.find(overlay.name[:2])
    found = source.mistakes(project_of(step.number, overlay), step.folder)
    assert [mistake for mistake in found if mistake.certainty == SURE] == []


BEGUN = [
    pytest.param(*pair, marks=[pytest.mark.slow] * (pair[1] not in QUICK), id=pair[1].slug)
    for pair in itertools.pairwise(STEPS)
]


@pytest.mark.parametrize(("before", "step"), BEGUN)
def test_a_step_that_is_only_begun_holds_no_mistake_yet(before, step):
    found = source.mistakes(before.folder, step.folder)
    assert [mistake for mistake in found if mistake.certainty == SURE] == []


def by_the_doctor(folder, name):
    found = source.mistakes(folder, catalog.find(name).folder)
    return [mistake for mistake in found if mistake.rule == source.BY_THE_DOCTOR]


def edited(folder, path, *edits):
    text = (folder / path).read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / path).write_text(text, "utf-8")
    return folder


def test_the_doctors_rules_find_mistakes(project_of):
    folder = edited(
        project_of("03"), "chat_app/consumers.py", ("await self.accept()", "self.accept()")
    )
    (mistake,) = by_the_doctor(folder, "03")
    assert (mistake.pitfall, mistake.about) == ("P23", "accept")
    assert mistake.place.path == "chat_app/consumers.py"


def test_settings_are_read_without_being_loaded(project_of):
    edits = [('"CONFIG": {"hosts"', '"hosts": [], "CONFIG": {"hosts"')]
    folder = edited(project_of("04"), "chat_project/settings.py", *edits)
    edited(folder, "chat_project/settings.py", ("SECRET_KEY =", "1 / 0\nSECRET_KEY ="))
    assert [mistake.pitfall for mistake in by_the_doctor(folder, "04")] == ["P09"]


def test_the_likeliest_mistake_comes_first(project_of):
    folder = edited(
        project_of("03"),
        "chat_app/consumers.py",
        ("await self.channel_layer.group_send", "self.channel_layer.group_send"),
        ("await self.accept()", "self.accept()"),
    )
    assert [mistake.pitfall for mistake in by_the_doctor(folder, "03")] == ["P23", "P20"]


def test_every_test_that_the_diagnoses_name_exists():
    tests = {
        node.name
        for step in STEPS
        for path in step.folder.glob("tests/test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    rules = findings._diagnoses_file()
    named = set(rules["only_explained_by"]).union(*rules["only_explains"].values())
    assert named and named <= tests
    assert set(rules["only_explains"]) == {order.ACCEPTS_BEFORE_JOINING}


def test_a_method_with_another_name_is_no_forgotten_call(project_of):
    folder = project_of("04")
    consumers = folder / "chat_app" / "consumers.py"
    text = consumers.read_text("utf-8")
    old = "await self.channel_layer.group_send("
    assert old in text
    renamed = "group_send = self.channel_layer.group_send\n        await group_send("
    consumers.write_text(text.replace(old, renamed), "utf-8")
    found = source.mistakes(folder, catalog.find("04").folder)
    assert [mistake for mistake in found if mistake.rule == "missing-call"] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("code, ref=None, **fields", "detail, ref=None", "In this step, Refused() takes"),
        ("async def disconnect(self, code)", "async def disconnect(self)", "Channels calls"),
    ],
)
def test_parameters_are_said_to_be_those_of_whoever_calls(project_of, old, new, says):
    step = catalog.find("15")
    folder = project_of("15")
    for path in ("chat_app/protocol.py", "chat_app/consumers.py"):
        text = (folder / path).read_text("utf-8")
        (folder / path).write_text(text.replace(old, new), "utf-8")
    found = [mistake.says for mistake in source.mistakes(folder, step.folder)]
    assert any(one.startswith(says) for one in found), found


def test_an_installed_package_of_the_same_name_hides_no_mistake(project_of, monkeypatch):
    monkeypatch.syspath_prepend(str(catalog.find("final").folder))
    names = ("websocket_urlpatterns", "urlpatterns")
    folder = edited(project_of("03"), "chat_app/routing.py", names)
    found = [one.says for one in source.mistakes(folder, catalog.find("03").folder)]
    assert any("chat_app/routing.py calls it `urlpatterns`" in says for says in found)


SLIPS = [
    ("05", "static/chat_app/chat.js", "(connect, longest", "(connect(), longest",
     "called-too-early", "Pass the function: `connect`."),
    ("05", "static/chat_app/chat.js", "import { get }", "import { got }", "missing-export",
     "log.js exports no got. Did you mean `get`?"),
    ("10", "static/chat_app/feed.js", "(this.last < head)", "(this.last = head)", "assigned",
     "to compare them, write `===`"),
    ("14", "rights.py", ".filter(pk=room_id).exists()", ".filter(pk=room_id)", "cut-off",
     "Without `.exists()` at its end, this is still a query, and neither True nor False."),
    ("14", "signals.py", "lambda: notify_rooms(", "notify_rooms(", "called-too-early",
     "write `lambda: notify_rooms(…)`"),
    ("14", "rights.py", '{"session": session}', "scope", "never-used",
     "session is set here, but nothing in find_close_code() uses it."),
    ("11", "changes.py", "Kind.EDIT", "Kind.Edit", "missing-name", "Did you mean `EDIT`?"),
    ("11", "changes.py", "return target", "target.text.strip()", "thrown-away",
     "strip() doesn't change anything: it returns a new value"),
    ("15", "limits.py", "    def __init__(self):", "    sockets = []\n\n    def __init__(self):",
     "shared", "write `self.sockets = []` in __init__()"),
    ("08", "messages.py", '    room.save(update_fields=["head"])\n', "", "not-saved",
     "call `room.save()` afterwards"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "path", "old", "new", "rule", "says"), SLIPS, ids=[slip[5][:40] for slip in SLIPS]
)
def test_a_slip_is_found_where_much_else_differs(project_of, step, path, old, new, rule, says):
    folder = edited(project_of(step), f"chat_app/{path}", (old, new))
    for other in ("views.py", "forms.py", "urls.py", "admin.py", "protocol.py"):
        file = folder / "chat_app" / other
        if file.exists():
            file.write_text(file.read_text("utf-8") + "\nOF_MY_OWN = 1\n", "utf-8")
    found = source.mistakes(folder, catalog.find(step).folder)
    assert "difference" not in [mistake.rule for mistake in found]
    said = [mistake for mistake in found if mistake.rule == rule]
    assert said and says in said[0].says
    assert said[0].place.path == f"chat_app/{path}"
