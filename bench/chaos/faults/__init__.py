"""Every fault that the chat must survive."""

from bench.chaos.faults import database, hosts, layer, processes, silence, sockets
from bench.chaos.faults.registry import Fault, all_faults

FAULTS = all_faults()

__all__ = ["FAULTS", "Fault", "database", "hosts", "layer", "processes", "silence", "sockets"]
