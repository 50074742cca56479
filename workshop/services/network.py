"""Ports, hosts, and the addresses of this machine."""

import contextlib
import ipaddress
import os
import random
import socket

import psutil

from workshop.base.errors import UsageError, WorkshopError

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
LOWEST_PORT = 20_000  # systems use ports above HIGHEST_PORT for outgoing connections
HIGHEST_PORT = 32_000
TRIES = 50


def free_port(host: str = "127.0.0.1", port: int = 0) -> int:
    """Return `port` if a server can listen there on `host`, or any free one if `port` is 0.

    A server can stop and come back on the free port, because systems never use it for outgoing
    connections. (On a port that they do use, a client that keeps retrying would connect to itself.)

    Raises WorkshopError if the port is taken, and UsageError if `host` isn't this machine's.
    """
    if port:
        return _checked(host, port)
    for _ in range(TRIES):
        try:
            return _checked(host, random.randint(LOWEST_PORT, HIGHEST_PORT))
        except UsageError:
            raise
        except WorkshopError:
            continue
    raise WorkshopError(
        f"No free port was found between {LOWEST_PORT} and {HIGHEST_PORT}: stop a program that "
        "uses one, or name a port with --port."
    )


def _checked(host: str, port: int) -> int:
    if answers(host, port):
        raise busy(port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:  # like the server: ignore connections that have just closed
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return port
    except PermissionError as error:
        raise WorkshopError(
            f"Port {port} needs special permissions: choose one above 1023, such as --port 8000."
        ) from error
    except socket.gaierror as error:
        raise UsageError(f"There is no host called {host}: try --host 0.0.0.0.") from error
    except OSError as error:
        if _is_ours(host):
            raise busy(port) from error
        raise UsageError(
            f"{host} is not an address of this machine: try --host 0.0.0.0."
        ) from error


def busy(port: int) -> WorkshopError:
    """Return the error for a `port` that's taken."""
    return WorkshopError(
        f"Port {port} is taken by another program: stop that one, or choose another port, "
        f"for example --port {port + 1 if port < 65535 else 8000}."
    )


def answers(host: str, port: int) -> bool:
    """Return whether something listens on `port` of `host`."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=1):
        return True
    return False


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def is_wildcard(host: str) -> bool:
    """Return whether `host` means every address of this machine."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_unspecified
    return False


def in_url(host: str) -> str:
    """Return `host` as it's written in a URL, with an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def allowed_hosts(host: str) -> list[str]:
    """Return the host names of a server that listens on `host`."""
    if not is_wildcard(host):
        return list(dict.fromkeys([*LOOPBACK, in_url(host)]))
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return list(dict.fromkeys([*LOOPBACK, name, short, f"{short}.local", *lan_addresses()]))


def lan_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine in the local network."""
    found = [address.address for all in psutil.net_if_addrs().values() for address in all]
    addresses = []
    for text in found:
        with contextlib.suppress(ValueError):
            address = ipaddress.IPv4Address(text)
            if not address.is_loopback and not address.is_link_local:
                addresses.append(text)
    return addresses


def _is_ours(host: str) -> bool:
    try:
        with socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        ):
            return True
    except OSError:
        return False
