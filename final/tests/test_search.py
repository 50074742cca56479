"""The message search: what it finds, for whom, and how it handles odd queries.

Another test runs this file on PostgreSQL, too.
"""

import os
import re
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from chat_app.models import Membership, Message, Room
from rooms.models import Ban, RoomDetails
from search import index, views
from search.query import parse
from tests.conftest import log_in
from tests.server import PROJECT
from tests.stored import delete, edit, write

on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="this is about SQLite")
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="this is about PostgreSQL"
)


@pytest.fixture(autouse=True)
def fresh_searches():
    yield
    views.searches.buckets.clear()


def search(user, text, **more):
    views.searches.buckets.clear()
    return log_in(user).get(f"/search/?{urlencode({'q': text, **more})}")


def find(user, text, **more):
    """The texts of the messages found."""
    page = search(user, text, **more)
    assert page.status_code == 200
    return [result.message.text for result in page.context.get("results", [])]


TEXTS = [
    "The kettle is green.",
    "Is the green kettle here?",
    "Kettles are different",
    "Look at https://example.org/tea/green_leaves",
    "don't <b>panic</b>",
    "Ärger im Café Müller",
    "café again, in capitals: CAFÉ",
    "我 喜欢 茶",
    "version 2.5 of 2026",
    "well-known and well known",
    "हिन्दी में",
    "hello😀world",
]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("kettle", [1, 0]),
        ("KETTLE green", [1, 0]),
        ('"green kettle"', [1]),
        ('"green kettle', [1]),
        ("green-kettle", [1]),
        ("green -kettle", [3]),
        ('green -"green kettle"', [3, 0]),
        ("kettle kettles", []),
        ("kettle OR kettles", []),
        ("example", [3]),
        ("https://example.org/tea", [3]),
        ("leaves", [3]),
        ("panic", [4]),
        ("b", [4]),
        ("don't", [4]),
        ("t", [4]),
        ("café", [6, 5]),
        ("ÄRGER", [5]),
        ("茶", [7]),
        ("2.5", [8]),
        ("2026", [8]),
        ("well known", [9]),
        ('"well known"', [9]),
        ("हिन्दी", [10]),
        ("world", [11]),
        ("missing", []),
        ("-green", []),
    ],
)
def test_words_phrases_and_exclusions_find_the_newest_first(ann, room, text, expected):
    write(room, ann, *TEXTS)
    assert find(ann, text) == [TEXTS[number] for number in expected]


ODD = [
    *r"""" "" ' '' * kettle* ^kettle NEAR( NEAR(kettle,5) OR NOT AND - -- + ( ) () {a}""".split(),
    *r"""it's % %s %(q)s _ \ \' :* ! & | <-> text:kettle a:b:c rank search_index .. -1""".split(),
    *["kettle AND", "AND OR", "- -", "text : x", "'; DROP TABLE chat_app_message; --"],
    *[
        "😀",
        "茶",
        "½",
        "Ⅷ",
        "ß",
        "İ",
        "e\u0301",
        "\u0301",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\U000e0041",
    ],
    *[
        "a" * 200,
        "a" * 201,
        "ß" * 200,
        "茶" * 200,
        '"a ' * 60,
        "-a " * 66,
        "a " * 100,
        "\r\n\t",
        " ",
    ],
]


@pytest.mark.parametrize("text", ODD)
def test_no_query_string_causes_an_error(ann, room, text):
    write(room, ann, "kettle", text[:150] + "x")
    page = search(ann, text)
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")


def test_nul_is_refused_in_a_search(ann, room):
    assert log_in(ann).get("/search/?q=a%00b").status_code == 400
    assert log_in(ann).get("/search/?q=%ED%A0%80%ff").status_code == 200


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "1" * 19, "9" * 18, "٣"])
def test_a_page_number_that_does_not_exist_is_no_error(ann, room, before):
    write(room, ann, "kettle")
    assert search(ann, "kettle", before=before).status_code == 200


def test_a_query_that_is_too_long_is_explained(ann, room):
    page = search(ann, "a" * 201)
    assert "at most 200 characters" in page.text and "results" not in page.context


def test_a_search_without_words_asks_for_some(ann, room):
    assert "Type at least one word" in search(ann, "😀 ?!").text
    assert "Type at least one word" not in search(ann, "").text
    assert "No messages match" in search(ann, "kettle").text


# Who finds what


def test_only_messages_of_visible_rooms_are_found(ann, bob, room, secret):
    write(room, ann, "a public kettle")
    write(secret, ann, "a secret kettle")
    assert find(ann, "kettle") == ["a secret kettle", "a public kettle"]
    assert find(bob, "kettle") == ["a public kettle"]
    Membership.objects.create(room=secret, user=bob)
    assert len(find(bob, "kettle")) == 2
    Membership.objects.filter(user=bob).delete()
    assert find(bob, "secret") == []


def test_banned_people_find_nothing_in_the_room(ann, bob, room):
    write(room, ann, "a kettle")
    Ban.objects.create(room=room, user=bob)
    assert find(bob, "kettle") == []


def test_a_search_in_one_room_leaves_the_others_out(ann, room, secret):
    write(room, ann, "a public kettle")
    write(secret, ann, "a secret kettle")
    assert find(ann, "kettle", room="secret") == ["a secret kettle"]
    assert len(find(ann, "kettle", room="secret", everywhere="on")) == 2


def test_a_closed_room_looks_like_a_missing_one_to_a_search(ann, bob, secret):
    write(secret, ann, "a secret kettle")
    assert search(bob, "kettle", room="secret").status_code == 404
    assert search(bob, "kettle", room="nowhere").status_code == 404
    assert search(bob, "kettle", room="secret", everywhere="on").status_code == 404


def test_searching_requires_a_login(client):
    assert client.get("/search/?q=a").url == "/accounts/login/?next=/search/%3Fq%3Da"
    assert client.post("/search/").status_code == 405


# What changes


async def test_a_message_is_found_as_soon_as_it_is_sent_and_until_it_is_deleted(
    connect, ann, room, stored
):
    found = database_sync_to_async(find)
    socket = await connect(ann)
    await socket.say("a green kettle")
    await socket.hear("messages")
    assert await found(ann, "kettle") == ["a green kettle"]
    ids = {"client_id": "12345678-1234-4234-8234-123456789abc", "seq": 1}
    await socket.tell("edit", **ids, message="a blue teapot")
    await socket.hear("messages")
    assert await found(ann, "kettle") == []
    assert await found(ann, "teapot") == ["a blue teapot"]
    ids["client_id"] = "12345678-1234-4234-8234-123456789abd"
    await socket.tell("delete", **ids)
    await socket.hear("messages")
    assert await found(ann, "teapot") == await found(ann, "blue") == []


def test_an_edited_message_is_found_once(ann, room):
    write(room, ann, "first", "other")
    edit(room, ann, 1, "kettle one")
    edit(room, ann, 1, "kettle two")
    assert find(ann, "kettle") == ["kettle two"]
    assert find(ann, "one") == find(ann, "first") == []


def test_messages_in_a_deleted_room_are_no_longer_found(ann, room, secret):
    write(room, ann, "kettle")
    write(secret, ann, "kettle")
    room.delete()
    assert len(find(ann, "kettle")) == 1


def test_messages_stay_when_their_author_is_deleted(ann, bob, room):
    write(room, bob, "a kettle of Bob's")
    get_user_model().objects.get(pk=bob.pk).delete()
    page = search(ann, "kettle")
    assert "Deleted account" in page.text and len(page.context["results"]) == 1


@on_sqlite
def test_sqlite_forgets_the_words_of_edited_and_deleted_texts(ann, room):
    write(room, ann, "kettle teapot", "kettle cup")
    assert index.catch_up() and vocabulary() == ["cup", "kettle", "teapot"]
    edit(room, ann, 1, "spoon")
    delete(room, ann, 2)
    assert vocabulary() == ["spoon"]
    write(room, ann, "saucer")
    assert index.catch_up()
    room.delete()
    assert vocabulary() == []


@on_sqlite
def test_messages_are_indexed_by_the_next_search_not_on_writing(ann, room):
    write(room, ann, "kettle", "teapot")
    edit(room, ann, 1, "spoon")
    delete(room, ann, 2)
    assert vocabulary() == []
    assert find(ann, "spoon") == ["spoon"]
    assert vocabulary() == ["spoon"]


@on_sqlite
def test_messages_with_reused_primary_keys_are_indexed_too(ann, room):
    """This happens after `manage.py flush`, because SQLite counts from 1 again."""
    (first,) = write(room, ann, "kettle")
    assert find(ann, "kettle") == ["kettle"]
    old = Message.objects.get(seq=first.seq)
    Message.objects.all().delete()
    old.text = "teapot"
    old.save(force_insert=True)
    assert find(ann, "kettle") == [] and find(ann, "teapot") == ["teapot"]


@on_sqlite
def test_a_large_backlog_is_indexed_over_several_searches(ann, room, monkeypatch):
    monkeypatch.setattr(index, "SECONDS", -1)
    write(room, ann, *[f"kettle {number}" for number in range(index.BATCH)])
    write(room, ann, "teapot")
    page = search(ann, "teapot")
    assert page.status_code == 503 and "Search again in a moment" in page.text
    monkeypatch.undo()
    with connection.cursor() as cursor:
        assert index.find_batch(cursor)[0] == Message.objects.get(seq=index.BATCH).pk
    assert find(ann, "teapot") == ["teapot"]


def vocabulary():
    """All words in SQLite's index."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_index, row)")
        cursor.execute("SELECT term FROM temp.words WHERE doc > 0 ORDER BY term")
        words = [word for (word,) in cursor.fetchall()]
        cursor.execute("DROP TABLE temp.words")
    return words


@on_sqlite
def test_a_migration_of_the_messages_keeps_the_index(ann, room):
    write(room, ann, "kettle")
    field = Message._meta.get_field("text")
    with connection.schema_editor() as editor:
        editor._remake_table(Message, alter_fields=[(field, field)])
    assert triggers() == []
    write(room, ann, "another kettle")
    call_command("migrate", "search", verbosity=0)
    assert triggers() == ["search_delete", "search_insert", "search_update"]
    assert vocabulary() == ["another", "kettle"]
    delete(room, ann, 1)
    assert find(ann, "kettle") == ["another kettle"]


def triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


def test_the_apps_migrations_are_reversible_and_index_old_messages(ann, room):
    call_command("migrate", "search", "zero", verbosity=0)
    try:
        write(room, ann, "an old kettle")
        assert index_parts() == []
    finally:
        call_command("migrate", "search", verbosity=0)
    assert index_parts() != [] and find(ann, "kettle") == ["an old kettle"]


def index_parts():
    """The parts of the index that exist in the database."""
    if connection.vendor == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE name LIKE 'search_%'"
    else:
        sql = (
            "SELECT relname FROM pg_class WHERE relname LIKE 'search_%' "
            "UNION SELECT proname FROM pg_proc WHERE proname LIKE 'search_%'"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [name for (name,) in cursor.fetchall()]


@on_postgresql
def test_postgresql_uses_its_index(ann, room):
    write(room, ann, *[f"message {number}" for number in range(50)])
    query = parse("kettle")
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET enable_indexscan = off")
    found = Message.objects.filter(kind="message").filter(index.matches(query))
    assert "Bitmap Index Scan on search_index" in found.explain()


# The page


def test_results_are_paged_without_gaps_or_duplicates(ann, room, secret):
    for number in range(23):
        write(room, ann, f"kettle {2 * number}")
        write(secret, ann, f"kettle {2 * number + 1}")
    page, found = log_in(ann), []
    url = "/search/?q=kettle"
    while url:
        answer = page.get(url)
        found += [result.message.text for result in answer.context["results"]]
        write(room, ann, "a kettle that came while somebody looked")
        older = re.search(r'rel="next" href="([^"]+)">Older results', answer.text)
        url = older and "/search/" + older[1].replace("&amp;", "&")
    assert found == [f"kettle {number}" for number in range(45, -1, -1)]


def test_a_result_shows_its_room_author_and_text_and_links_to_its_message(ann, bob, room):
    RoomDetails.objects.create(room=room, title="Tea & <i>talk</i>")
    bob.first_name = "Bob <b>B</b>"
    bob.save()
    write(room, bob, "other", "a <script>kettle</script> & more")
    page = search(ann, "kettle").text
    assert "Tea &amp; &lt;i&gt;talk&lt;/i&gt;" in page and "Bob &lt;b&gt;B&lt;/b&gt;" in page
    assert "a &lt;script&gt;<mark>kettle</mark>&lt;/script&gt; &amp; more" in page
    assert 'href="/chat/lobby/?message=2#m2"' in page


def test_the_query_is_shown_again_and_escaped(ann, room):
    page = search(ann, '"><script>x</script>').text
    assert "<script>x" not in page and 'value="&quot;&gt;&lt;script&gt;x' in page


def test_a_snippet_starts_near_the_first_match_and_is_cut_off(ann, room):
    write(room, ann, "before " * 100 + "green tea and green KETTLE " + "after " * 100)
    [result] = search(ann, '"green kettle" after').context["results"]
    parts = [(part.text, part.is_match) for part in result.parts]
    assert parts[0] == ("… ", False) and parts[1][0].endswith("green tea and ")
    assert parts[2:5] == [("green KETTLE", True), (" ", False), ("after", True)]
    assert parts[-1] == (" …", False)
    assert len("".join(text for text, _ in parts)) <= 250


def test_a_match_longer_than_a_snippet_is_cut_off(ann, room):
    write(room, ann, "a, " * 1000)
    [result] = search(ann, "a-" * 99 + "a").context["results"]
    assert [part.is_match for part in result.parts] == [True, False]
    assert len(result.parts[0].text) == 238 and result.parts[1].text == " …"


def test_searches_are_rate_limited(ann, bob, room, settings):
    settings.CHAT = {**settings.CHAT, "SEARCH_BURST": 2, "SEARCHES_PER_MINUTE": 1}
    page = log_in(ann)
    assert [page.get("/search/?q=a").status_code for _ in range(3)] == [200, 200, 429]
    assert page.get("/search/?q=a").headers["Retry-After"]
    assert page.get("/search/").status_code == 200  # showing the form doesn't count
    assert log_in(bob).get("/search/?q=a").status_code == 200


@on_sqlite
def test_a_slow_search_is_stopped_and_explained(ann, room, monkeypatch):
    write(room, ann, "kettle")
    assert index.catch_up()
    monkeypatch.setattr(index, "SECONDS", -1)
    monkeypatch.setattr(index, "STEPS", 1)
    page = search(ann, "kettle")
    assert page.status_code == 503 and "took too long" in page.text
    monkeypatch.undo()
    assert find(ann, "kettle") == ["kettle"]


@on_postgresql
def test_postgresql_stops_a_slow_search(ann, room, monkeypatch):
    monkeypatch.setattr(index, "MATCHES_POSTGRESQL", "%s <> '' AND pg_sleep(60) IS NULL")
    write(room, ann, "kettle")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 100")
    page = search(ann, "kettle")
    assert page.status_code == 503 and "took too long" in page.text
    monkeypatch.undo()
    assert find(ann, "kettle") == ["kettle"]
    connection.close()


def test_the_chats_pages_link_to_the_search(ann, room):
    page = log_in(ann)
    assert 'href="/search/?room=lobby"' in page.get("/chat/lobby/").text
    assert 'href="/search/?q=lob"' in page.get("/?q=lob").text


def test_results_from_many_rooms_take_as_many_queries_as_from_one(
    ann, room, django_assert_max_num_queries
):
    for number in range(30):
        write(Room.objects.create(name=f"room-{number}"), ann, "kettle")
    page = log_in(ann)
    assert index.catch_up()
    with django_assert_max_num_queries(6):
        assert page.get("/search/?q=kettle").status_code == 200


@pytest.mark.slow
@on_sqlite
def test_all_search_tests_pass_on_postgresql(postgres):
    options = ["-c", "pytest.ini", "-q", "-p", "no:cacheprovider", "tests/test_search.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": postgres.url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
