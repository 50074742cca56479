"""Judges the settings and the ASGI application by their source, without executing anything."""
