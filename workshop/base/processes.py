"""Start child processes safely, and stop them along with all their children."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from subprocess import Popen, TimeoutExpired
from typing import Any

import psutil

PATIENCE = 4  # seconds until a process that was asked to stop is killed
AFTER_CTRL_C = 2  # seconds for processes that also got Ctrl-C to stop on their own


class Terminated(KeyboardInterrupt):
    """A signal other than Ctrl-C asked this process to end. Its children didn't receive it."""


def are_visible() -> bool:
    """Return whether this system lists processes. A container without /proc doesn't."""
    try:
        psutil.Process()
    except (psutil.Error, OSError):
        return False
    return True


def group_options() -> dict:
    """Return arguments for Popen that allow `stop` to stop a process along with its children.

    If this system doesn't list processes, the children form a group, which receives signals as a
    whole.
    """
    is_group = os.name == "posix" and not are_visible()
    return {"process_group": 0} if is_group else {}


def stop(process: Popen, interrupted: bool = False) -> None:
    """Stop `process` and its children, and kill those that haven't ended after PATIENCE.

    If a Ctrl-C has `interrupted` all of them, they first get AFTER_CTRL_C to end on their own,
    because a second signal while Python is cleaning up would cause a traceback.
    """
    tree = []
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        tree = [*parent.children(recursive=True), parent]
    if interrupted:
        tree = psutil.wait_procs(tree, timeout=AFTER_CTRL_C)[1]
    for member in tree:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.terminate()
    for member in psutil.wait_procs(tree, timeout=PATIENCE)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    if not tree and process.poll() is None:
        _stop_unseen(process)
    process.wait()


def _stop_unseen(process: Popen) -> None:
    """Stop a process that psutil can't see, and its group if it leads one."""
    leads_group = hasattr(os, "getpgid") and os.getpgid(process.pid) == process.pid

    def send(number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number) if leads_group else process.send_signal(number)

    send(signal.SIGTERM)
    try:
        process.wait(timeout=PATIENCE)
    except TimeoutExpired:
        send(getattr(signal, "SIGKILL", signal.SIGTERM))


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on SIGTERM or a closed terminal, as on Ctrl-C.

    A signal that is ignored (as under nohup) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in _heeded_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_until_signalled(work: Coroutine) -> Any:
    """Run `work` as asyncio.run does, and end it on the signals of `ended_by_signals`.

    Then its tasks are cancelled, as they are on Ctrl-C, and Terminated is raised. A handler that
    raised in the middle of a task would make asyncio print a traceback.
    """
    with ended_by_signals():
        try:
            return asyncio.run(_cancelled_by_signals(work))
        except asyncio.CancelledError:
            raise Terminated from None


async def _cancelled_by_signals(work):
    loop = asyncio.get_running_loop()
    # Windows has no such handlers, and only the main thread may set any.
    with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
        for number in _heeded_signals():
            loop.add_signal_handler(number, asyncio.current_task().cancel)
    return await work


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and SIGTERM in the block, while it cleans up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heeded_signals() -> list[int]:
    """Return the signals that ask a process to end, except for those that are ignored."""
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]


def _interrupt(number: int, frame: object) -> None:
    raise Terminated
