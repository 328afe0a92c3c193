"""``asstctl`` and ``python -m asstctl``: the one boundary where errors become text and codes."""

import gc
import signal
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        # Ctrl-C while Python still imports ends the process, with no traceback of an import.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from asstctl.cli.boundary import run

    collect_rarely()
    signal.signal(signal.SIGINT, handler)
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
