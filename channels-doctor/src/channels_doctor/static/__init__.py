"""Judging settings and the ASGI application by their source, without running anything."""
