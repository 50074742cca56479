"""Errors with a sentence that tells people what to do. `cli.py` prints it, without a traceback."""


class WorkshopError(Exception):
    """The command cannot do its work now; its text is the sentence. Exit code 1."""

    exit_code = 1


class UsageError(WorkshopError):
    """The command was called in a way that makes no sense. Exit code 2."""

    exit_code = 2
