"""`workshop notebooks`: what it opens, refuses and cleans."""

import importlib.util
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request

import patience
import psutil
import pytest

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT
from workshop.notebooks import files

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["3", "03", "groups", "03-groups", "notebooks/03-groups.ipynb"])
def test_a_notebook_has_several_names(name):
    assert files.find(name).slug == "03-groups"


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 03-groups?"):
        files.find("grups")


def test_an_unknown_name_is_wrong_usage(workshop):
    done = workshop("notebooks", "nowhere", code=2)
    assert done.stderr.startswith("There is no notebook called nowhere. There are: 01-asgi, ")


def test_a_taken_port_is_explained(workshop):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = workshop("notebooks", "--port", port, code=1)
    assert f"Port {port} is taken by another program" in done.stderr


def test_clean_takes_the_outputs_away_and_names_the_files(copied, workshop):
    root = copied()
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    path = root / "notebooks" / "01-asgi.ipynb"
    before = files.cleaned(files.read(path))
    dirty = json.loads(before)
    code = next(cell for cell in dirty["cells"] if cell["cell_type"] == "code")
    code["execution_count"] = 7
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["seen\n"]}]
    path.write_text(json.dumps(dirty), "utf-8")
    assert workshop("notebooks", "--clean", root=root, code=0).stdout.split() == [
        str(path.relative_to(root))
    ]
    assert path.read_text("utf-8") == before
    assert workshop("notebooks", "--clean", root=root, code=0).stdout == ""


@pytest.mark.skipif(
    not importlib.util.find_spec("jupyterlab"),
    reason="JupyterLab is not installed: `python3 -m workshop notebooks` installs it.",
)
def test_jupyterlab_opens_the_notebook_and_stops_all_its_processes(copied, clean_environment):
    root = copied()
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    lab = subprocess.Popen(
        [sys.executable, "-m", "workshop.cli", "notebooks", "groups", "--port", "0"],
        cwd=root,
        env={**clean_environment, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with lab:
        try:
            lines = iter(lab.stdout.readline, "")
            address = next(found[0] for line in lines if (found := re.search(r"http\S+", line)))
            assert "/lab/tree/notebooks/03-groups.ipynb?token=" in address
            with urllib.request.urlopen(address) as page:
                assert page.status == 200
            kernel = urllib.request.Request(
                re.sub(r"lab/tree.*\?", "api/kernels?", address), data=b"{}", method="POST"
            )
            with urllib.request.urlopen(kernel) as answer:
                assert answer.status == 201
            children = psutil.Process(lab.pid).children(recursive=True)
            assert len(children) >= 2
        finally:
            lab.send_signal(signal.SIGINT)
        assert "Stopped." in lab.stdout.read()
    assert lab.returncode == 0
    assert psutil.wait_procs(children, timeout=patience.SECONDS)[1] == []
