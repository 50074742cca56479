"""The chat works without the `moderation` app, and with it, the tests pass on each database."""

import re

import psycopg
import pytest

from tests.server import PROJECT
from tests.without import run_tests

TESTS_WITHOUT = [
    "test_access.py",
    "test_pages.py",
    "test_rooms_people.py",
    "test_accounts_names.py",
]
TESTS_WITH = ["test_moderation_reports.py", "test_moderation_mutes.py", "queue_of_reports.py"]


def test_the_apps_below_do_not_mention_moderation():
    folders = [PROJECT / name for name in ("chat_app", "rooms", "accounts")]
    files = [path for folder in folders for path in folder.rglob("*")]
    sources = [path for path in files if path.suffix in (".py", ".html", ".js")]
    assert len(sources) > 100
    uses = re.compile(r"^\s*(from|import) moderation\b|['\"]moderation[:/]", re.MULTILINE)
    assert [path.name for path in sources if uses.search(path.read_text())] == []


@pytest.mark.slow
def test_the_other_apps_tests_pass_without_moderation():
    run_tests("tests.without_moderation", TESTS_WITHOUT)


@pytest.mark.slow
def test_reports_and_the_queue_work_on_sqlite():
    run_tests("tests.with_admin", TESTS_WITH)


@pytest.mark.slow
def test_reports_and_the_queue_work_on_postgresql(postgres):
    with psycopg.connect(postgres.url, autocommit=True) as database:
        database.execute("CREATE DATABASE moderation")
    url = postgres.url.removesuffix("postgres") + "moderation"
    run_tests("tests.with_admin", TESTS_WITH, DATABASE_URL=url)
