"""P37 describes origins as the validator of Channels treats them."""

from urllib.parse import urlparse

import pytest
from channels.security.websocket import OriginValidator


def valid(entry, origin):
    return OriginValidator(None, [entry]).valid_origin(urlparse(origin))


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        ("localhost", "http://localhost:8000"),
        ("localhost", "http://localhost:3000"),
        (".example.org", "https://www.example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("192.168.1.20:8000", "http://192.168.1.20:8000"),
    ],
)
def test_an_origin_is_accepted(entry, origin):
    assert valid(entry, origin)


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        ("localhost:8000", "http://localhost:8000"),
        ("example.org", "https://www.example.org"),
        ("http://localhost", "http://localhost:3000"),
        ("localhost", "null"),
    ],
)
def test_an_origin_is_refused(entry, origin):
    assert not valid(entry, origin)
