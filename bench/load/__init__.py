"""Measures the finished app and its alternatives on the same machine.

It uses real servers, sockets and databases. A load generator in a separate process drives one
target after the other. First it proves that it isn't the bottleneck, then it checks every message
that arrives.
"""

from bench.load.command import run
from bench.load.options import Options

__all__ = ["Options", "run"]
