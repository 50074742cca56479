"""The README shows what the doctor really prints."""

import html
import re

import pytest
from base_project import README
from cases import BY_NAME, broken
from picture import PICTURE, taken


def without_versions(text):
    head, _, rest = text.partition("\n\n")
    head = re.sub(r"[\d.]*\d", "N", " ".join(head.split()))
    return f"{head}\n\n{rest}"


def test_the_readme_shows_what_the_doctor_prints(doctor, projects):
    folder = projects(broken(BY_NAME["P20"]))
    folder = folder.rename(folder.with_name("my-chat"))
    said = doctor(folder, code=1).stdout.replace("python -m channels_doctor", "channels-doctor")
    (shown,) = re.findall(r"```text\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert without_versions(shown) == without_versions(said)


@pytest.mark.parametrize("option", ["--explain", "--fail-on", "--json", "--live", "--python"])
def test_the_options_in_the_readme_exist(doctor, option):
    assert option in README.read_text("utf-8")
    assert option in doctor("--help", code=0).stdout


def words(picture):
    """Return what the picture says; how it is drawn differs from version to version of rich."""
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", picture, flags=re.DOTALL)
    return html.unescape(text).split()


def test_the_picture_shows_what_the_doctor_prints():
    """`python tests/picture.py` takes it anew."""
    assert words(PICTURE.read_text("utf-8")) == words(taken())
    assert f"]({PICTURE.name})" in README.read_text("utf-8")
