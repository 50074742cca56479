"""The set-up when there's a problem with the network, pip or uv."""

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tool_copy import one_sentence

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and scripts"),
]


def test_without_a_network_it_says_what_to_do_and_what_was_there_still_works(copy):
    copy.call("run")
    shutil.rmtree(copy.shelf)
    copy.pin("2.0", "test")
    shutil.rmtree(copy.shelf)
    closed = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    _, errors = copy.call("test", code=1, UV_HTTP_RETRIES="0", **closed)
    assert one_sentence(errors), errors
    assert "network" in errors
    copy.call("run", **closed)


def test_a_failed_download_leaves_the_old_packages_in_place(copy):
    copy.call("run")
    pins = copy.root / "requirements" / "run.txt"
    before = pins.read_text()
    pins.write_text(before.replace("1.0", "2.0"))
    closed = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    copy.call("run", code=1, UV_HTTP_RETRIES="0", **closed)
    pins.write_text(before)
    assert copy.call("run", **closed)[1] == ""


def test_the_installers_output_is_shown_without_passwords(copy):
    said = "print('Looking in https://me:secret@example.invalid/simple: no such file')"
    copy.uv("exit 2")
    pip = copy.root.parent / "pip that complains"
    pip.mkdir()
    (pip / "pip.py").write_text(f"import sys\nif 'install' in sys.argv: {said}; sys.exit(1)\n")
    _, errors = copy.call("run", code=1, PYTHONPATH=str(pip))
    assert "https://***@example.invalid/simple: no such file" in errors
    assert "secret" not in errors


def test_without_pip_and_uv_it_says_how_to_get_one(copy):
    (copy.programs / "uv").unlink()
    broken = copy.root.parent / "no pip"
    broken.mkdir()
    (broken / "pip.py").write_text("raise SystemExit(1)\n")
    _, errors = copy.call("run", code=1, PYTHONPATH=str(broken))
    assert "apt install python3-pip" in errors
    assert one_sentence(errors), errors


def test_a_uv_that_fails_is_replaced_by_pip(copy):
    copy.uv('case "$*" in *install*) exit 2;; esac')
    output, _ = copy.call("run")
    assert '"1.0"' in output


def test_pips_mirror_is_used_by_uv(copy):
    simple = copy.root.parent / "mirror" / "simple" / "tiny"
    simple.mkdir(parents=True)
    file = next(copy.shelf.iterdir())
    file.rename(simple / file.name)
    (simple / "index.html").write_text(f'<a href="{file.name}">{file.name}</a>')
    handler = partial(SimpleHTTPRequestHandler, directory=copy.root.parent / "mirror")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as mirror:
        threading.Thread(target=mirror.serve_forever).start()
        settings = copy.root.parent / "pip.conf"
        settings.write_text(f"[global]\nindex-url = http://127.0.0.1:{mirror.server_port}/simple\n")
        for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX"):
            del copy.environment[name]
        pip_must_not = {"PYTHONPATH": str(pip_that_only_tells_its_settings(copy))}
        output, _ = copy.call("run", PIP_CONFIG_FILE=str(settings), **pip_must_not)
        mirror.shutdown()
    assert '"1.0"' in output


def pip_that_only_tells_its_settings(copy):
    folder = copy.root.parent / "only tells"
    folder.mkdir()
    script = "import os, sys\nif 'install' in sys.argv: sys.exit(9)\n"
    script += "for line in open(os.environ['PIP_CONFIG_FILE']):\n"
    script += "    key, _, value = line.partition(' = ')\n"
    script += "    if value: print(f'global.{key}={value.strip()!r}')\n"
    (folder / "pip.py").write_text(script)
    return folder
