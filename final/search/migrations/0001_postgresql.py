from django.db import migrations

from search import index


def create(apps, schema_editor):
    """Create the index while people write. This takes as long as reading all messages."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in index.POSTGRESQL:
            schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    """Remove the index and its function."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in index.POSTGRESQL_UNDO:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """The index in PostgreSQL. On SQLite, this does nothing."""

    atomic = False

    dependencies = [
        ("chat_app", "0004_plain_username"),
    ]

    operations = [migrations.RunPython(create, drop)]
