"""A copy of the workshop with a set-up that tests can watch, interrupt and break."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import patience

ROOT = Path(__file__).resolve().parent.parent
CLI = """
import json, os, sys
import tiny, tiny_part
def main():
    names = ("PYTHONDONTWRITEBYTECODE", "UV_CACHE_DIR")
    print(json.dumps([tiny.VERSION, os.getcwd(), sys.argv[1:], [os.environ.get(n) for n in names]]))
    sys.exit(int(os.environ.get("END_WITH", 0)))
"""


class Copy:
    """A copy of the workshop that needs one tiny package, found in a folder next to it."""

    def __init__(self, folder, environment, uv, wheel):
        self.root = folder / "a copy"
        self.programs = folder / "programs"
        self.shelf = folder / "shelf"
        self.wheel = wheel
        self.processes = []
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "workshop", self.root / "workshop", ignore=ignored)
        (self.root / "workshop" / "cli.py").write_text(CLI)
        (self.root / "requirements").mkdir()
        self.programs.mkdir()
        self.real_uv = uv
        self.uv(f'exec "{uv}" "$@"')
        self.pin("1.0")
        self.pin("1.0", "test")
        kept = {name: value for name, value in environment.items() if not name.startswith("UV_")}
        self.environment = kept | {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "PIP_FIND_LINKS": str(self.shelf),
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "UV_CACHE_DIR": str(folder / "cache"),
        }

    def uv(self, script):
        path = self.programs / "uv"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def pin(self, version, name="run"):
        pin = self.wheel(self.shelf, "tiny", version, f"VERSION = {version!r}\n")
        (self.root / "requirements" / f"{name}.txt").write_text(pin)

    def start(self, *arguments, **environment):
        process = subprocess.Popen(
            [sys.executable, str(self.root / "workshop"), *arguments],
            cwd=environment.pop("cwd", self.root.parent),
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def end(self):
        """Stop what a failed test has left running."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            with process:
                pass

    def call(self, *arguments, code=0, **environment):
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=patience.SECONDS)
        assert process.returncode == code, output + errors
        assert "Traceback" not in errors, errors
        return output, errors

    def interrupt(self, number, uv_script):
        """Let uv run `uv_script`. It touches `begun` when it's time to interrupt it."""
        begun = self.root.parent / "begun"
        self.uv(uv_script.format(uv=self.real_uv, begun=begun))
        process = self.start("run")
        while not begun.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        os.killpg(process.pid, number)
        errors = process.communicate(timeout=patience.SECONDS)[1]
        self.uv(f'exec "{self.real_uv}" "$@"')
        return process.returncode, errors


def one_sentence(errors):
    lines = [line for line in errors.splitlines() if not line.startswith("Setting up (once): ")]
    return len(lines) == 1 and lines[0].endswith(".")
