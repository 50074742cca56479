"""What the notebooks' first cell sets up, and a few helpers that keep their other cells short.

`start` makes a checkpoint's code importable and finds a Redis. `on_redis` runs a lesson that needs
one. `project` copies a checkpoint, with a mistake made or fixed; `serve` runs a real server.
`shows_error` prints an error as one line. `Visitor` opens a socket to a consumer in this kernel.
`Sequence` and `Plot` are the pictures.
"""

from lab.errors import shows_error
from lab.pictures import Plot, Sequence
from lab.project import project
from lab.session import on_redis, start


def __getattr__(name):
    """Import Visitor when it is first used: it needs Channels, and `start` must come first."""
    if name == "Visitor":
        from lab.visitor import Visitor

        return Visitor
    raise AttributeError(name)


def serve(folder, *arguments, **environment):
    """Serve the project in `folder`: see lab.servers. Only here is the process tool needed."""
    from lab.servers import serve

    return serve(folder, *arguments, **environment)


__all__ = ["Plot", "Sequence", "Visitor", "on_redis", "project", "serve", "shows_error", "start"]
