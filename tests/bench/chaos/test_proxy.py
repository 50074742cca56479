"""The proxies break connections the way they should."""

import asyncio
import contextlib
import random

import pytest

from bench.chaos.proxy import Proxy, ResettingProxy, SilentProxy, SlowProxy


@pytest.fixture
async def echo():
    """The port of a server that echoes what it receives."""

    async def serve(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def connection(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def ask(streams, data=b"hello"):
    reader, writer = streams
    writer.write(data)
    return await reader.readexactly(len(data))


async def test_a_proxy_passes_everything_on(echo):
    async with Proxy(echo) as proxy, connection(proxy.port) as streams:
        data = random.Random(1).randbytes(300_000)
        assert await ask(streams, data) == data


async def test_a_resetting_proxy_drops_the_answer_and_resets_the_connection(echo):
    async with ResettingProxy(echo, b"ack", random.Random(1), most=1) as proxy:
        async with connection(proxy.port) as streams:
            assert await ask(streams, b"hello") == b"hello"
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await ask(streams, b"ack")
        async with connection(proxy.port) as streams:
            assert await ask(streams, b"ack") == b"ack"
        assert proxy.resets == 1


async def test_a_slow_proxy_limits_the_rate_toward_the_client(echo):
    async with SlowProxy(echo, rate=50_000) as proxy, connection(proxy.port) as streams:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await ask(streams, bytes(20_000))
        assert loop.time() - started >= 0.3  # the last part is passed on without a wait after it


async def test_a_silent_proxy_keeps_connections_open_and_passes_nothing(echo):
    async with SilentProxy(echo) as proxy, connection(proxy.port) as old:
        assert await ask(old) == b"hello"
        proxy.go_silent()
        old[1].write(b"is anybody there?")
        answer = asyncio.create_task(old[0].read(1))
        async with connection(proxy.port) as new:
            new[1].write(b"hello?")
            unanswered = asyncio.create_task(new[0].read(1))
            proxy.recover()
            async with connection(proxy.port) as third:
                assert await ask(third) == b"hello"
            assert not answer.done() and not unanswered.done()
            unanswered.cancel()
        answer.cancel()


async def test_a_silent_proxy_does_not_tell_the_server_that_its_client_has_gone(echo):
    async with SilentProxy(echo) as proxy:
        async with connection(proxy.port) as streams:
            await ask(streams)
            proxy.go_silent()
        proxy.recover()
        async with connection(proxy.port) as streams:
            assert await ask(streams) == b"hello"
        assert len(proxy.tasks) == 2  # the silent connection is still open toward the server
