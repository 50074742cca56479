"""The pictures show the app as it is now, and the animation moves."""

import json

from doc_pages import DOCS

from workshop.authoring import pictures
from workshop.base.paths import ROOT

FOLDER = DOCS / "pictures"


def test_pictures_are_up_to_date():
    taken = json.loads((FOLDER / pictures.SOURCES).read_text("utf-8"))
    words = "the app's pages have changed: run `python3 -m workshop pictures`, and look at them"
    assert taken["digest"] == pictures.digest(), words


def test_a_changed_style_sheet_outdates_the_pictures(tmp_path):
    import shutil

    (tmp_path / "steps").mkdir()
    shutil.copy(ROOT / "steps" / "course.toml", tmp_path / "steps")
    for place in pictures.SHOWN:
        shutil.copytree(ROOT / "final" / place, tmp_path / "final" / place)
    assert pictures.digest(tmp_path) == pictures.digest()
    sheet = tmp_path / "final" / "chat_app" / "static" / "chat_app" / "chat.css"
    sheet.write_text(sheet.read_text("utf-8") + "body { color: red }\n")
    assert pictures.digest(tmp_path) != pictures.digest()


def test_the_animation_has_many_frames_and_a_small_size():
    data = (FOLDER / pictures.ANIMATION).read_bytes()
    assert data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    assert data.count(b"ANMF") >= 8
    assert len(data) < 600_000


def test_every_picture_is_used():
    from doc_pages import pages

    text = "\n".join([*pages().values(), (ROOT / "README.md").read_text("utf-8")])
    for path in FOLDER.iterdir():
        assert path.suffix == ".json" or f"pictures/{path.name}" in text
