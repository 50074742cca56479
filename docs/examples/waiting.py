"""Two coroutines that wait at the same time, in one thread."""

import asyncio


async def brew(drink, seconds):
    print(f"{drink}: started")
    await asyncio.sleep(seconds)
    print(f"{drink}: ready")


async def main():
    await asyncio.gather(brew("tea", 0.2), brew("coffee", 0.1))


asyncio.run(main())
