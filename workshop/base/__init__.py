"""Shared by all parts of the tool: errors, processes, files and the environment."""
