"""A process that imports what every project needs, then runs a script.

`fork_server.py` and `warm_process.py` share this. We import nothing here that a learner may forget
to import: no channels and no daphne, only what Django and the tests load anyway.
"""

import contextlib
import importlib
import os
import sys
import types

IMPORTED = """
    pytest pytest_asyncio.plugin pytest_django.plugin
    django.contrib.admin django.core.asgi django.core.management.commands.runserver
    django.core.serializers.json django.db.backends.sqlite3.base django.test.client
    autobahn.twisted.websocket twisted.internet.asyncioreactor twisted.internet.ssl
    twisted.protocols.tls twisted.web.http redis.asyncio websockets.asyncio.client
"""


def import_everything():
    """Import all modules in IMPORTED. Errors are ignored, because they will show up again later."""
    for name in IMPORTED.split():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def is_hidden(folder):
    """Return whether a module in `folder` has the same name as one imported from elsewhere."""
    return any(
        entry.name.partition(".")[0] in sys.modules
        for entry in os.scandir(folder)
        if entry.name.endswith((".py", ".so")) or os.path.isfile(f"{entry.path}/__init__.py")
    )


def redirect(descriptors):
    """Redirect standard input, output and error to `descriptors`, in this order."""
    for number, fd in enumerate(descriptors):
        if fd != number:
            os.dup2(fd, number)
    for fd in set(descriptors):
        if fd > 2:
            os.close(fd)


def become(words, folder, environment, more_globals):
    """Run the script `words[0]` like `python SCRIPT`, with the other words as arguments.

    `more_globals` are additional global variables for it.
    """
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = words
    path = os.path.abspath(words[0])
    sys.path[0] = os.path.dirname(path)
    sys.excepthook = lambda kind, error, trace: sys.__excepthook__(
        kind, error.with_traceback(_inside(trace, path)), None
    )
    main = types.ModuleType("__main__")
    main.__file__ = path
    sys.modules["__main__"] = main
    vars(main).update(more_globals)
    with open(path, "rb") as file:
        exec(compile(file.read(), path, "exec"), vars(main))


def _inside(trace, script):
    """Return the part of a traceback that the script alone would show."""
    while trace and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    return trace
