"""Measures the finished app, and what people would pick instead, on the same machine.

The servers, the Redis, the database and the sockets are real. A generator in a process of its own
drives one target after the other, proves first that it is not the bottleneck, and judges every text
that arrives.
"""

from workshop.load.command import run
from workshop.load.options import Options

__all__ = ["Options", "run"]
