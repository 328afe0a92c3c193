"""``asstctl`` and ``python -m asstctl``: the one boundary where errors become text and codes."""

import sys

from asstctl.cli.boundary import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
