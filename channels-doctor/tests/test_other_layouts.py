"""Projects whose layout or age once led the doctor astray: what it finds, and takes for granted."""

import pytest
from base_project import FILES, edited
from case_parts import ASGI, CONSUMERS, ROUTING, SETTINGS, consumer, settings
from test_finding_projects import moved
from test_no_import import ids, read  # noqa: F401

from channels_doctor import project
from channels_doctor.errors import DoctorError

WITHOUT_MANAGE = {name: text for name, text in FILES.items() if name != "manage.py"}
UNNAMED = {
    **FILES,
    "manage.py": "from django.core.management import execute_from_command_line\n",
    ASGI: FILES[ASGI].replace(
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")\n', ""
    ),
    "chat_project/wsgi.py": "",
}
NAMED_BY = {
    "Dockerfile": "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=chat_project.settings\n",
    "compose.yaml": "services:\n  web:\n    environment:\n"
    '      DJANGO_SETTINGS_MODULE: "chat_project.settings"\n',
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = chat_project.settings\n",
    ".env": "DJANGO_SETTINGS_MODULE=chat_project.settings\n",
}
BRANCHES = """\
import environ

env = environ.Env()
if env.bool("LOCAL"):
    HOST = None
else:
    HOST = env("CACHE_URL")
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [HOST]},
        }
    }
"""
OPTIONAL_DAPHNE = """\
import os

if os.environ["LOCAL"]:
    try:
        import daphne
        INSTALLED_APPS.insert(0, "daphne")
    except ImportError:
        pass
"""
GREET = '    async def greet(self):\n        await self.send(text_data="hello")\n\n'
PLUGINS = [
    settings("SECRET_KEY =", 'import os\n\nPLUGINS = os.environ["PLUGINS"].split()\nSECRET_KEY ='),
    settings('    "chat_app",\n', '    "chat_app",\n    *PLUGINS,\n'),
]
LOOPED = [
    settings("ROOT_URLCONF", 'for app in ["plugin"]:\n    INSTALLED_APPS += [app]\nROOT_URLCONF')
]
HEALTHY = {
    "a host that only one branch demands": [
        (SETTINGS, None, FILES[SETTINGS].partition("CHANNEL_LAYERS")[0] + BRANCHES),
        ("requirements.txt", None, "redis==7.4.0\n"),
    ],
    "daphne where it is installed": [
        (SETTINGS, None, FILES[SETTINGS].replace('    "daphne",\n', "") + OPTIONAL_DAPHNE)
    ],
    "apps that the environment names": PLUGINS,
    "apps that a loop adds": LOOPED,
    "pages that uwsgi serves": [
        (ASGI, '        "http": http_application,\n', ""),
        ("docker/web/start.sh", None, "exec uwsgi --ini uwsgi.ini\n"),
    ],
    "settings in a class": [
        (
            SETTINGS,
            None,
            "from configurations import Configuration\n\n\nclass Base(Configuration):\n"
            + "".join(f"    {line}\n" for line in FILES[SETTINGS].splitlines())
            + '\n\nclass Live(Base):\n    DEBUG = True\n    SECRET_KEY = "a" * 50\n',
        ),
        (
            "manage.py",
            "    execute",
            '    os.environ.setdefault("DJANGO_CONFIGURATION", "Live")\n    execute',
        ),  # noqa: E501
    ],
    "a middleware that sets Django up": [
        (
            "chat_app/users.py",
            None,
            "import django\n\ndjango.setup()\n\nfrom django.contrib.auth.models import User\n\n"
            "find = User.objects.filter\n",
        ),
        (ASGI, "http_application = get", "import chat_app.users\n\nhttp_application = get"),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_found_where_there_is(name, read):  # noqa: F811
    assert ids(read(edited(FILES, HEALTHY[name]))) == ([], [])


def test_a_project_inside_of_its_environment_is_found(projects):
    folder = projects({**moved(FILES, "server"), "server/pyvenv.cfg": "home = /usr/bin\n"})
    assert project.find(str(folder)).folder == (folder / "server").resolve()


def test_a_project_with_nothing_but_settings_is_found(projects):
    files = {name: text for name, text in UNNAMED.items() if name != "manage.py"}
    folder = projects({**moved(files, "src"), "setup.py": ""})
    found = project.find(str(folder))
    assert found.folder == (folder / "src").resolve()
    assert found.settings == "chat_project.settings"


def test_a_folder_without_any_settings_is_refused(projects):
    folder = projects({"chat_app/consumers.py": FILES[CONSUMERS]})
    with pytest.raises(DoctorError, match=r"contains no manage\.py"):
        project.find(str(folder))


@pytest.mark.parametrize("file", NAMED_BY)
def test_the_settings_that_another_file_names_are_taken(file, projects):
    others = {"chat_project/other.py": FILES[SETTINGS], "other/settings.py": FILES[SETTINGS]}
    files = {**UNNAMED, **others, file: NAMED_BY[file]}
    assert project.find(str(projects(files))).settings == "chat_project.settings"


def test_the_settings_of_tests_are_taken_last(projects):
    names = "ENV DJANGO_SETTINGS_MODULE=chat_project.test\n" + NAMED_BY["Dockerfile"]
    others = {"chat_project/test.py": "", "other/settings.py": FILES[SETTINGS]}
    found = project.find(str(projects({**UNNAMED, **others, "Dockerfile": names})))
    assert found.settings == "chat_project.settings"


@pytest.mark.slow
def test_routes_without_an_application_of_djangos_are_those_of_channels_2(read):  # noqa: F811
    files = edited(FILES, [(ROUTING, ".as_asgi()", "")])
    start = """\
import django
from channels.routing import get_default_application

django.setup()
application = get_default_application()
"""
    router = FILES[ASGI].partition("from channels.auth")
    files["chat_project/routing.py"] = (router[1] + router[2]).replace(
        '        "http": http_application,\n', ""
    )
    files[ASGI] = start
    files[SETTINGS] = FILES[SETTINGS].replace("chat_project.asgi", "chat_project.routing")
    assert ids(read(files)) == ([], [])


@pytest.mark.slow
def test_without_http_and_without_another_server_pages_fail(read):  # noqa: F811
    files = edited(FILES, [(ASGI, '        "http": http_application,\n', "")])
    assert ids(read(files)) == ([], [("P17", "error")])


@pytest.mark.slow
def test_a_server_that_a_folder_below_starts_makes_of_runserver_a_note(read):  # noqa: F811
    files = edited(FILES, [settings('    "daphne",\n', "")])
    command = "exec daphne -b 0.0.0.0 chat_project.asgi:application\n"
    found = read({**files, "docker/web/entrypoints/daphne.sh": command})
    assert ids(found) == ([], [("P02", "note")])


@pytest.mark.slow
def test_a_password_that_is_the_projects_own_name_is_not_hidden(read):  # noqa: F811
    password = '"NAME": ":memory:", "PASSWORD": "chat_project"}'
    files = edited(
        FILES,
        [settings('"NAME": ":memory:"}', password), settings("INSTALLED_APPS =", "APPS =")],
    )
    (trouble,) = read(files).troubles
    assert trouble.startswith("chat_project.settings doesn't define INSTALLED_APPS")


@pytest.mark.slow
def test_a_message_that_a_helper_sends_too_early_is_told_of_where_connect_calls_it(read):  # noqa: F811
    files = edited(
        FILES,
        [
            consumer(
                "        await self.accept()\n",
                "        await self.greet()\n        await self.accept()\n",
            ),
            consumer("    async def disconnect", GREET + "    async def disconnect"),
        ],
    )
    (finding,) = read(files).findings
    assert finding.id == "P33"
    assert "self.greet()" in files[CONSUMERS].splitlines()[finding.place.line - 1]
