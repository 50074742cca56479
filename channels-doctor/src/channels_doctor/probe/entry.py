"""Run one probe inside the examined project: `python -B entry.py REQUEST`.

REQUEST is a JSON file, and the answer is written to the path that it names. This file and the other
probes run on the project's own interpreter, so they only import what it has.
"""

import importlib.util
import json
import logging
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))


def neighbour(name):
    """Return the module `name` from this folder, without adding the folder to sys.path."""
    known = "_doctor_probe_" + name
    if known not in sys.modules:
        path = os.path.join(HERE, name + ".py")
        spec = importlib.util.spec_from_file_location(known, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


def write_no_logs():
    """Keep the project's logging from creating files in the project's folder."""
    plain = logging.FileHandler.__init__

    def init(self, filename, mode="a", encoding=None, delay=False, errors=None):
        plain(self, filename, mode, encoding, True, errors)

    logging.FileHandler.__init__ = init
    logging.disable(logging.CRITICAL)


def error_of(error, folder):
    """Describe `error`, and the last line of the project's code in its traceback."""
    frames = []
    seen = error
    while seen is not None and len(frames) < 200:
        frames = traceback.extract_tb(seen.__traceback__) + frames
        if seen.__cause__ is None and seen.__suppress_context__:
            break
        seen = seen.__cause__ or seen.__context__
    own = [frame for frame in frames if inside(frame.filename, folder)]
    last = own[-1] if own else None
    if isinstance(error, SyntaxError) and error.filename and inside(error.filename, folder):
        file, line = error.filename, error.lineno
    else:
        file, line = (last.filename, last.lineno) if last else ("", 0)
    return {
        "type": type(error).__name__,
        "module": type(error).__module__,
        "text": str(error),
        "name": getattr(error, "name", None) if isinstance(error, ImportError) else None,
        "file": os.path.relpath(os.path.realpath(file), folder).replace(os.sep, "/")
        if file
        else "",
        "line": line,
        "last_words": last_words(error),
    }


def last_words(error):
    """Return the type and the message of `error`, without the code line of a SyntaxError."""
    if isinstance(error, SyntaxError):  # the line may contain a secret
        return f"{type(error).__name__}: {error.msg}"
    return "".join(traceback.format_exception_only(type(error), error)).strip()


def inside(path, folder):
    """Return whether `path` is one of the project's own files."""
    path = os.path.realpath(path)
    return path.startswith(folder + os.sep) and "site-packages" not in path


def main(request_path):
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    folder = request["folder"]
    others = [path for path in sys.path if os.path.abspath(path or ".") != HERE]
    sys.path[:] = [folder, *request.get("paths", ()), *others]
    sys.dont_write_bytecode = True
    os.chdir(folder)
    write_no_logs()
    try:
        answer = neighbour(request["probe"]).collect(request)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        answer = {"error": error_of(error, folder)}
    with open(request["answer"] + ".new", "w", encoding="utf-8") as file:
        json.dump(answer, file, default=repr)
    os.replace(request["answer"] + ".new", request["answer"])


if __name__ == "__main__":
    sys.modules["_doctor_probe_entry"] = sys.modules["__main__"]
    main(sys.argv[1])
    sys.stdout.flush()
    os._exit(0)  # don't wait for the project's background threads
