from django.db import migrations

from search import index


def create(apps, schema_editor):
    """Create the full-text table and its triggers, and index the existing messages."""
    if schema_editor.connection.vendor == "sqlite":
        index.create_sqlite(schema_editor.connection.alias)


def drop(apps, schema_editor):
    """Remove the triggers and the table."""
    if schema_editor.connection.vendor == "sqlite":
        for statement in index.SQLITE_UNDO:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """The index in SQLite. On PostgreSQL, this does nothing."""

    dependencies = [
        ("search", "0001_postgresql"),
    ]

    operations = [migrations.RunPython(create, drop)]
