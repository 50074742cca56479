"""Errors whose message tells people what to do. `cli.py` prints it without a traceback."""


class WorkshopError(Exception):
    """The command can't do its work. The text is what people see. Exit code 1."""

    exit_code = 1


class UsageError(WorkshopError):
    """The command was used incorrectly. Exit code 2."""

    exit_code = 2
