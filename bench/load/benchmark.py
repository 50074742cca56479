"""A benchmark: a database, Redis servers, the generator, and one target after another."""

import asyncio
import contextlib
import itertools
import json
import secrets
import sys
from collections.abc import AsyncIterator

from bench.lab.cores import Cores, pin
from bench.lab.testbed import LAYERS, Testbed
from bench.load import node
from bench.load.generator.dialects import DIALECTS
from bench.load.target_server import RIVALS, TargetServer
from bench.load.targets import APPS, NODE_RIVALS, Target
from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.services.redis_server import PrivateRedis

EXTRA_SECONDS = 150  # extra time that a scenario may take,
ENTRY_SECONDS = 0.2  # plus this much for each member who enters
ALL_LAYERS = LAYERS | {"memory": "channels.layers.InMemoryChannelLayer"}
UNLIMITED = {"UNCONFIRMED_MESSAGES": 10**9}  # here, nobody may be told to wait


class Benchmark:
    """Use it in an `async with` block. At the end, everything that it started is stopped."""

    attempts = 1  # of each member to enter a room where texts are measured

    def __init__(self, cores: Cores, database: str = "sqlite", text_size: int = 100):
        self.cores = cores
        self.database = database
        self.text_size = text_size
        self.testbed = Testbed(APPS["final"], database)
        self.redis = []
        self._numbers = itertools.count(1)
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self):
        await self._stack.enter_async_context(self.testbed)
        return self

    async def __aexit__(self, *error):
        await self._stack.aclose()

    def redis_urls(self, count: int) -> list[str]:
        """Return the URLs of `count` private Redis servers, and start them if needed."""
        while len(self.redis) < count:
            is_first = not self.redis
            server = self.testbed.redis if is_first else self._stack.enter_context(PrivateRedis())
            pin(server.process.pid, self.cores.others)
            self.redis.append(server)
        return [server.url for server in self.redis[:count]]

    @contextlib.asynccontextmanager
    async def running(
        self, target: Target, count: int = 1, redis: int = 1
    ) -> AsyncIterator["RunningTarget"]:
        """Run `target` in `count` processes on `redis` Redis servers during a block."""
        servers = []
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(count):
                log = self.testbed.folder / f"load-{next(self._numbers)}.log"
                folder, environment = self.project_of(target, redis)
                server = self.server_of(target, folder, environment, log)
                stack.push_async_callback(server.kill)
                await server.start()
                pin(server.process.pid, self.cores.server)
                servers.append(server)
            yield RunningTarget(self, target, servers)

    def server_of(self, target: Target, *arguments) -> TargetServer:
        """Return a server of `target` that hasn't started yet."""
        return TargetServer(target, *arguments)

    async def cookies_for(self, target: Target, room: str, people: list[str]) -> dict[str, str]:
        """Create a room and users for a server of `target`. Returns {name: value of Cookie}."""
        if target.app != "final":
            return {}
        return await self.testbed.app_database.make_room(room, people)

    def dialect_of(self, target: Target) -> str:
        """Return the name of the generator's dialect for `target`."""
        return target.dialect

    def project_of(self, target: Target, redis: int):
        """Return the folder and the environment for a server of `target`."""
        if not target.is_ours:
            extra = {"NODE_ENV": "production"}
            if target.app in NODE_RIVALS:
                extra["NODE_PATH"] = str(node.prepare())
            return RIVALS, self.testbed.environment | extra
        urls = self.redis_urls(0 if target.layer == "memory" else redis)
        environment = self.testbed.environment_for(target.layer, **UNLIMITED)
        if len(urls) > 1 or (target.app == "step-05" and target.layer != "core"):
            environment |= {
                "DJANGO_SETTINGS_MODULE": "settings_on_layer",
                "LOAD_LAYER": ALL_LAYERS[target.layer],
                "LOAD_REDIS": " ".join(urls),
            }
        return APPS[target.app], environment


class RunningTarget:
    """A running target. `measure` lets the generator play a scenario on it."""

    def __init__(self, benchmark: Benchmark, target: Target, servers: list[TargetServer]):
        self.benchmark = benchmark
        self.target = target
        self.dialect = benchmark.dialect_of(target)
        self.servers = servers

    async def measure(self, scenario: str, members: int, rooms: int = 1, **parameters) -> dict:
        """Return the figures of `scenario` with `members` in each of `rooms`.

        The members are spread over the servers. `parameters` depend on the scenario: senders,
        window, rate, burst, warm, seconds. Raises WorkshopError if it can't be played.
        """
        tag = secrets.token_hex(4)
        request = {
            "scenario": scenario,
            "tag": tag,
            "size": self.benchmark.text_size,
            "dialect": self.dialect,
            "seats": await self._seats(tag, members, rooms),
            "pids": self._pids(),
            "cores": self.benchmark.cores.others,
            "attempts": self.benchmark.attempts,
            **parameters,
        }
        result = await run_generator(request)
        if self.target.app == "final" and scenario == "talk":
            result |= await self._check_stored(tag, rooms, result["sent"])
        return {"target": self.target.name, "members": members, "rooms": rooms, **result}

    async def _seats(self, tag: str, members: int, rooms: int) -> list[dict]:
        """Return the URL, cookie and room for each member, all of which the app knows."""
        seats = []
        for room in range(rooms):
            name = f"load-{tag}-{room}"
            people = [f"m{number:04}" for number in range(members)]
            cookies = await self.benchmark.cookies_for(self.target, name, people)
            for number, person in enumerate(people):
                port = self.servers[number % len(self.servers)].port
                url = DIALECTS[self.dialect].url(port, name)
                seats.append({"url": url, "cookie": cookies.get(person, ""), "room": room})
        return seats

    def _pids(self) -> dict[str, list[int]]:
        pids = {"server": [server.process.pid for server in self.servers]}
        if self.target.layer in LAYERS:
            pids["redis"] = [server.process.pid for server in self.benchmark.redis]
        return pids

    async def _check_stored(self, tag: str, rooms: int, sent: int) -> dict:
        """Check that the database has each sent text once, and no gaps in the numbers."""
        stored, holes = 0, 0
        for room in range(rooms):
            rows = await self.benchmark.testbed.app_database.stored_messages(f"load-{tag}-{room}")
            holes += [row.seq for row in rows] != list(range(1, len(rows) + 1))
            stored += len({row.text for row in rows if not row.text.endswith("probe ")})
        return {"stored": stored, "unstored": sent - stored, "holes": holes}


async def run_generator(request: dict) -> dict:
    """Return the generator's answer. Raises WorkshopError with its last line if it fails."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", "bench.load.generator"],
        cwd=ROOT,
        env=child_environment(PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    limit = EXTRA_SECONDS + ENTRY_SECONDS * len(request["seats"])
    limit += request.get("warm", 0) + request.get("seconds", 0)
    try:
        answer = process.communicate(json.dumps(request).encode())
        out, error = await asyncio.wait_for(answer, limit)
    except TimeoutError:
        raise WorkshopError(f"The generator did not end within {limit:.0f} seconds.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = error.decode(errors="replace").strip().splitlines() or ["no output"]
        raise WorkshopError(f"The generator stopped: {lines[-1]}")
    return json.loads(out)
