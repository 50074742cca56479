"""The site is built from the repository, and any mistake on a page stops the build."""

import re

import pytest

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT
from workshop.docs_site import addresses
from workshop.docs_site.directives import UnknownDirective, expand


def test_the_strict_build_has_no_warning(online):
    assert online.said == ""


@pytest.mark.slow
def test_the_strict_offline_build_has_no_warning(offline):
    assert offline.said == ""


@pytest.mark.slow
def test_online_and_offline_sites_have_the_same_pages(online, offline):
    assert len(online.pages()) > 90
    assert {path.removesuffix("/index.html") for path in online.pages()} >= {
        "chapters/03-consumer",
        "pitfalls/p55",
        "slides/05-template",
        "finished/chaos",
    }
    assert len(offline.pages()) == len(online.pages())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{{ code steps/03-consumer/nothing.py }}", "there is no file"),
        ("{{ code steps/03-consumer/chat_app/consumers.py Nobody }}", "there is no Nobody"),
        ("{{ code final/chat_app/static/chat_app/chat.js nobody }}", "there is no nobody"),
        ("{{ diff 02 03 manage.py }}", "does not differ"),
        ("{{ diff 02 33 manage.py }}", "no checkpoint called 33"),
        ("{{ output nothing }}", "there is no file"),
        ("{{ exercises final }}", "has no exercise"),
        ("{{ adds nothing }}", "course.toml doesn't declare a part nothing of final"),
        ("{{ sing }}", "there is no sing"),
        ("{{ code }}", "wrong number of words"),
    ],
)
def test_an_invalid_directive_stops_the_build(line, words):
    with pytest.raises(UnknownDirective) as told:
        expand(f"before\n{line}\nafter", ROOT)
    assert line in str(told.value)
    assert words in str(told.value)


def test_a_method_is_shown_with_its_line_numbers():
    path = "steps/03-consumer/chat_app/consumers.py"
    shown = expand(f"{{{{ code {path} ChatConsumer.chat_message }}}}", ROOT)
    lines = (ROOT / path).read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "def chat_message" in line)
    assert f'linenums="{number}"' in shown
    assert "async def chat_message(self, event):" in shown.splitlines()
    assert "connect" not in shown


def test_a_diff_compares_two_checkpoints():
    shown = expand("{{ change 04 chat_project/settings.py }}", ROOT)
    assert '+        "BACKEND": "channels_redis.core.RedisChannelLayer",' in shown
    assert '-        "BACKEND": "channels.layers.InMemoryChannelLayer",' in shown
    assert "The whole file: chat_project/settings.py" in shown


def test_a_table_of_the_finished_app_says_what_is_new_and_shows_each_file():
    shown = expand("{{ adds project }}", ROOT)
    assert "| `chat_project/environment.py` | new | Declares every environment variable" in shown
    assert "| `chat_project/settings.py` | changed | " in shown
    assert '??? file "The whole file: final/chat_project/environment.py"' in shown
    assert re.search(r"^\| `tests/` \| \d\d files \| ", expand("{{ adds tests }}", ROOT), re.M)


def test_template_tags_in_code_are_not_expanded():
    shown = expand("{{ code steps/05-template/chat_app/templates/chat_app/chat.html }}", ROOT)
    assert '{{ room_name|json_script:"room-name" }}' in shown


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (None, ""),
        ("03", "chapters/03-consumer/"),
        ("3", "chapters/03-consumer/"),
        ("consumer", "chapters/03-consumer/"),
        ("P01", "pitfalls/p01/"),
        ("pitfalls", "pitfalls/"),
        ("deploying", "deploying/"),
        ("final", "chapters/in-production/"),
        ("Glossary", "reference/glossary/"),
        ("instructors/agenda", "instructors/agenda/"),
    ],
)
def test_pages_are_found_by_their_usual_names(name, path, online):
    assert addresses.address_of(name) == path
    assert (online.folder / path / "index.html").is_file()


def test_every_pitfall_has_a_page_that_docs_opens(online):
    from channels_doctor import pitfalls

    for one in pitfalls.load():
        assert addresses.address_of(one.id) == one.page
        assert (online.folder / one.page / "index.html").is_file()


def test_an_unknown_page_suggests_the_nearest_name():
    with pytest.raises(UsageError, match=r"no page called glosary. Did you mean glossary\?"):
        addresses.address_of("glosary")


def test_a_broken_page_is_named_in_one_sentence(tmp_path, monkeypatch):
    from workshop.base.errors import WorkshopError
    from workshop.docs_site import serve

    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.md").write_text("# Start\n\n[nowhere](nowhere.md)\n")
    start, _, _ = config.partition("\nnav:")
    hooks = (ROOT / "workshop" / "docs_site").as_posix()
    lines = [line for line in start.splitlines() if not line.startswith(("hooks:", "watch:"))]
    text = "\n".join(lines).replace("docs_dir: docs", f"docs_dir: {pages.as_posix()}")
    text = text.replace("workshop/docs_site/theme", f"{hooks}/theme")
    (tmp_path / "mkdocs.yml").write_text(text)
    with pytest.raises(WorkshopError) as told:
        serve.build(folder=tmp_path / "out", root=tmp_path)
    assert "index.md" in str(told.value)
    assert "nowhere.md" in str(told.value)
