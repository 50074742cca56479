"""Exit with 0 if the step in this folder, a copy, can use the database in the same folder.

It can if `migrate` succeeds, and results in the same columns as in an empty database.
"""

import os
import sys
import warnings

import django
from django.core.management import call_command
from django.db import connections

EMPTY = "empty"


def columns(alias):
    """Return the columns of each table, in any order, as SQLite describes them."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute("SELECT name, type, [notnull] FROM pragma_table_info(%s)", [table])
            found[table] = set(cursor.fetchall())
    return found


def main():
    """Migrate the database and an empty one, and compare them."""
    warnings.simplefilter("ignore")
    sys.path[0] = os.getcwd()
    os.environ["DJANGO_SETTINGS_MODULE"] = "chat_project.settings"
    django.setup()
    usual = connections.settings["default"]
    connections.settings[EMPTY] = {**usual, "NAME": f"{usual['NAME']}.{EMPTY}"}
    for alias in ("default", EMPTY):
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    theirs, wanted = columns("default"), columns(EMPTY)
    sys.exit(any(theirs.get(table) != wanted[table] for table in wanted))


if __name__ == "__main__":
    main()
