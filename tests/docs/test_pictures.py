"""The pictures show the app as it is now, and the moving one moves."""

import json

from sources import DOCS

from workshop import pictures

FOLDER = DOCS / "pictures"


def test_no_picture_is_older_than_what_it_shows():
    taken = json.loads((FOLDER / pictures.SOURCES).read_text("utf-8"))
    words = "the app's pages have changed: run `python3 -m workshop pictures`, and look at them"
    assert taken["digest"] == pictures.digest(), words


def test_a_change_in_the_style_sheet_makes_the_pictures_old(tmp_path):
    import shutil

    from workshop import course

    (tmp_path / "steps").mkdir()
    shutil.copy(course.ROOT / "steps" / "course.toml", tmp_path / "steps")
    for place in pictures.SHOWN:
        shutil.copytree(course.ROOT / "final" / place, tmp_path / "final" / place)
    assert pictures.digest(tmp_path) == pictures.digest()
    sheet = tmp_path / "final" / "chat_app" / "static" / "chat_app" / "chat.css"
    sheet.write_text(sheet.read_text("utf-8") + "body { color: red }\n")
    assert pictures.digest(tmp_path) != pictures.digest()


def test_the_moving_picture_has_many_frames_and_is_small_enough_to_load():
    data = (FOLDER / pictures.MOVING).read_bytes()
    assert data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    assert data.count(b"ANMF") >= 8
    assert len(data) < 600_000


def test_every_picture_in_the_folder_is_shown_on_a_page_or_in_the_readme():
    from sources import pages

    from workshop import course

    text = "\n".join([*pages().values(), (course.ROOT / "README.md").read_text("utf-8")])
    for path in FOLDER.iterdir():
        assert path.suffix == ".json" or f"pictures/{path.name}" in text
