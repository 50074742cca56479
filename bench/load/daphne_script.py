"""Runs daphne as `python -m daphne` does, in an environment without the package click.

No app requires click; the workshop's own tools do, and the measured servers share its packages. If
autobahn, which daphne stands on, can import click, it colours the words of a debug line for every
frame that it sends. It does so at any log level, because the words are arguments of the call.
"""

import runpy
import sys

sys.modules["click"] = None  # Python's own way to make `import click` fail
runpy.run_module("daphne", run_name="__main__", alter_sys=True)
