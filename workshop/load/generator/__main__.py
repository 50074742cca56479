"""One JSON request comes in, one JSON answer goes out; then the process ends."""

import asyncio
import contextlib
import json
import sys

import psutil

from workshop.load.generator.play import play


def main():
    request = json.load(sys.stdin)
    if request.get("cores"):
        with contextlib.suppress(AttributeError, OSError):
            psutil.Process().cpu_affinity(request["cores"])
    print(json.dumps(asyncio.run(play(request))))


main()
