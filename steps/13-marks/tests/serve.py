"""Run manage.py on the tests' database: python tests/serve.py runserver …"""

import os
import runpy
import sys

sys.path[0] = os.getcwd()

from django.conf import settings  # noqa: E402

database = settings.DATABASES["default"]
database["NAME"] = os.environ["TEST_DATABASE"]
database.setdefault("OPTIONS", {})["init_command"] = "PRAGMA synchronous = OFF"
runpy.run_path("manage.py", run_name="__main__")
