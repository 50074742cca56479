"""Beyond one process: the finished app in several, on one Redis or more."""

from workshop.load import shares
from workshop.load.bench import Bench
from workshop.load.options import Options
from workshop.load.targets import Target


async def servers(bench: Bench, target: Target, options: Options, count: int) -> dict:
    """Let `count` processes share the members of one busy room, each with a share of a core.

    Members, senders and share are the same whatever `count` is: with the most processes, each has
    the usual number of members and senders. Where the system can give no shares, the processes
    share what there is.
    """
    most = max(options.processes)
    share, members, senders = 1 / most, options.members * most, options.senders * most
    async with bench.serving(target, count) as served:
        pids = [server.process.pid for server in served.servers]
        with shares.of_a_core(share, pids) as is_shared:
            record = await _busy(served, options, members, senders)
    record |= {"database": bench.database, "share": share if is_shared else None}
    return {"kind": "servers", "processes": count, **record}


async def redis(bench: Bench, target: Target, options: Options, count: int) -> dict:
    """Let two processes talk through `count` Redis servers."""
    async with bench.serving(target, 2, count) as served:
        record = await _busy(served, options, options.members, options.senders, rooms=4)
    return {"kind": "redis", "servers": count, "database": bench.database, **record}


async def _busy(served, options, members, senders, rooms=1) -> dict:
    wishes = {"senders": senders, "window": options.window}
    wishes |= {"warm": options.warm * 2, "seconds": options.seconds}
    return await served.play("talk", members, rooms, **wishes)
