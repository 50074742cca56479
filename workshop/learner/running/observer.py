"""Run tests on a learner's project, and record what happens as JSON lines.

This script runs in a separate process in the learner's project. It doesn't import the workshop, so
that nothing of it is in that process. Its only argument is a JSON file.
"""

import functools
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
import traceback

import pytest

LESS = 0.3  # share of the patience left after a failure, when the rest is only information


class Observer:
    """Writes an event for everything that happens, for `trial.py` to read."""

    def __init__(self, orders):
        self.orders = orders
        self.project = os.getcwd()
        self.events = open(orders["events"], "a", encoding="utf-8", buffering=1)
        self.began = time.monotonic()
        self.failed = set()
        self.pages = []
        self.is_theirs = functools.cache(self.is_theirs)
        self.recorder = runpy.run_path(orders["recorder"])["Recorder"](self.is_theirs, self.where)

    def note(self, event, **data):
        self.events.write(json.dumps({"event": event, **data}) + "\n")

    def watch(self, what):
        """Record what's running. If it takes too long, the stuck file shows where the code is."""
        self.note("begin", what=what)
        self.began = time.monotonic()

    def look(self):
        """Record from time to time which of the learner's lines a stuck thread is running.

        This runs in a thread. We don't use faulthandler, because it may crash when it reads a
        running thread.
        """
        me = threading.get_ident()
        while True:
            time.sleep(self.orders["every"])
            if time.monotonic() - self.began < self.orders["every"]:
                continue
            threads = {key: frame for key, frame in sys._current_frames().items() if key != me}
            places = [place for frame in threads.values() for place in self.where(frame)]
            with open(self.orders["stuck"], "w", encoding="utf-8") as file:
                json.dump(places[:1], file)

    def where(self, frame):
        """Return the places in the learner's code that led to `frame`, innermost first."""
        found = []
        while frame is not None:
            code = frame.f_code
            line = frame.f_lineno or code.co_firstlineno
            found.append({"path": code.co_filename, "line": line, "function": code.co_qualname})
            frame = frame.f_back
        return [match for match in found if self.is_theirs(match["path"])]

    def imports(self):
        """Import the project like a server, before Django is set up. Returns whether that works."""
        self.watch("import")
        self.recorder.start()
        try:
            importlib.import_module("chat_project.asgi")
        except BaseException as error:  # whatever the learner's code does
            if isinstance(error, KeyboardInterrupt):
                raise
            traceback.print_exc()
            self.note("crash", **self.described(error))
            return False
        self.recorder.observe_libraries()
        return True

    def described(self, error):
        """Return the relevant exception as data, with the place in the project that raised it."""
        chain = []
        while error is not None and error not in chain:
            if isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
                continue
            chain.append(error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if type(chain[0]).__name__ == "CollectError" and len(chain) > 1:
            del chain[0]
        frames = [frame for error in chain for frame in reversed(self.frames(error))]
        return {
            "kind": type(chain[0]).__name__,
            "message": self.message_of(chain[0]),
            "module": type(chain[0]).__module__,
            "raised_in": self.raised_in(chain[0]),
            "url": getattr(chain[0], "url", None),
            "missing": getattr(chain[0], "name", None),
            "more": [f"{type(error).__name__}: {error}" for error in chain[1:]],
            "frames": frames,
        }

    def message_of(self, error):
        is_told_by_msg = isinstance(error, SyntaxError | ImportError)
        return str(is_told_by_msg and error.msg or error)

    def frames(self, error):
        """Return the places in the learner's own code that `error` passed, outermost first."""
        found = [
            {"path": frame.f_code.co_filename, "line": line, "function": frame.f_code.co_qualname}
            for frame, line in traceback.walk_tb(error.__traceback__)
        ]
        if isinstance(error, SyntaxError) and error.filename:
            found.append({"path": error.filename, "line": error.lineno, "function": ""})
        return [match for match in found if self.is_theirs(match["path"])]

    def is_theirs(self, path):
        inside = os.path.relpath(path, self.project).replace(os.sep, "/")
        return not inside.startswith(("../", "tests/")) and os.path.exists(path)

    def raised_in(self, error):
        names = [
            frame.f_globals.get("__name__", "")
            for frame, _ in traceback.walk_tb(error.__traceback__)
        ]
        return (names or [""])[-1].partition(".")[0]

    # pytest's hooks

    def pytest_collection_modifyitems(self, items):
        order = {test: n for n, test in enumerate(self.orders["tests"])}
        items[:] = [item for item in items if name_of(item) in order]
        items.sort(key=lambda item: order[name_of(item)])
        self.set_constants(self.orders["quick"])
        if "test_redis" in sys.modules:
            script, times = self.orders["hurry"]
            runpy.run_path(script)["hurry"](times)
        if "conftest" in sys.modules and (processes := processes_for_servers(self.orders)):
            sys.modules["conftest"].subprocess = Starter(processes)
        if "playwright.async_api" in sys.modules:
            self.observe_pages(sys.modules["playwright.async_api"].BrowserContext)

    def observe_pages(self, contexts):
        """Record what happens on each page that is opened from now on."""
        new_page = contexts.new_page

        async def observed(context):
            page = await new_page(context)
            session = await context.new_cdp_session(page)
            for name in dir(PageEvents):
                if name[0].isupper():
                    listener = functools.partial(getattr(PageEvents, name), self.pages)
                    session.on(name.replace("_", "."), listener)
            for domain in ("Runtime", "Network", "Log"):
                await session.send(f"{domain}.enable")
            return page

        contexts.new_page = observed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item):
        self.watch(name_of(item))
        self.pages.clear()
        self.recorder.latest.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if self.orders["groups"].get(name_of(item)) in self.failed:
            pytest.skip("another test of this goal has failed")

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef):
        self.watch(f"fixture {fixturedef.argname}")

    def pytest_exception_interact(self, node, call, report):
        if isinstance(node, pytest.Item):
            name, value = name_of(node), call.excinfo.value
            self.failed.add(self.orders["groups"].get(name))
            patience = {
                key: value for key, value in self.orders["quick"].items() if "PATIENCE" in key
            }
            self.set_constants({key: value * LESS for key, value in patience.items()})
            self.note(
                "failed",
                test=name,
                output=output_of(report),
                fixtures=node.fixturenames,
                pages=self.pages,
                deeds=self.recorder.deeds(),
                **self.described(value),
            )
        else:
            self.note("crash", file=node.name, **self.described(call.excinfo.value))

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.rpartition("::")[2].partition("[")[0]
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.note("skipped", test=name, reason=reason.removeprefix("Skipped: "))
        elif report.passed and report.when == "call":
            self.note("passed", test=name)

    def pytest_warning_recorded(self, warning_message):
        self.note("warning", text=str(warning_message.message))

    def set_constants(self, values):
        for name, value in values.items():
            module, _, constant = name.rpartition(".")
            if module in sys.modules:
                setattr(sys.modules[module], constant, value)


class PageEvents:
    """Turns events of the Chrome DevTools Protocol into data.

    Each method is named after an event, and gets the list to append to and that event.
    """

    def Runtime_exceptionThrown(pages, event):
        details = event["exceptionDetails"]
        description = details.get("exception", {}).get("description", details["text"])
        place = details if details.get("url") else frame_of(details.get("stackTrace"))
        add(pages, "error", description.partition("\n")[0], place)

    def Runtime_consoleAPICalled(pages, event):
        if event["type"] in ("error", "warning"):
            words = [str(word.get("value", word.get("description"))) for word in event["args"]]
            add(pages, "log", " ".join(words), frame_of(event.get("stackTrace")))

    def Log_entryAdded(pages, event):
        if event["entry"]["level"] == "error":
            add(pages, "log", event["entry"]["text"], event["entry"])

    def Network_responseReceived(pages, event):
        if event["response"]["status"] >= 400:
            status = event["response"]["status"]
            add(pages, "answer", f"{event['response']['url']} {status}", {})

    def Network_webSocketCreated(pages, event):
        add(pages, "socket", event["url"], frame_of(event.get("initiator", {}).get("stack")))

    def Network_webSocketHandshakeResponseReceived(pages, event):
        if event["response"]["status"] != 101:
            add(pages, "refused", str(event["response"]["status"]), {})

    def Network_webSocketFrameSent(pages, event):
        add(pages, "sent", event["response"]["payloadData"], {})

    def Network_webSocketFrameReceived(pages, event):
        add(pages, "received", event["response"]["payloadData"], {})


def add(pages, kind, text, place):
    line = place.get("lineNumber", -1) + 1
    pages.append({"kind": kind, "text": text[:500], "path": place.get("url", ""), "line": line})


def frame_of(stack):
    return ((stack or {}).get("callFrames") or [{}])[0]


class Starter:
    """Replaces `subprocess` in the tests, so that servers needn't import everything again."""

    def __init__(self, processes):
        self.processes = processes

    def Popen(self, command, cwd):
        python, *words = command
        started = self.processes.run(words, str(cwd), dict(os.environ))
        started = started or subprocess.Popen(command, cwd=cwd)
        self.processes.prepare()  # not earlier: its output belongs to the test
        return started


def processes_for_servers(orders):
    """Return the helper that starts servers faster, if the workshop passed one to this process."""
    if "FORKS" in globals():
        return runpy.run_path(orders["forked"])["Forks"](socket.socket(fileno=FORKS))  # noqa: F821
    if "WARM" in globals():
        return runpy.run_path(WARM)["WarmProcesses"](dict(os.environ))  # noqa: F821
    return None


def name_of(item):
    return getattr(item, "originalname", None) or item.name


def output_of(report):
    return "\n".join(text for title, text in report.sections if title.startswith("Captured"))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        orders = json.load(file)
    sys.path[0] = os.getcwd()
    observer = Observer(orders)
    threading.Thread(target=observer.look, daemon=True).start()
    if not observer.imports():
        return 1
    plugins = [importlib.import_module(name) for name in orders["plugins"]]
    code = pytest.main([*orders["arguments"]], plugins=[observer, *plugins])
    observer.note("end", code=int(code))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
