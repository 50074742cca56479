"""The index of all messages' texts, in PostgreSQL and in SQLite.

PostgreSQL keeps a GIN index over the words of each text. SQLite has a full-text table, FTS5, which
triggers keep up to date. Both happen in the transaction that stores a message, changes it or
deletes it, so a search never finds a text that was deleted.

Both split a text into words alike, in lower case and with their accents. They know no grammar, so
the search works in every language that puts spaces between its words.
"""

import string
import time
from contextlib import contextmanager

from django.db import connection, connections
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from chat_app.models import Message

TABLE = Message._meta.db_table
SECONDS = 2  # for a query to SQLite; PostgreSQL has its own limit, DATABASE_SECONDS
STEPS = 10_000  # of SQLite's virtual machine, between two looks at the clock
CANCELED = "57014"  # PostgreSQL's code for a query that has taken too long

# PostgreSQL would keep a URL as one word, and take <b> for a tag: so its parser gets only spaces.
PUNCTUATION = string.punctuation.replace("'", "''")
SPACES = " " * len(string.punctuation)
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION search_words(text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN to_tsvector('simple', translate($1, '{PUNCTUATION}', '{SPACES}'))
    """,
    "DROP INDEX CONCURRENTLY IF EXISTS search_index",  # an earlier try may have left half of it
    f"""
    CREATE INDEX CONCURRENTLY search_index ON {TABLE} USING gin (search_words(text))
    WHERE kind = 'message'
    """,
]
POSTGRESQL_UNDO = [
    "DROP INDEX CONCURRENTLY IF EXISTS search_index",
    "DROP FUNCTION IF EXISTS search_words(text)",
]
MATCHES_POSTGRESQL = f"search_words({TABLE}.text) @@ websearch_to_tsquery('simple', %s)"

# The table has no copy of the texts. So to forget one, it has to be told what the text was.
SQLITE_TABLE = """
    CREATE VIRTUAL TABLE search_index USING fts5(
        text, content = '', columnsize = 0,
        tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N*'"
    )
"""
ADD = "INSERT INTO search_index (rowid, text) VALUES (new.id, new.text);"
FORGET = "INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', old.id, old.text);"
SQLITE_TRIGGERS = [
    f"""
    CREATE TRIGGER search_insert AFTER INSERT ON {TABLE} WHEN new.kind = 'message'
    BEGIN {ADD} END
    """,
    f"""
    CREATE TRIGGER search_update AFTER UPDATE OF text ON {TABLE} WHEN old.kind = 'message'
    BEGIN {FORGET} {ADD} END
    """,
    f"""
    CREATE TRIGGER search_delete AFTER DELETE ON {TABLE} WHEN old.kind = 'message'
    BEGIN {FORGET} END
    """,
]
SQLITE_FILL = [
    "INSERT INTO search_index (search_index) VALUES ('delete-all')",
    f"INSERT INTO search_index (rowid, text) SELECT id, text FROM {TABLE} WHERE kind = 'message'",
]
SQLITE_UNDO = [
    "DROP TRIGGER IF EXISTS search_insert",
    "DROP TRIGGER IF EXISTS search_update",
    "DROP TRIGGER IF EXISTS search_delete",
    "DROP TABLE IF EXISTS search_index",
]
MATCHES_SQLITE = f"{TABLE}.id IN (SELECT rowid FROM search_index WHERE search_index MATCH %s)"


def matches(query):
    """In a query for messages: whether a message is what the Query looks for."""
    if connection.vendor == "postgresql":
        sql = MATCHES_POSTGRESQL
        text = query.encode(minus="-")
    else:
        sql = MATCHES_SQLITE
        text = query.encode(minus="NOT ")
    return RawSQL(sql, [text], output_field=BooleanField())


def repair(using, **kwargs):
    """After a migration: bring back the triggers, if SQLite has dropped them.

    To change a table, Django makes a new one there and drops the old one with its triggers. Until
    somebody has migrated, nobody writes, so filling the index anew finds all messages.
    """
    database = connections[using]
    if database.vendor != "sqlite":
        return
    with database.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE 'search_%'")
        names = {name for (name,) in cursor.fetchall()}
        if "search_index" not in names or "search_delete" in names:
            return
        for statement in [*SQLITE_TRIGGERS, *SQLITE_FILL]:
            cursor.execute(statement)


@contextmanager
def limited_time():
    """Stop queries that take too long. PostgreSQL does that already."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    deadline = time.monotonic() + SECONDS
    database = connection.connection
    database.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        yield
    finally:
        database.set_progress_handler(None, 0)


def has_timed_out(error):
    """Whether an OperationalError says that a query has taken too long."""
    return getattr(error.__cause__, "sqlstate", None) == CANCELED or str(error) == "interrupted"
