"""Breaks the app on purpose, many times over, and counts lost and duplicate messages.

The servers, Redis and PostgreSQL are real, and the clients do what the page does. At the end, every
client's list must match the database: nothing missing, nothing duplicated.
"""

from bench.chaos.command import run
from bench.chaos.faults import FAULTS

__all__ = ["FAULTS", "run"]
