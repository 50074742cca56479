"""Breaks the app on purpose, many times over, and counts what was lost and what was doubled.

Real servers, a real Redis and a real PostgreSQL where there is one; the clients do what the page
does. In the end every client's list must be the database's: nothing missing, nothing twice.
"""

from workshop.chaos.command import run
from workshop.chaos.faults import FAULTS

__all__ = ["FAULTS", "run"]
