"""Breaks the app on purpose, many times over, and counts lost and duplicate messages.

The servers, Redis and PostgreSQL are real, and the clients do what the page does. In the end every
client's list must equal the database's: nothing missing, nothing twice.
"""

from bench.chaos.command import run
from bench.chaos.faults import FAULTS

__all__ = ["FAULTS", "run"]
