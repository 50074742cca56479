"""Fixtures for testing the tool: real processes, and disposable copies of the workshop."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import patience
import pytest
import pytest_asyncio
from mini_course import Course
from playwright.async_api import async_playwright, expect
from tool_copy import Copy

from workshop.base.errors import WorkshopError
from workshop.services import chromium

ROOT = Path(__file__).resolve().parent.parent
LONG = 1000  # seconds that a test may take
OF_THIS_MACHINE = ("PYTHONDONTWRITEBYTECODE", "REDIS_URL", "ALLOWED_HOSTS", "CI", "DISPLAY")

expect.set_options(timeout=patience.MILLISECONDS)

# nbformat checks addresses with it where it is installed: 38 parsers that no notebook asks for.
sys.modules.setdefault("rfc3987_syntax", None)
# A shell's background job ignores Ctrl-C and hands that on; some tests here press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Spread the longest tests evenly, because each worker starts with a share of the list.

    So they are among the first, and nobody waits for them at the end.
    """
    longest = [item for item in items if allowed_seconds(item) > LONG]
    others = [item for item in items if item not in longest]
    for place, item in enumerate(longest):
        others.insert(len(others) * place // len(longest), item)
    items[:] = others


def allowed_seconds(item):
    marker = item.get_closest_marker("timeout")
    return marker.args[0] if marker else 0


@pytest.fixture
def clean_environment():
    """The environment of a normal terminal, as far as this machine allows."""
    return {name: value for name, value in os.environ.items() if name not in OF_THIS_MACHINE}


@pytest.fixture
def workshop(clean_environment):
    """Call the tool in the copy of the repository at `root`. Returns the finished process."""

    def call(*arguments, root=ROOT, cwd=None, code=None, **environment):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "workshop.cli", *map(str, arguments)],
            cwd=cwd or root,
            env={**clean_environment, "PYTHONPATH": str(root), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=patience.SECONDS * 5,  # a late step's check starts servers and browsers
        )
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


@pytest.fixture
def copied(tmp_path):
    """Return a copy of the tool and the checkpoints, without git, in a folder with a space."""

    def make(*checkpoints):
        root = tmp_path / "my workshop"
        ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3")
        for part in ("workshop", "bench", "channels-doctor"):
            shutil.copytree(ROOT / part, root / part, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", root)
        (root / "steps").mkdir()
        shutil.copy(ROOT / "steps" / "course.toml", root / "steps")
        for name in checkpoints:
            shutil.copytree(ROOT / "steps" / name, root / "steps" / name, ignore=ignored)
        return root

    return make


@pytest.fixture(scope="session")
def uv(tmp_path_factory):
    """The path of a real uv: this repository's, the one on PATH, or a fresh download."""
    from workshop.setup import installer

    name = "uv.exe" if os.name == "nt" else "uv"
    for place in (ROOT / ".uv" / "tool" / "bin" / name, shutil.which("uv")):
        if place and Path(place).is_file():
            return Path(place)
    return Path(installer.find_uv(tmp_path_factory.mktemp("uv"), installer.find_pip()))


@pytest.fixture(scope="session")
def wheel():
    """Write a wheel with one module (and maybe one program) to a folder. Returns its pin."""

    def write(folder, name, version, module="", program=None):
        info = f"{name}-{version}.dist-info"
        content = {
            f"{name}.py": module,
            f"{name}_part.py": "",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        if program:
            content[f"{name}-{version}.data/scripts/{name}"] = program
        lines = []
        for path, text in content.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            lines.append(f"{path},sha256={digest.decode().rstrip('=')},{len(text.encode())}")
        content[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""])
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for inside, text in content.items():
                entry = zipfile.ZipInfo(inside)
                entry.external_attr = (0o100755 if "/scripts/" in inside else 0o100644) << 16
                archive.writestr(entry, text)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"{name}=={version} --hash=sha256:{digest}\n"

    return write


@pytest.fixture
def copy(tmp_path, clean_environment, uv, wheel):
    """A copy of the tool that needs one tiny package, found in a folder next to it."""
    made = Copy(tmp_path, clean_environment, uv, wheel)
    yield made
    made.end()


@pytest.fixture
def mini(copied, workshop):
    """A course of three checkpoints and a final app in a git repository without a commit."""
    return Course(copied(), workshop)


@pytest.fixture
def committed(mini):
    mini.replace("steps/02-two", "app.py", "line 5\n", "line 5 of two\n")
    mini.replace("steps/03-three", "app.py", "line 5\n", "line 5 of two\n")
    mini.replace("steps/03-three", "app.py", "line 15\n", "line 15 of three\n")
    mini.write("final", "app.py", mini.read("steps/03-three"))
    mini.commit()
    return mini


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser():
    """A real Chromium for all tests. Each person gets a separate context.

    Without one, a test is skipped; where CI is set, it fails.
    """
    async with async_playwright() as playwright:
        try:
            launched = await chromium.launch(playwright)
        except WorkshopError as error:
            pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
        yield launched
        await launched.close()
