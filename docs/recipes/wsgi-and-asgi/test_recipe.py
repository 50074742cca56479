import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import end, free_port, hears, in_thread, wait_for_port

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin:/usr/bin")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MAIN = (
    "pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; include site.conf; }}"
)


@pytest.fixture
def address(project, tmp_path):
    """The address of an nginx in front of a WSGI server and an ASGI server."""
    if not NGINX:
        pytest.skip("nginx is not installed.")
    pages, sockets, front = free_port(), free_port(), free_port()
    site = Path(project.folder, "nginx.conf").read_text()
    for old, new in [("8001", pages), ("8002", sockets), ("listen 80;", f"listen {front};")]:
        assert old in site
        site = site.replace(old, str(new))
    (tmp_path / "site.conf").write_text(site)
    (tmp_path / "main.conf").write_text(MAIN.format(folder=tmp_path))
    with contextlib.ExitStack() as stack:
        for port, words in [
            (pages, ["django", "runserver", "--noreload", f"127.0.0.1:{pages}"]),
            (sockets, ["daphne", "-p", str(sockets), "-v", "0", "asgi:application"]),
        ]:
            wait_for_port(port, stack.enter_context(project.running(*words)))
        stack.enter_context(nginx(tmp_path, front))
        project.address = f"127.0.0.1:{front}"
        yield project.address


@contextlib.contextmanager
def nginx(folder, port):
    words = [NGINX, "-p", str(folder), "-c", str(folder / "main.conf"), "-g", "daemon off;"]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(words, **output) as process:
        try:
            wait_for_port(port, process)
            yield
        finally:
            process.terminate()
            end(process)


async def test_a_page_from_wsgi_reaches_a_socket_at_asgi(project, address):
    assert await in_thread(project.get, "/") == (200, "WSGI")
    async with project.connect("/ws/news/") as websocket:
        status, _ = await in_thread(project.post, "/publish/", b"headline=Hello", FORM)
        assert status == 204
        assert await hears(websocket) == {"headline": "Hello"}
