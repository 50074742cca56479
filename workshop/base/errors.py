"""Errors with a message that tells people what to do. `cli.py` prints it without a traceback."""


class WorkshopError(Exception):
    """The command can't do its job. People see the error's text. Exit code 1."""

    exit_code = 1


class UsageError(WorkshopError):
    """The command was used incorrectly. Exit code 2."""

    exit_code = 2
