"""A page with two clients, Ann and Bob, for the project that `run` serves."""

from workshop.services.tryout.server import has_sockets, serving

__all__ = ["has_sockets", "serving"]
