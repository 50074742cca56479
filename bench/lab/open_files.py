"""Raises the limit on open files, because every socket counts as one."""

import contextlib

WANTED = 10_000


def raise_open_files_limit() -> None:
    """Raise the limit for this process and its children, as far as the system allows it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = WANTED if most == resource.RLIM_INFINITY else min(WANTED, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
