"""Runs daphne like `python -m daphne`, but hides the package click.

No app requires click, but the workshop's tools do, and the measured servers share their packages.
If daphne's WebSocket library, autobahn, can import click, it colours a debug line for every frame
that it sends. It does that at any log level, because the words are arguments of the call.
"""

import runpy
import sys

sys.modules["click"] = None  # this makes `import click` fail
runpy.run_module("daphne", run_name="__main__", alter_sys=True)
