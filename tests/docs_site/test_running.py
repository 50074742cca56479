"""A running site works as the deployment pages say: proxies, backups, sessions.

The finished app runs here on daphne and uvicorn, behind the nginx and the Caddy of the pages.
"""
# ruff: noqa: ASYNC210

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import httpx
import pytest
from doc_pages import DOCS, blocks
from websockets.asyncio.client import connect

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.services import network, postgres_server

pytestmark = pytest.mark.slow

FINAL = ROOT / "final"
PASSWORD = "a fine password"
DOCKER = "docker compose exec -T postgres "


def program(name, variable):
    """The path of a proxy's program. Without it, the test is skipped, or fails on CI."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    found = os.environ.get(variable) or shutil.which(name, path=path)
    if not found:
        why = f"There is no {name} on this machine: install it, or set {variable} to the program."
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return found


class Site(ExitStack):
    """The finished app with a private database. Its processes stop after the test."""

    def __init__(self, folder, **environment):
        super().__init__()
        self.folder = folder
        self.environment = child_environment() | {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "0",
            "DJANGO_SETTINGS_MODULE": "tests.settings",  # with a quick password hasher
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "HOME": str(folder),
            **environment,
        }

    def manage(self, *words, **options):
        """Run manage.py and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=FINAL,
            env=self.environment,
            capture_output=True,
            text=True,
            **options,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_demo(self):
        """Create people and a conversation. This needs DEBUG."""
        production = self.environment
        debug = {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "chat_project.settings"}
        self.environment = production | debug
        self.manage("demo")
        self.environment = production

    def people(self, *names):
        """Migrate the database, and create users with the same password."""
        self.manage("migrate", "-v0")
        lines = ["from django.contrib.auth import get_user_model as g"]
        lines += [f"g().objects.create_user({name!r}, password={PASSWORD!r})" for name in names]
        self.manage("shell", "-v0", "-c", "\n".join(lines))

    def start(self, command, port, **environment):
        """Start a program, wait until it's listening, and return its process."""
        with open(self.folder / f"{port}.log", "a") as log:
            process = subprocess.Popen(
                command, cwd=FINAL, env=self.environment | environment, stdout=log, stderr=log
            )
        self.callback(stop, process)
        deadline = time.monotonic() + 60
        while not network.answers("127.0.0.1", port):
            assert process.poll() is None, (self.folder / f"{port}.log").read_text()
            assert time.monotonic() < deadline, f"{command} does not answer"
            time.sleep(0.05)
        return process

    def start_app(self, kind, port):
        """Start the app as servers.md says, on this port."""
        [line] = {
            line
            for block in blocks()
            for line in block.lines
            if block.page == "deploying/servers.md" and line.startswith(f"{kind} ")
        }
        _, *options = shlex.split(line)
        place = ["-p", str(port)] if kind == "daphne" else ["--port", str(port)]
        return self.start([sys.executable, "-m", kind, *place, *options], port)

    def start_nginx(self, ports):
        """Start nginx with the page's configuration and return its URL."""
        port = free_port()
        text = (DOCS / "deploying" / "nginx.conf").read_text("utf-8")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
        for number, app in enumerate(ports, start=8001):
            text = text.replace(f"127.0.0.1:{number}", f"127.0.0.1:{app}")
        places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{name}_temp_path {self.folder}/{name};\n" for name in places)
        head = f"daemon off;\nerror_log stderr;\npid {self.folder}/pid;\nevents {{}}\n"
        config = self.folder / "nginx.conf"
        config.write_text(f"{head}http {{\naccess_log off;\n{temporary}{text}}}\n")
        nginx = program("nginx", "NGINX")
        self.start([nginx, "-c", str(config), "-p", str(self.folder)], port)
        return f"http://127.0.0.1:{port}"

    def start_caddy(self, ports):
        """Start Caddy with the app's configuration, without TLS, and return its URL."""
        port = free_port()
        text = (FINAL / "Caddyfile").read_text("utf-8")
        for number, app in enumerate(ports, start=1):
            text = text.replace(f"app{number}:8000", f"127.0.0.1:{app}")
        config = self.folder / "Caddyfile"
        config.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
        url = f"http://127.0.0.1:{port}"
        caddy = program("caddy", "CADDY")
        command = [caddy, "run", "--adapter", "caddyfile", "--config", str(config)]
        self.start(command, port, SITE=url)
        return url


def free_port():
    return network.free_port("127.0.0.1", 0)


@pytest.fixture
def site(tmp_path):
    tmp_path.chmod(0o755)
    with Site(tmp_path) as running:
        yield running


class Browser(httpx.Client):
    """A person at a separate address, who may send a fake X-Forwarded-For."""

    def __init__(self, url, address):
        transport = httpx.HTTPTransport(local_address=address)
        super().__init__(base_url=url, transport=transport, timeout=20)

    def log_in(self, name, password, forwarded=""):
        self.get("/accounts/login/")
        form = {"username": name, "password": password}
        form["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return self.post("/accounts/login/", data=form, headers=headers).status_code


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_wrong_passwords_lock_out_their_sender_and_nobody_else(site, kind, proxy):
    site.people("ann", "bob")
    ports = [free_port(), free_port()]
    site.start_app(kind, ports[0])
    url = getattr(site, f"start_{proxy}")(ports)
    with Browser(url, "127.0.0.7") as eve, Browser(url, "127.0.0.9") as ann:
        made_up = ["", "127.0.0.9", *(f"203.0.113.{number}" for number in range(11))]
        statuses = [eve.log_in("ann", "wrong", forwarded) for forwarded in made_up]
        assert statuses == [200] * 10 + [429] * 3
        assert eve.log_in("ann", PASSWORD) == 429
        assert eve.log_in("ann", PASSWORD, "127.0.0.9") == 429
        assert ann.log_in("ann", PASSWORD) == 302
        assert eve.log_in("bob", PASSWORD) == 302


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_no_request_fails_when_one_of_two_app_processes_is_killed(site, proxy):
    site.people()
    ports = [free_port(), free_port()]
    doomed, _ = [site.start_app("uvicorn", port) for port in ports]
    url = getattr(site, f"start_{proxy}")(ports)
    with httpx.Client(base_url=url, timeout=20) as client:
        before = [client.get("/accounts/login/").status_code for _ in range(10)]
        doomed.send_signal(signal.SIGKILL)
        after = [client.get("/accounts/login/").status_code for _ in range(60)]
    assert (before, after) == ([200] * 10, [200] * 60)


def test_the_site_answers_as_soon_as_an_app_process_does(site):
    site.people()
    ports = [free_port(), free_port()]
    url = site.start_caddy(ports)
    with httpx.Client(base_url=url, timeout=20) as client:
        assert client.get("/accounts/login/").status_code == 503  # there's nobody yet
        site.start_app("uvicorn", ports[0])
        assert client.get("/accounts/login/").status_code == 200


def test_caddy_passes_over_a_process_that_is_not_ready(site):
    """One process has a database, and the other one has lost its database."""
    site.people()
    ports = [free_port(), free_port()]
    site.start_app("uvicorn", ports[0])
    site.environment["DATABASE_URL"] = f"sqlite:///{site.folder}/not-there/db.sqlite3"
    site.start_app("uvicorn", ports[1])
    url = site.start_caddy(ports)
    with httpx.Client(base_url=url, timeout=20) as client:
        deadline = time.monotonic() + 30
        while any(client.get("/readyz").status_code != 200 for _ in range(20)):
            assert time.monotonic() < deadline
        for form in range(10):
            wrong = {"username": f"user-{form}", "password": "wrong"}
            client.get("/accounts/login/")
            wrong["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
            assert client.post("/accounts/login/", data=wrong).status_code == 200


def documented(beginning):
    """Return the command on the deployment page that starts like this."""
    [line] = {
        line
        for block in blocks()
        for line in block.lines
        if block.page == "deploying/index.md" and line.startswith(beginning)
    }
    return line


@pytest.fixture
def postgres(site):
    """Start a PostgreSQL with compose.yaml's database and user names. Yields its environment."""
    programs = postgres_server.find_programs()
    if not programs:
        why = postgres_server.NONE_FOUND
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    server = site.enter_context(postgres_server.PrivatePostgres(programs))
    url = httpx.URL(server.url.replace("postgres://", "http://"))
    variables = {"PGHOST": url.host, "PGPORT": str(url.port or 5432)}
    variables |= {"PGPASSWORD": url.password, "PATH": f"{programs}:{os.environ['PATH']}"}
    admin = site.environment | variables | {"PGUSER": url.username}
    for command in ("createuser --superuser chat", "createdb --owner chat chat"):
        subprocess.run(command.split(), env=admin, check=True)
    place = f"{url.host}:{url.port}" if url.host else ""
    site.environment["DATABASE_URL"] = f"postgres://chat:{url.password or 'x'}@{place}/chat"
    return admin


def test_a_backup_can_be_restored(site, postgres):
    site.people("ann")
    site.make_demo()
    before = site.manage("dumpdata", "chat_app")
    dump = documented(DOCKER + "pg_dump").removeprefix("docker compose exec -T postgres ")
    restore = documented(DOCKER + "pg_restore").removeprefix("docker compose exec -T postgres ")
    run_here = {"shell": True, "cwd": site.folder, "env": postgres, "check": True}
    subprocess.run(dump, **run_here)
    delete = "from chat_app.models import *; Room.objects.all().delete(); "
    delete += "User.objects.all().delete()"
    site.manage("shell", "-v0", "-c", delete)
    assert len(json.loads(site.manage("dumpdata", "chat_app"))) == 0
    subprocess.run(restore, **run_here)
    assert json.loads(site.manage("dumpdata", "chat_app")) == json.loads(before)


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_nul_causes_no_error_on_postgresql(site, postgres, kind):
    site.people("ann")
    lines = [
        "from chat_app.models import *",
        "from django.contrib.auth import get_user_model as g",
        "Room.objects.create(name='den', private=True, owner=g().objects.get())",
    ]
    site.manage("shell", "-v0", "-c", "\n".join(lines))
    port = free_port()
    site.start_app(kind, port)
    with Browser(f"http://127.0.0.1:{port}", "127.0.0.1") as ann:
        assert ann.log_in("ann", PASSWORD) == 302
        token = {"csrfmiddlewaretoken": ann.cookies["csrftoken"]}
        for path, form, status in (
            ("/chat/den/members/", {"remove": "a\0b"}, 302),
            ("/chat/den/members/", {"username": "a\0b"}, 200),
            ("/", {"name": "a\0b"}, 200),
            ("/accounts/login/", {"username": "a\0b", "password": "a\0b"}, 200),
            ("/accounts/login/?next=%00", {"username": "ann", "password": "wrong"}, 400),
            ("/accounts/password/", {"old_password": "a\0b"}, 200),
        ):
            answer = ann.post(path, data={**form, **token})
            assert answer.status_code == status, (path, form)
        assert ann.get("/?q=a%00b").status_code == 400
        cookie = {"Cookie": r'sessionid="abcdefgh\000"'}
        assert httpx.get(ann.base_url, headers=cookie).status_code == 400
    address = f"ws://127.0.0.1:{port}/ws/chat/den/"
    origin = f"http://127.0.0.1:{port}"
    async with connect(address, origin=origin, additional_headers=cookie, proxy=None) as socket:
        await socket.wait_closed()
    assert socket.close_code == 4401
    assert "Traceback" not in (site.folder / f"{port}.log").read_text()


def test_a_copy_of_an_sqlite_database_in_use_is_complete(site):
    site.manage("migrate", "-v0")
    site.make_demo()
    port = free_port()
    site.start_app("uvicorn", port)
    httpx.get(f"http://127.0.0.1:{port}/readyz").raise_for_status()
    before = site.manage("dumpdata", "chat_app")
    command = documented('python manage.py shell -c "from django.db import connection')
    assert "VACUUM INTO" in command
    copy = site.folder / "backup.sqlite3"
    site.manage(*shlex.split(command.replace("backup.sqlite3", str(copy)))[2:])
    site.environment["DATABASE_URL"] = f"sqlite:///{copy}"
    assert site.manage("dumpdata", "chat_app") == before


def test_expired_sessions_are_cleared(site):
    site.manage("migrate", "-v0")
    lines = [
        "from django.contrib.sessions.models import Session",
        "from django.utils.timezone import now, timedelta",
        "for key, days in (('old', -1), ('new', 1)):",
        "    Session.objects.create(session_key=key, expire_date=now() + timedelta(days=days))",
    ]
    site.manage("shell", "-v0", "-c", "\n".join(lines))
    site.manage(*shlex.split(documented("python manage.py clearsessions"))[2:])
    script = "from django.contrib.sessions.models import *; print(*Session.objects.all())"
    assert site.manage("shell", "-v0", "-c", script).split() == ["new"]


def test_the_app_processes_have_health_checks_that_the_proxy_waits_for():
    text = (FINAL / "compose.yaml").read_text("utf-8")
    [check] = re.findall(r'"-c", "(from urllib.request import .*)"\]', text)
    assert "http://localhost:8000/readyz" in check
    for name in ("app1", "app2"):
        assert f"{name}: {{ condition: service_healthy }}" in text


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_the_health_check_of_a_container_tells_ready_from_not_ready(site, kind):
    site.people()
    text = (FINAL / "compose.yaml").read_text("utf-8")
    [check] = re.findall(r'"-c", "(from urllib.request import .*)"\]', text)
    port = free_port()
    command = [sys.executable, "-c", check.replace("localhost:8000", f"localhost:{port}")]
    assert subprocess.run(command, capture_output=True).returncode != 0
    site.start_app(kind, port)
    assert subprocess.run(command, capture_output=True).returncode == 0
