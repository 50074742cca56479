"""`python -m channels_doctor` is `channels-doctor`."""

import sys

NEEDED = "The command line needs the packages click and rich: pip install click rich"


def main() -> None:
    try:
        import rich  # noqa: F401

        from channels_doctor import cli
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.exit(NEEDED)
    cli.main(name="python -m channels_doctor")


if __name__ == "__main__":
    main()
