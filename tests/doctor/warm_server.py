"""Runs probes in forks of one process that has loaded Django, Channels and daphne already.

A probe starts as fresh as in a process of its own, and a hundred of them take seconds, not minutes.
"""

import importlib.util
import json
import os
import sys

import channels.auth
import channels.generic.websocket
import channels.routing
import channels.security.websocket
import channels_redis.core
import channels_redis.pubsub
import daphne.apps
import django.contrib.staticfiles.handlers
import django.core.asgi
import django.core.management
import django.test.client  # noqa: F401

loaded = (channels, channels_redis, daphne, django)


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def serve(entry_path, drive_path):
    entry = load("_doctor_probe_entry", entry_path)
    load("_doctor_probe_drive", drive_path)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            with open(job["output"], "wb") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            os.environ.clear()
            os.environ.update(job["environment"])
            try:
                entry.main(job["request"])
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(*sys.argv[1:])
