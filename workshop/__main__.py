"""`python3 -m workshop COMMAND`: runs on every Python, so that old ones get a clear message."""

import os
import sys


def main():
    """Call workshop.setup.bootstrap, or print that this Python is too old."""
    if sys.version_info < (3, 11):  # noqa: UP036
        version = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(
            "This workshop needs Python 3.11 or newer; this is "
            + version
            + ". Install a newer one (python.org), then call it by its name: "
            + ("py -3.13" if os.name == "nt" else "python3.13")
            + " -m workshop"
        )
    if not __package__:  # called as `python3 /a/path/to/workshop`, from any folder
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from workshop import help

    words = sys.argv[1:]
    text = help.answer(words)
    if text:
        sys.exit(help.show(text))
    from workshop.setup import bootstrap

    sys.exit(bootstrap.main(words))


if __name__ == "__main__":
    main()
