"""The same two coroutines, but one call in them blocks the event loop."""

import asyncio
import time


async def brew(drink, seconds):
    print(f"{drink}: started")
    time.sleep(seconds)
    print(f"{drink}: ready")


async def main():
    await asyncio.gather(brew("tea", 0.2), brew("coffee", 0.1))


asyncio.run(main())
