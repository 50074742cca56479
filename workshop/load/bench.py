"""The bench: a database, Redis servers, the generator, and the targets one after the other."""

import asyncio
import contextlib
import itertools
import json
import secrets
import sys
from collections.abc import AsyncIterator

from workshop import course
from workshop.chaos.own_redis import OwnRedis
from workshop.chaos.stage import LAYERS, Stage
from workshop.course import ROOT
from workshop.environment import child_environment
from workshop.errors import WorkshopError
from workshop.load import node
from workshop.load.cores import Cores, pin
from workshop.load.generator.dialects import DIALECTS
from workshop.load.serving import RIVALS, Serving
from workshop.load.targets import NODE_RIVALS, OF_STEP, Target

BEYOND = 150  # seconds that a scene may take beyond the time it was given
ALL_LAYERS = LAYERS | {"memory": "channels.layers.InMemoryChannelLayer"}
UNLIMITED = {"UNSEEN_MESSAGES": 10**9}  # nobody may be told to wait, here


class Bench:
    """Use it in an `async with` block: everything that it started is stopped there."""

    def __init__(self, cores: Cores, database: str = "sqlite", size: int = 100):
        self.cores, self.database, self.size = cores, database, size
        self.stage = Stage(course.find("final").folder, database)
        self.stack, self.numbers = contextlib.AsyncExitStack(), itertools.count(1)
        self.redis = []

    async def __aenter__(self):
        await self.stack.enter_async_context(self.stage)
        return self

    async def __aexit__(self, *error):
        await self.stack.aclose()

    def redis_urls(self, count: int) -> list[str]:
        """Return the addresses of `count` Redis servers of our own, started when asked for."""
        while len(self.redis) < count:
            server = self.stage.redis if not self.redis else self.stack.enter_context(OwnRedis())
            pin(server.process.pid, self.cores.others)
            self.redis.append(server)
        return [server.url for server in self.redis[:count]]

    @contextlib.asynccontextmanager
    async def serving(
        self, target: Target, count: int = 1, redis: int = 1
    ) -> AsyncIterator["Served"]:
        """Run `target` in `count` processes on `redis` Redis servers for as long as the block."""
        servers = []
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(count):
                log = self.stage.place / f"load-{next(self.numbers)}.log"
                folder, environment = self._project(target, redis)
                server = Serving(target, folder, environment, log)
                stack.push_async_callback(server.kill)
                await server.start()
                pin(server.process.pid, self.cores.server)
                servers.append(server)
            yield Served(self, target, servers)

    def _project(self, target: Target, redis: int):
        """Return the folder and the environment of a server of `target`."""
        if not target.is_ours:
            extra = {"NODE_ENV": "production"}
            if target.app in NODE_RIVALS:
                extra["NODE_PATH"] = str(node.prepare())
            return RIVALS, self.stage.environment | extra
        urls = self.redis_urls(0 if target.layer == "memory" else redis)
        environment = self.stage.environment_for(target.layer, **UNLIMITED)
        folder = course.find("final" if target.app == "final" else OF_STEP).folder
        if len(urls) > 1 or (target.app == "step-05" and target.layer != "core"):
            environment |= {
                "DJANGO_SETTINGS_MODULE": "settings_on_layer",
                "LOAD_LAYER": ALL_LAYERS[target.layer],
                "LOAD_REDIS": " ".join(urls),
            }
        return folder, environment


class Served:
    """A target that runs. `play` lets the generator play a scene on it."""

    def __init__(self, bench: Bench, target: Target, servers: list[Serving]):
        self.bench, self.target, self.servers = bench, target, servers

    async def play(self, scene: str, members: int, rooms: int = 1, **wishes) -> dict:
        """Return what came of `scene` with `members` in each of `rooms`, spread over the servers.

        `wishes` are the scene's own: senders, window, rate, burst, warm, seconds … Raises
        WorkshopError where it cannot be played.
        """
        tag, seats = secrets.token_hex(4), []
        for room in range(rooms):
            name = f"load-{tag}-{room}"
            people = [f"m{number:04}" for number in range(members)]
            cookies = {}
            if self.target.app == "final":
                cookies = await self.bench.stage.keeper.room(name, people)
            for number, who in enumerate(people):
                port = self.servers[number % len(self.servers)].port
                address = DIALECTS[self.target.dialect].address(port, name)
                seats.append({"address": address, "cookie": cookies.get(who, ""), "room": room})
        pids = {"server": [server.process.pid for server in self.servers]}
        if self.target.layer in LAYERS:
            pids["redis"] = [server.process.pid for server in self.bench.redis]
        request = {
            "scene": scene,
            "tag": tag,
            "size": self.bench.size,
            "dialect": self.target.dialect,
            "seats": seats,
            "pids": pids,
            "cores": self.bench.cores.others,
            **wishes,
        }
        result = await ask_generator(request)
        if self.target.app == "final" and scene == "talk":
            result |= await self._check_what_is_stored(tag, rooms, result["sent"])
        return {"target": self.target.name, "members": members, "rooms": rooms, **result}

    async def _check_what_is_stored(self, tag: str, rooms: int, sent: int) -> dict:
        """Compare the database with what was sent: each text once, numbered without a hole."""
        stored, holes = 0, 0
        for room in range(rooms):
            rows = await self.bench.stage.keeper.messages(f"load-{tag}-{room}")
            holes += [seq for seq, _, _ in rows] != list(range(1, len(rows) + 1))
            stored += len({text for _, _, text in rows if not text.endswith("probe ")})
        return {"stored": stored, "unstored": sent - stored, "holes": holes}


async def ask_generator(request: dict) -> dict:
    """Return the generator's answer. Raises WorkshopError, with its last words, if it has none."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", "workshop.load.generator"],
        cwd=ROOT,
        env=child_environment(PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    limit = BEYOND + request.get("warm", 0) + request.get("seconds", 0)
    try:
        answer = process.communicate(json.dumps(request).encode())
        out, error = await asyncio.wait_for(answer, limit)
    except TimeoutError:
        raise WorkshopError(f"The generator did not end within {limit} seconds.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = (error.decode(errors="replace").strip().splitlines() or ["it says nothing"])[-1]
        raise WorkshopError(f"The generator stopped: {last}")
    return json.loads(out)
