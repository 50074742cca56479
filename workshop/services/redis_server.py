"""A Redis for the length of a block: an existing one, a private one or a stand-in."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from workshop.base.errors import WorkshopError
from workshop.services import network
from workshop.services.private_server import LostPort, PrivateServer
from workshop.services.redis_binary import find_server
from workshop.services.redis_stand_in import StandInRedis

LOCAL = "redis://127.0.0.1:6379/0"  # the default of Docker, WSL, Memurai and system packages
NONE_FOUND = (
    "This needs a real Redis server, but none was found: install one (Debian, Ubuntu: `sudo apt "
    "install redis-server`; Fedora: `sudo dnf install valkey`; macOS: `brew install redis`; "
    "Windows: use WSL or Memurai), or set REDIS_URL to a running one."
)


@dataclass(frozen=True)
class GivenRedis:
    """A Redis that's already running: its URL and a description."""

    url: str
    description: str


DATABASES = 2048  # enough for all suites, checks and workers that run at the same time


class PrivateRedis(PrivateServer):
    """A private Redis that stores nothing on disk. By default, `program` is found automatically."""

    patience = 10
    advice = "set REDIS_SERVER to another"

    def __init__(self, program: str | None = None):
        program = program or find_server()
        if not program:
            raise WorkshopError(NONE_FOUND)
        super().__init__(program)

    @property
    def url(self) -> str:
        return f"redis://{self.address}:{self.port}/0"

    def command(self) -> list[str]:
        listen = ["--port", str(self.port), "--bind", self.address]
        store_nothing = ["--dir", str(self.folder), "--save", "", "--appendonly", "no"]
        many = ["--databases", str(DATABASES)]
        return [str(self.program), *listen, *store_nothing, *many, "--daemonize", "no"]

    def answers(self) -> bool:
        import redis  # slow to import, so only import it if a server is asked

        try:
            with self.client(decode_responses=True) as client:
                client.ping()
                folder = client.config_get("dir")["dir"]
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        except (redis.RedisError, KeyError) as error:
            raise LostPort from error
        if not os.path.samefile(folder, self.folder):
            raise LostPort
        return True

    def flush(self) -> None:
        """FLUSHALL: the server forgets everything and keeps running."""
        with self.client() as client:
            client.flushall()

    def client(self, **options):
        """Return a redis-py client that doesn't retry."""
        import redis

        return redis.Redis.from_url(self.url, socket_timeout=1, retry=_no_retry(), **options)


@contextlib.contextmanager
def running() -> Iterator[GivenRedis | PrivateRedis | StandInRedis]:
    """Yield a Redis that answers. A private one is stopped when the block ends.

    In order of preference, it's the one at REDIS_URL, a private one if REDIS_SERVER asks for it,
    the one on port 6379, or a private one. Raises WorkshopError if REDIS_URL doesn't answer.
    """
    if os.environ.get("REDIS_URL"):
        yield _given(os.environ["REDIS_URL"])
    elif not os.environ.get("REDIS_SERVER") and _answers(LOCAL):
        yield GivenRedis(LOCAL, f"the one that runs on this machine ({LOCAL})")
    else:
        with private() as server:
            yield server


@contextlib.contextmanager
def private() -> Iterator[PrivateRedis | StandInRedis]:
    """Yield a private Redis, in which tests may change and delete everything.

    If no program for it is installed, this is a stand-in.
    """
    program = find_server()
    with PrivateRedis(program) if program else StandInRedis() as server:
        yield server


def other_database(url: str, number: int) -> str:
    """Return the URL of the database `number` places after the one at `url`.

    It's `url` itself if this Redis has no such database.
    """
    import redis

    base, _, place = url.rpartition("/")
    if not place.isdecimal():
        return url
    other = f"{base}/{int(place) + number}"
    quickly = {"socket_timeout": 1, "retry": _no_retry()}
    with contextlib.suppress(redis.RedisError), redis.Redis.from_url(other, **quickly) as client:
        client.ping()
        return other
    return url


def masked(url: str) -> str:
    """Return `url` without its password."""
    netloc = urlsplit(url).netloc
    if "@" not in netloc:
        return url
    user, _, host = netloc.rpartition("@")
    return url.replace(netloc, f"{user.partition(':')[0]}:***@{host}", 1)


def _given(url: str) -> GivenRedis:
    import redis

    try:
        _ping(url)
    except redis.AuthenticationError as error:
        raise WorkshopError(
            f"The Redis at REDIS_URL ({masked(url)}) refuses the name or password: correct them."
        ) from error
    except (redis.RedisError, ValueError, OSError) as error:
        raise WorkshopError(
            f"No Redis answers at REDIS_URL ({masked(url)}): start it, correct the URL, or "
            "unset REDIS_URL to get a private one."
        ) from error
    return GivenRedis(url, f"the one at REDIS_URL ({masked(url)})")


def _answers(url: str) -> bool:
    """Return whether a Redis without a password answers at `url`."""
    address = urlsplit(url)
    if not network.answers(address.hostname, address.port):
        return False
    import redis  # slow to import, so only import it if something is listening

    try:
        return _ping(url)
    except (redis.RedisError, OSError):
        return False


def _ping(url: str) -> bool:
    import redis

    quick = {"socket_connect_timeout": 3, "socket_timeout": 3, "retry": _no_retry()}
    with redis.Redis.from_url(url, **quick) as client:
        return client.ping()


def _no_retry():
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Retry(NoBackoff(), 0)
