"""Beyond one process: the finished app in several processes, with one Redis or more."""

from bench.lab.core_share import limited_to_share
from bench.load.benchmark import Benchmark
from bench.load.options import Options
from bench.load.targets import Target


async def processes(benchmark: Benchmark, target: Target, options: Options, count: int) -> dict:
    """Let `count` processes, each with a share of a core, split one busy room's members.

    Members, senders and the share are the same for every `count`. With the most processes, each
    one has the usual number of members and senders. If the system can't limit shares, the
    processes use whatever there is.
    """
    most = max(options.processes)
    share = 1 / most
    async with benchmark.running(target, count) as running:
        pids = [server.process.pid for server in running.servers]
        with limited_to_share(share, pids) as is_limited:
            record = await _busy(running, options, options.members * most, options.senders * most)
    record |= {"database": benchmark.database, "share": share if is_limited else None}
    return {"kind": "servers", "processes": count, **record}


async def redis_servers(benchmark: Benchmark, target: Target, options: Options, count: int) -> dict:
    """Let two processes communicate through `count` Redis servers."""
    async with benchmark.running(target, 2, count) as running:
        record = await _busy(running, options, options.members, options.senders, rooms=4)
    return {"kind": "redis", "servers": count, "database": benchmark.database, **record}


async def _busy(running, options, members, senders, rooms=1) -> dict:
    parameters = {
        "senders": senders,
        "window": options.window,
        "warm": options.warm * 2,
        "seconds": options.seconds,
    }
    return await running.measure("talk", members, rooms, **parameters)
