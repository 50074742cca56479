"""Ports that a server can listen on, and can use again."""

import socket

import pytest

from workshop.base.errors import UsageError, WorkshopError
from workshop.services import network


def test_a_free_port_is_below_the_range_of_outgoing_connections():
    for _ in range(20):
        port = network.free_port()
        assert network.LOWEST_PORT <= port <= network.HIGHEST_PORT
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_a_taken_port_is_skipped(monkeypatch):
    with socket.create_server(("127.0.0.1", network.free_port())) as taken:
        port = taken.getsockname()[1]
        draws = iter([port, port, network.free_port()])
        monkeypatch.setattr(network.random, "randint", lambda lowest, highest: next(draws))
        assert network.free_port() != port


def test_an_explicit_port_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", network.free_port())) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WorkshopError, match=f"Port {port} is taken"):
            network.free_port("127.0.0.1", port)


def test_another_machines_host_is_refused_at_once():
    with pytest.raises(UsageError, match="not an address of this machine"):
        network.free_port("192.0.2.1", 0)
