"""A byte order mark, as Notepad writes it, is fine, and UTF-16 gets a clear message."""

import codecs

import pytest

from channels_doctor import project
from channels_doctor.examination import examine
from workshop.base.project_files import PROGRESS, files, is_utf_16, text_of
from workshop.course import catalog
from workshop.learner.check import check, note
from workshop.learner.progress import Progress

pytestmark = pytest.mark.slow


def with_marks(folder):
    """Save every text file of `folder` as Notepad does."""
    for path in files(folder).values():
        data = path.read_bytes()
        if text_of(data) is not None:
            path.write_bytes(codecs.BOM_UTF8 + data)
    (folder / ".env").write_bytes(codecs.BOM_UTF8 + b"DEBUG=1\n")
    return folder


@pytest.mark.parametrize("number", ["03", "05"])
def test_a_project_with_byte_order_marks_is_right(number, project_of):
    folder, step = with_marks(project_of(number)), catalog.find(number)
    verdict = check(folder, step, wanted=lambda one, promise: not promise.beside)
    assert verdict.finding is None, verdict.finding
    assert verdict.unmet is None


def test_a_byte_order_mark_is_no_difference(workshop, project_of):
    said = workshop("diff", "03", with_marks(project_of("03")), "chat_app", code=0).stdout
    assert "don't differ in chat_app" in said


def test_a_line_after_a_byte_order_mark_is_shown_as_it_is(project_of):
    folder = project_of("03")
    path = folder / "chat_app" / "consumers.py"
    path.write_bytes(codecs.BOM_UTF8 + b"import no_such_thing\n" + path.read_bytes())
    finding = check(folder, catalog.find("03")).finding
    assert (finding.place.line, finding.code) == (1, "import no_such_thing")


def test_progress_with_a_byte_order_mark_is_read(project_of):
    folder = project_of("01")
    Progress.of(folder).save()
    path = folder / PROGRESS
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert Progress.of(folder).done == {}


def test_the_doctor_takes_byte_order_marks(project_of):
    folder = with_marks(project_of("03"))
    (folder / "requirements.txt").write_bytes(codecs.BOM_UTF8 + b"uvicorn[standard]\n")
    found = examine(project.find(str(folder)))
    assert (found.troubles, found.findings) == ([], [])


def test_the_doctor_changes_the_first_line_behind_a_byte_order_mark(project_of):
    folder = project_of("03")
    path = folder / "chat_app" / "asynchronous.py"
    path.write_bytes(
        codecs.BOM_UTF8
        + b"async def tell(layer): layer.group_send('a', {'type': 'chat.message'})\n"
    )
    findings = examine(project.find(str(folder))).findings
    one = next(finding for finding in findings if finding.change)
    assert one.change.new[0].startswith("async def tell(layer): await layer.group_send(")


UTF_16 = ["utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", UTF_16)
@pytest.mark.parametrize(
    "file",
    ["chat_app/consumers.py", "chat_project/settings.py", "chat_app/templates/chat_app/chat.html",
     "chat_app/static/chat_app/chat.js", "notes.toml", ".env"],
)  # fmt: skip
def test_a_file_in_utf_16_is_explained(encoding, file, project_of):
    folder, step = project_of("05"), catalog.find("05")
    path = folder / file
    text = path.read_text("utf-8") if path.is_file() else "name = 1\n"
    path.write_bytes(text.encode(encoding))
    verdict = check(folder, step)
    assert verdict.finding.happened == (
        f"{file} is saved as UTF-16. Python and Django need it to be UTF-8."
    )
    assert verdict.finding.before_all and not verdict.is_done
    assert note(folder, verdict).done == {}


def test_the_command_line_reports_utf_16_without_a_traceback(workshop, project_of):
    folder = project_of("03")
    path = folder / "chat_app" / "consumers.py"
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    said = " ".join(workshop("check", folder, "--step", "03", code=1).stdout.split())
    assert "chat_app/consumers.py is saved as UTF-16. Python and Django need it" in said
    said = workshop("hint", folder, "--step", "03", code=0).stdout
    assert "chat_app/consumers.py is saved as UTF-16" in said
    said = workshop("diff", "03", folder, code=0).stdout
    assert said == (
        "chat_app/consumers.py: is saved as UTF-16: save it as UTF-8 to see the differences\n"
    )


@pytest.mark.parametrize("encoding", UTF_16)
@pytest.mark.parametrize("file", ["chat_project/settings.py", "chat_project/asgi.py",
                                  "chat_app/consumers.py", "manage.py"])  # fmt: skip
def test_the_doctor_reports_utf_16(encoding, file, project_of):
    folder = project_of("03")
    path = folder / file
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    assert examine(project.find(str(folder))).troubles == [
        f"{file} is saved as UTF-16. Python and Django need it to be UTF-8."
    ]


@pytest.mark.parametrize(
    "data", [b"", b"a", b"x = 1\n", b"\0", b"\0\0\0\0", b"\0\1", b"\0\2\0", "é\n".encode()]
)
def test_other_files_are_not_taken_for_utf_16(data):
    assert not is_utf_16(data)
