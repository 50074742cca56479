"""Measures the finished app, and what people would use instead, on the same machine.

The servers, the Redis, the database and the sockets are real. A generator in a process of its own
drives one target after the other. First it proves that it isn't the bottleneck; then it checks
every text that arrives.
"""

from bench.load.command import run
from bench.load.options import Options

__all__ = ["Options", "run"]
