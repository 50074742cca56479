"""A coroutine that is created, but never awaited."""

import asyncio


async def greet():
    print("hello")


async def main():
    greet()
    print("done")


asyncio.run(main())
