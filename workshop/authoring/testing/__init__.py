"""The command `test`: every suite in a process of its own, two at a time, with one summary."""

from workshop.authoring.testing.command import run

__all__ = ["run"]
