"""The `test` command: each suite in a separate process, two at a time, with one summary."""

from workshop.authoring.testing.command import run

__all__ = ["run"]
