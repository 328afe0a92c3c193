"""``asstctl`` and ``python -m asstctl``: the one boundary where errors become text and codes."""

import gc
import sys

from asstctl.cli.boundary import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    collect_rarely()
    code = run(sys.argv[1:])
    # Python looks for garbage once more on its way out; all of it goes with the process.
    gc.freeze()
    sys.exit(code)


def collect_rarely() -> None:
    """Look for garbage at long intervals: nearly all that a command makes is needed to its end.

    Looking through thousands of manifests and objects again and again would take as long as the
    work itself.
    """
    gc.set_threshold(100_000)


if __name__ == "__main__":
    main()
