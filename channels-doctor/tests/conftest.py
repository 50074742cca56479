"""Examine many tiny projects quickly: their probes run in forks of one warm process."""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from base_project import FILES, SOURCE

from channels_doctor import probing, project
from channels_doctor.examination import examine
from channels_doctor.live import private_redis

HERE = Path(__file__).parent
OF_THIS_MACHINE = ("PYTHONDONTWRITEBYTECODE", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "CI")


class Warm:
    """Runs probes as `probing.ask` does, or, where a process cannot fork, exactly so."""

    def __init__(self):
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, HERE / "warm_server.py", probing.ENTRY, HERE / "drive.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=probing.child_environment(),
        )

    def ask(self, one, probe, variables=None, **more):
        if not hasattr(os, "fork"):
            return probing.ask(one, probe, variables, **more)
        if self.process is None:
            self.start()
        with probing.asked(one, probe, **more) as (request, answer):
            output = request.with_name("output")
            job = {
                "request": str(request),
                "output": str(output),
                "environment": probing.environment(**(variables or {})),
            }
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            assert self.process.stdout.readline() == "done\n"
            return probing.read(answer, output.read_text(errors="replace"))

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait(timeout=10)
            self.process.stdout.close()


@pytest.fixture
def doctor():
    """Call the doctor's command line; return the ended process."""

    def call(*arguments, cwd=None, code=None, **environment):
        kept = {name: value for name, value in os.environ.items() if name not in OF_THIS_MACHINE}
        done = subprocess.run(
            [sys.executable, "-m", "channels_doctor", *map(str, arguments)],
            cwd=cwd,
            env={**kept, "PYTHONPATH": str(SOURCE), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def warm():
    one = Warm()
    yield one
    one.stop()


@pytest.fixture(scope="session")
def redis_port():
    """The port of a real Redis, which all projects of these tests use."""
    program = private_redis.find_program()
    if not program:
        if os.environ.get("CI"):
            pytest.fail(private_redis.NONE_FOUND)
        pytest.skip(private_redis.NONE_FOUND)
    with private_redis.running(program) as url:
        yield urlsplit(url).port


@pytest.fixture(scope="session")
def projects(tmp_path_factory, redis_port):
    """Write files into a folder of their own; the Redis they name is the real one."""
    top = tmp_path_factory.mktemp("projects")

    def write(files=FILES, port=redis_port):
        folder = Path(tempfile.mkdtemp(dir=top))
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("6379", str(port)), encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def examined(projects, warm):
    """Examine the project that is made of `files`; the same files are examined once."""
    known = {}

    def examine_once(files, **variables):
        key = (tuple(sorted(files.items())), tuple(sorted(variables.items())))
        if key not in known:
            folder = projects(files)
            found = examine(project.find(str(folder)), variables, ask=warm.ask)
            assert not list(folder.rglob("__pycache__")), "it wrote into the project"
            known[key] = found
        return known[key]

    return examine_once


@pytest.fixture
def drive(projects, warm):
    """Make the failure of the project in `folder` happen; return what drive.collect returns."""

    def play(folder, **request):
        request.setdefault("application", "chat_project.asgi.application")
        return warm.ask(project.find(str(folder)), "drive", {}, **request)

    return play


@pytest.fixture(scope="session")
def python_without(tmp_path_factory):
    """Make an environment that has all that this one has, but for the packages named."""

    def make(*missing, folder=None):
        folder = folder or tmp_path_factory.mktemp("env") / ".venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        (site,) = folder.glob("lib/python*/site-packages")
        for path in Path(sysconfig.get_paths()["purelib"]).iterdir():
            if path.name.split("-")[0].lower() not in missing and path.name != "__pycache__":
                (site / path.name).symlink_to(path)
        return folder / "bin" / "python"

    return make
