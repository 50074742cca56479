"""The site is built from the repository, and whatever is wrong with a page stops the build."""

import pytest

from workshop import course
from workshop.docs_site import addresses
from workshop.docs_site.directives import Unknown, expand
from workshop.errors import UsageError

ROOT = course.ROOT


def test_the_site_is_made_strictly_and_without_a_warning(online, offline):
    assert online.said == ""
    assert offline.said == ""


def test_both_flavours_hold_the_same_pages(online, offline):
    assert len(online.pages()) > 90
    assert {path.removesuffix("/index.html") for path in online.pages()} >= {
        "chapters/03-consumer",
        "pitfalls/p55",
        "slides/05-template",
        "tour/delivery",
    }
    assert len(offline.pages()) == len(online.pages())


def test_the_whole_site_is_made_in_under_60_seconds(online, offline):
    assert online.seconds < 60
    assert offline.seconds < 60


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{{ code steps/03-consumer/nothing.py }}", "there is no file"),
        ("{{ code steps/03-consumer/chat_app/consumers.py Nobody }}", "there is no Nobody"),
        ("{{ code final/chat_app/static/chat_app/chat.js nobody }}", "there is no nobody"),
        ("{{ diff 02 03 manage.py }}", "does not differ"),
        ("{{ diff 02 33 manage.py }}", "no checkpoint called 33"),
        ("{{ output nothing }}", "there is no file"),
        ("{{ frames moon }}", "client or server"),
        ("{{ exercises final }}", "has no exercise"),
        ("{{ sing }}", "there is no sing"),
        ("{{ code }}", "wrong number of words"),
    ],
)
def test_a_line_that_asks_for_what_is_not_there_stops_the_build(line, words):
    with pytest.raises(Unknown) as told:
        expand(f"before\n{line}\nafter", ROOT)
    assert line in str(told.value)
    assert words in str(told.value)


def test_a_method_is_shown_alone_with_its_own_line_numbers():
    path = "steps/03-consumer/chat_app/consumers.py"
    shown = expand(f"{{{{ code {path} ChatConsumer.chat_message }}}}", ROOT)
    lines = (ROOT / path).read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "def chat_message" in line)
    assert f'linenums="{number}"' in shown
    assert "async def chat_message(self, event):" in shown.splitlines()
    assert "connect" not in shown


def test_a_diff_is_the_one_between_the_checkpoints():
    shown = expand("{{ change 04 chat_project/settings.py }}", ROOT)
    assert '+        "BACKEND": "channels_redis.core.RedisChannelLayer",' in shown
    assert '-        "BACKEND": "channels.layers.InMemoryChannelLayer",' in shown
    assert "The whole file: chat_project/settings.py" in shown


def test_what_looks_like_a_directive_in_a_template_is_left_alone():
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
        ("final", "tour/"),
        ("Glossary", "reference/glossary/"),
        ("instructors/agenda", "instructors/agenda/"),
    ],
)
def test_a_page_is_found_by_what_people_call_it(name, path, online):
    assert addresses.address_of(name) == path
    assert (online.folder / path / "index.html").is_file()


def test_every_pointer_of_the_registry_leads_to_a_page(online):
    from workshop import pitfalls

    for one in pitfalls.load():
        assert addresses.address_of(one.id) == one.page
        assert (online.folder / one.page / "index.html").is_file()


def test_a_page_that_is_not_there_is_answered_with_the_nearest_name():
    with pytest.raises(UsageError, match=r"no page called glosary. Did you mean glossary\?"):
        addresses.address_of("glosary")


def test_a_broken_page_is_named_in_one_sentence(tmp_path, monkeypatch):
    from workshop import docs
    from workshop.errors import WorkshopError

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
        docs.build(folder=tmp_path / "out", root=tmp_path)
    assert "index.md" in str(told.value)
    assert "nowhere.md" in str(told.value)
