"""The wheel works in a fresh environment with only Django and Channels."""

import importlib.metadata
import os
import re
import subprocess
import sys
import zipfile

import pytest
from base_project import FILES, README, edited
from cases import CONSUMERS, CORE, HOSTS, settings

from channels_doctor import pitfalls

ROOT = README.parent
WINDOWS = os.name == "nt"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(WINDOWS, reason="Windows links no files."),
]
BROKEN = edited(
    FILES,
    [
        settings('    "daphne",\n', ""),
        settings('    "whitenoise.middleware.WhiteNoiseMiddleware",\n', ""),
        settings(CORE, '"BACKEND": "channels.layers.InMemoryChannelLayer"'),
        settings(f"            {HOSTS},\n", ""),
        settings('    "chat_app",\n', '    "chat_app",\n    "channels_doctor",\n'),
        (CONSUMERS, "await self.channel_layer.group_add", "self.channel_layer.group_add"),
    ],
)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Build the wheel, without a network: the backend is installed where the tests run."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def closure(*names):
    """Return the installed distributions called `names`, and all that they need."""
    found, waiting = {}, list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system or another Python
        for line in found[name].requires or ():
            if "extra ==" not in line:
                waiting.append(re.match(r"[\w.-]+", line)[0])
    return found.values()


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """Install the wheel into a fresh environment; return the folder of its programs."""
    folder = tmp_path_factory.mktemp("fresh") / "env"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for distribution in closure("django", "channels", "click", "rich"):
        for top in {path.parts[0] for path in distribution.files} - {"..", "__pycache__"}:
            (site / top).symlink_to(distribution.locate_file(top))
    # Without --no-deps, pip refuses the wheel if it asks for what is not there.
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", wheel], check=True, cwd=folder)
    return folder / "bin"


@pytest.fixture
def project(tmp_path):
    for name, text in BROKEN.items():
        path = tmp_path / "my-chat" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "my-chat"


def run(*command, cwd):
    kept = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_wheel_holds_the_pitfalls_the_types_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"channels_doctor/pitfalls/pitfalls.toml", "channels_doctor/py.typed"} <= names
    assert "channels_doctor/probe/entry.py" in names
    assert any(
        re.fullmatch(r"channels_doctor-[\d.]+\.dist-info/licenses/LICENSE", name) for name in names
    )
    assert not any("test" in name for name in names)


def test_the_environment_has_nothing_else(installed):
    script = "import importlib.util as u; print([n for n in NAMES if u.find_spec(n)])"
    script = f"NAMES = {('daphne', 'redis', 'channels_redis', 'workshop', 'bench')}; {script}"
    assert run(installed / "python", "-c", script, cwd=installed).stdout == "[]\n"


def test_the_command_examines_a_project(installed, project):
    done = run(installed / "channels-doctor", project, cwd=project.parent)
    assert done.returncode == 1
    assert "ERROR   P02  " in done.stdout
    assert "pip install daphne" in done.stdout
    assert "ERROR   P20  " in done.stdout
    assert "chat_app/consumers.py:11" in done.stdout
    assert "More: channels-doctor --explain P20" in done.stdout


def test_the_module_does_the_same(installed, project):
    command = run(installed / "channels-doctor", project, "--json", cwd=project.parent)
    module = run(installed / "python", "-m", "channels_doctor", ".", "--json", cwd=project)
    assert module.returncode == command.returncode == 1
    assert module.stdout == command.stdout


def test_the_page_of_a_pitfall_is_printed(installed, tmp_path):
    done = run(installed / "channels-doctor", "--explain", "P02", cwd=tmp_path)
    assert done.returncode == 0
    said = "".join(done.stdout.split())
    p02 = pitfalls.find("P02")
    for text in (p02.title, p02.why, p02.fix.text, p02.find, *(one.text for one in p02.symptoms)):
        assert "".join(text.split()) in said


def test_manage_py_check_shows_the_findings(installed, project):
    done = run(installed / "python", "manage.py", "check", "--tag", "channels", cwd=project)
    assert done.returncode == 0, "they are warnings"
    assert "channels_doctor.W020" in done.stderr
    assert "channels_doctor.W002" in done.stderr
    assert "python -m channels_doctor --explain P20" in done.stderr


@pytest.mark.parametrize("words", [["--explain", "P99"], ["--fail-on", "never"], ["nowhere"]])
def test_wrong_usage_gets_one_sentence_and_code_2(installed, tmp_path, words):
    done = run(installed / "channels-doctor", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
