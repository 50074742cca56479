"""Hosts on one machine: each has a network namespace, and a switch joins them.

Each host has a network card, addresses and ports, so we can pull its cable while all its programs
keep running. The machine itself is on the same switch, and plays the users' computer.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.processes import undisturbed

PREFIX = "workshop"
SWITCH = "switch"
BRIDGE = "lan"
NETWORKS = 256  # of 198.18.0.0/16, which is reserved for benchmarks (RFC 2544)
FIRST_ADDRESS = 10  # of the hosts; the users' computer has the number 1
NEEDED = "hosts as network namespaces"


@dataclass(frozen=True)
class Host:
    """A host: its name, its address, and the network namespace that its programs run in."""

    name: str
    address: str
    namespace: str

    @property
    def enter(self) -> list[str]:
        """The words to put before a command to run it on this host."""
        return [_program(), "netns", "exec", self.namespace]


class Network:
    """The hosts called `names`, joined by a switch. Use it in a `with` block.

    Raises WorkshopError if this machine can't have network namespaces.
    """

    def __init__(self, names: Sequence[str]):
        self.names = names
        self.id = f"{PREFIX}-{os.getpid()}"
        self.uplink = f"{PREFIX}{os.getpid()}"  # the users' network card: at most 15 characters
        self.hosts = {}

    def __enter__(self):
        if reason := why_not():
            raise WorkshopError(f"This needs {NEEDED}: {reason}.")
        remove_leftovers()
        with contextlib.ExitStack() as stack:
            stack.callback(self._remove)
            self._lay_out()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]

    def cut_off(self, name: str) -> None:
        """Unplug a host from the switch. Nobody is told, and its programs keep running."""
        self._on_switch("link", "set", name, "down")

    def reconnect(self, name: str) -> None:
        """Plug the host back in."""
        self._on_switch("link", "set", name, "up")

    def _lay_out(self) -> None:
        net = _free_network()
        _ip("netns", "add", f"{self.id}-{SWITCH}")
        self._on_switch("link", "add", BRIDGE, "type", "bridge")
        self._on_switch("link", "set", BRIDGE, "up")
        for number, name in enumerate(self.names, FIRST_ADDRESS):
            self._add_host(Host(name, f"{net}.{number}", f"{self.id}-{name}"))
        _ip("link", "add", self.uplink, *self._cable_to("users", "netns", f"{self.id}-{SWITCH}"))
        self._plug_in("users")
        _ip("address", "add", f"{net}.1/24", "dev", self.uplink)
        _ip("link", "set", self.uplink, "up")

    def _add_host(self, host: Host) -> None:
        _ip("netns", "add", host.namespace)
        self._on_switch("link", "add", host.name, *self._cable_to("eth0", "netns", host.namespace))
        self._plug_in(host.name)
        inside = ["-n", host.namespace]
        _ip(*inside, "address", "add", f"{host.address}/24", "dev", "eth0")
        _ip(*inside, "link", "set", "lo", "up")
        _ip(*inside, "link", "set", "eth0", "up")
        self.hosts[host.name] = host

    def _cable_to(self, *end: str) -> list[str]:
        return ["type", "veth", "peer", "name", *end]

    def _plug_in(self, name: str) -> None:
        self._on_switch("link", "set", name, "master", BRIDGE, "up")

    def _on_switch(self, *words: str) -> None:
        _ip("-n", f"{self.id}-{SWITCH}", *words)

    def _remove(self) -> None:
        with undisturbed():
            _remove(self.id, self.uplink)


def why_not() -> str:
    """Return why this machine can't have network namespaces, and what to do; "" if it can."""
    if sys.platform != "linux":
        return "only Linux has them"
    if not _program():
        return "install the program ip (Debian, Ubuntu: `sudo apt install iproute2`)"
    if os.geteuid():
        return "only root can create them"
    probe = f"{PREFIX}-{os.getpid()}-probe"
    try:
        _ip("netns", "add", probe)
        _ip("netns", "exec", probe, _program(), "link", "set", "lo", "up")
    except WorkshopError as error:
        return f"this machine doesn't allow them ({str(error).rstrip('.')})"
    finally:
        _try_ip("netns", "delete", probe)
    return ""


def list_namespaces() -> list[str]:
    """Return the names of all network namespaces on this machine."""
    done = subprocess.run(
        [_program(), "netns", "list"],
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return [line.split()[0] for line in done.stdout.splitlines()]


def remove_leftovers() -> None:
    """Remove hosts, and their programs, that killed runs have left behind."""
    pattern = re.compile(rf"({PREFIX}-(\d+))-")
    found = {match.groups() for name in list_namespaces() if (match := pattern.match(name))}
    for run, pid in found:
        if not psutil.pid_exists(int(pid)):
            _remove(run, f"{PREFIX}{pid}")


def _remove(run: str, uplink: str) -> None:
    """Remove `run`'s namespaces, the programs in them, and the users' network card."""
    for name in list_namespaces():
        if name.startswith(f"{run}-"):
            for pid in _try_ip("netns", "pids", name).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            _try_ip("netns", "delete", name)
    _try_ip("link", "delete", uplink)


def _free_network() -> str:
    """Return the first three numbers of an unused network on this machine."""
    for number in range(NETWORKS):
        net = f"198.18.{(os.getpid() + number) % NETWORKS}"
        if not _ip("-oneline", "address", "show", "to", f"{net}.0/24"):
            return net
    raise WorkshopError("All networks of 198.18.0.0/16 are in use on this machine.")


def _ip(*words: str) -> str:
    """Run the program ip and return its output. Raises WorkshopError if it fails."""
    done = subprocess.run(
        [_program(), *words],
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no output"]
        raise WorkshopError(f"`ip {' '.join(words)}` failed: {lines[-1].rstrip('.')}.")
    return done.stdout


def _try_ip(*words: str) -> str:
    with contextlib.suppress(WorkshopError):
        return _ip(*words)
    return ""


def _program() -> str | None:
    """Return the path of the program ip. It isn't on every user's PATH."""
    return shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
