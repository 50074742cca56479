"""Errors with a message that tells people what to do. The command line prints it."""


class DoctorError(Exception):
    """The doctor can't do its job. The text says why. Exit code 1 (3 with --json)."""

    exit_code = 1
    refusal = 3


class InvalidArgument(DoctorError):
    """An argument or option isn't valid. Exit code 2."""

    exit_code = 2
    refusal = 2
