"""Every fault that the chat must survive."""

from workshop.chaos.faults import database, layer, processes, sockets
from workshop.chaos.faults.registry import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "database", "layer", "processes", "sockets"]
