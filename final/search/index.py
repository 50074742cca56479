"""The index of all messages' texts, in PostgreSQL and in SQLite.

PostgreSQL keeps a GIN index of the words in each text. SQLite has a full-text table, FTS5. There,
the next search indexes all new messages together, which takes 6 µs for each: a trigger that does it
when a message is stored takes up to 100 µs. From then on, triggers keep the index up to date.

Both databases do this in the transaction that changes or deletes a message, so a search never finds
a deleted text.

Both split a text into words in the same way, in lower case and with accents. They use no grammar,
so the search works in every language that puts spaces between words.
"""

import string
import time
from contextlib import contextmanager

from django.db import connection, connections, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from chat_app.models import Message

TABLE = Message._meta.db_table
SECONDS = 2  # for a query to SQLite; PostgreSQL has its own limit, DATABASE_SECONDS
STEPS = 10_000  # instructions of SQLite's virtual machine between time checks
BATCH = 1000  # messages to index per transaction, which delays writers by about 6 ms
CANCELED = "57014"  # PostgreSQL's code for a query that took too long

# PostgreSQL would keep a URL as one word, and take <b> for a tag: so its parser gets only spaces.
PUNCTUATION = string.punctuation.replace("'", "''")
SPACES = " " * len(string.punctuation)
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION search_words(text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN to_tsvector('simple', translate($1, '{PUNCTUATION}', '{SPACES}'))
    """,
    "DROP INDEX CONCURRENTLY IF EXISTS search_index",  # an earlier attempt may have left half of it
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
SQLITE_TABLES = [
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
        text, content = '', columnsize = 0,
        tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N*'"
    )
    """,
    "CREATE TABLE search_progress (last_id INTEGER NOT NULL)",  # id of the last indexed message
    "INSERT INTO search_progress (last_id) VALUES (0)",
]
ADD = "INSERT INTO search_index (rowid, text) VALUES (new.id, new.text);"
FORGET = "INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', old.id, old.text);"
IS_INDEXED = "{0}.kind = 'message' AND {0}.id <= (SELECT last_id FROM search_progress)"
SQLITE_TRIGGERS = [
    f"""
    CREATE TRIGGER search_insert AFTER INSERT ON {TABLE} WHEN {IS_INDEXED.format("new")}
    BEGIN {ADD} END
    """,
    f"""
    CREATE TRIGGER search_update AFTER UPDATE OF text ON {TABLE} WHEN {IS_INDEXED.format("old")}
    BEGIN {FORGET} {ADD} END
    """,
    f"""
    CREATE TRIGGER search_delete AFTER DELETE ON {TABLE} WHEN {IS_INDEXED.format("old")}
    BEGIN {FORGET} END
    """,
]
LAST_OF_BATCH = f"""
    SELECT last_id, (
        SELECT MAX(id) FROM (SELECT id FROM {TABLE} WHERE id > last_id ORDER BY id LIMIT {BATCH})
    ) FROM search_progress
"""
INDEX_BATCH = f"""
    INSERT INTO search_index (rowid, text)
    SELECT id, text FROM {TABLE} WHERE kind = 'message' AND id > %s AND id <= %s
"""
SQLITE_UNDO = [
    "DROP TRIGGER IF EXISTS search_insert",
    "DROP TRIGGER IF EXISTS search_update",
    "DROP TRIGGER IF EXISTS search_delete",
    "DROP TABLE IF EXISTS search_index",
    "DROP TABLE IF EXISTS search_progress",
]
MATCHES_SQLITE = f"{TABLE}.id IN (SELECT rowid FROM search_index WHERE search_index MATCH %s)"


def matches(query):
    """In a query for messages: whether a message matches the Query."""
    if connection.vendor == "postgresql":
        sql = MATCHES_POSTGRESQL
        text = query.encode(minus="-")
    else:
        sql = MATCHES_SQLITE
        text = query.encode(minus="NOT ")
    return RawSQL(sql, [text], output_field=BooleanField())


def catch_up():
    """Index messages missing from SQLite's index. Returns False if some remain after SECONDS."""
    if connection.vendor != "sqlite":
        return True
    deadline = time.monotonic() + SECONDS
    while index_batch():
        if time.monotonic() > deadline:
            return False
    return True


def index_batch(using="default"):
    """Index the next messages, and return whether there were any."""
    with connections[using].cursor() as cursor:
        if not find_batch(cursor)[1]:
            return False  # without a transaction, which would wait for writers
        with transaction.atomic(using):
            first, last = find_batch(cursor)  # check again: another search may have been faster
            if last:
                cursor.execute(INDEX_BATCH, [first, last])
                cursor.execute("UPDATE search_progress SET last_id = %s", [last])
    return True


def find_batch(cursor):
    """Return the last indexed id, and the last id of the next batch, or None if there is none."""
    cursor.execute(LAST_OF_BATCH)
    return cursor.fetchone()


def create_sqlite(using):
    """Recreate SQLite's tables and triggers, and index all messages."""
    with connections[using].cursor() as cursor:
        for statement in [*SQLITE_UNDO, *SQLITE_TABLES, *SQLITE_TRIGGERS]:
            cursor.execute(statement)
    while index_batch(using):
        pass


def repair(using, **kwargs):
    """After a migration: rebuild the index, if SQLite has lost a part of it.

    To change a table in SQLite, Django creates a new one and drops the old one along with its
    triggers. Nobody writes until the migration has ended, so indexing all messages again
    misses none.
    """
    database = connections[using]
    if database.vendor != "sqlite":
        return
    with database.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE 'search_%'")
        names = {name for (name,) in cursor.fetchall()}
    if "search_index" in names and not {"search_progress", "search_delete"} <= names:
        create_sqlite(using)


@contextmanager
def limited_time():
    """Stop queries that take too long. PostgreSQL does that on its own."""
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
    """Whether an OperationalError means that a query has taken too long."""
    return getattr(error.__cause__, "sqlstate", None) == CANCELED or str(error) == "interrupted"
