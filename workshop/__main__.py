"""`python3 -m workshop VERB`: runs on every Python, so that an old one gets a sentence."""

import os
import sys


def main():
    """Hand over to workshop.bootstrap, or say in one sentence that this Python is too old."""
    if sys.version_info < (3, 11):  # noqa: UP036
        version = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(
            "This workshop needs Python 3.11 or newer; this is "
            + version
            + ". Install a newer one (python.org), then call it by its name: "
            + "python3.13 -m workshop"
        )
    if not __package__:  # called as `python3 /a/path/to/workshop`, from any folder
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from workshop import bootstrap

    sys.exit(bootstrap.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
