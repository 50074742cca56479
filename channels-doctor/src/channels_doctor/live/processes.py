"""Child processes: stop them with all their children, and clean up after a signal."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator

PATIENCE = 4  # seconds until a process that was asked to stop is killed
ON_WINDOWS = os.name == "nt"

# Ctrl-C in the terminal must reach only the doctor, which then stops its children.
OWN_GROUP = {
    "start_new_session": not ON_WINDOWS,
    "creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
}


class EndedBySignal(KeyboardInterrupt):
    """A signal other than Ctrl-C has asked this process to end."""


def stop(process: subprocess.Popen) -> None:
    """Stop `process`, started with OWN_GROUP, and all its children. Kills them after PATIENCE."""
    _signal(process, "SIGTERM")
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=PATIENCE)
    _signal(process, "SIGKILL")
    process.wait()


def _signal(process: subprocess.Popen, name: str) -> None:
    if not ON_WINDOWS:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, getattr(signal, name))
        return
    command = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on SIGTERM or a closed terminal, as on Ctrl-C.

    A signal that is ignored (as under nohup) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    heeded = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:
    raise EndedBySignal
