"""Shared by the commands: server processes, a database, a private Redis, the machine."""
