"""Reads one JSON request, prints one JSON answer, and exits."""

import asyncio
import contextlib
import json
import sys

import psutil

from bench.load.generator.scenarios import play


def main():
    request = json.load(sys.stdin)
    if request.get("cores"):
        with contextlib.suppress(AttributeError, OSError):
            psutil.Process().cpu_affinity(request["cores"])
    print(json.dumps(asyncio.run(play(request))))


main()
