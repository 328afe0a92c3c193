"""Where exceptions end: every way to fail becomes a message on stderr and an exit code."""

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from asstctl.errors import AsstctlError, ExitCode

_REFUSED_BY_MACHINE: Final = frozenset(
    getattr(errno, name)
    for name in (
        "EACCES", "EDQUOT", "EEXIST", "EFBIG", "EIO", "EISDIR", "ELOOP", "EMFILE", "ENAMETOOLONG",
        "ENFILE", "ENOENT", "ENOSPC", "ENOTDIR", "EPERM", "EROFS",
    )
    if hasattr(errno, name)
)  # fmt: skip
"""How a file, or a stream, is refused: by permissions, by a disk with no room, by its name."""


class InstallationError(AsstctlError):
    """A package that asstctl stands on is missing, or does not fit this Python or system."""

    code = "installation"

    def __init__(self, error: ImportError) -> None:
        super().__init__(
            f"asstctl's installation is broken: {error.name or 'a package'} cannot be imported",
            why=f"{error}.",
            fix="Install asstctl anew, in a virtual environment of its own.",
        )


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. Nothing but the exit code leaves this function."""
    try:
        from asstctl.cli.main import cli

        _open_streams()
        code = cli.main(list(arguments), prog_name="asstctl", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return int(ended.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return int(ExitCode.ERROR)
    except click.ClickException as error:
        from asstctl.cli.usage import in_our_words

        _show(in_our_words(error, arguments))
        return int(ExitCode.ERROR)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader went away (`| head`); a second complaint at shutdown helps nobody.
        _let_go_of_stdout()
        return int(ExitCode.ERROR)
    except AsstctlError as error:
        _show(error)
        return int(error.exit_code)
    except OSError as error:
        _show(_refused_by_machine(error))
        return int(ExitCode.ERROR)
    except Exception as error:
        _show(_unexpected(error))
        return int(ExitCode.ERROR)
    except BaseException as error:
        # The second Ctrl-C, or SIGTERM; asyncio is not imported just to name its exception.
        if type(error).__name__ != "CancelledError":
            raise
        click.echo("interrupted", err=True)
        return int(ExitCode.INTERRUPTED)
    return int(code or ExitCode.OK)


def _show(error: AsstctlError) -> None:
    from asstctl.cli.output import masked, report, screen
    from asstctl.manifest.problems import ManifestError
    from asstctl.views.diagnostics.human import render_diagnostics
    from asstctl.views.errors import render_error

    on = screen(sys.stderr)
    if isinstance(error, ManifestError):
        report(render_diagnostics(error.diagnostics, on), err=True)
    else:
        # Before the lines are broken: a secret may hold spaces.
        error.what, error.why, error.fix = map(masked, (error.what, error.why, error.fix))
        report(render_error(error, on), err=True)


def _refused_by_machine(error: OSError) -> AsstctlError:
    """A folder that may not be written to, or a full disk: no bug of ours, if it says where."""
    from asstctl.cli.output import STDOUT

    if error.filename is None or error.errno not in _REFUSED_BY_MACHINE:
        return _internal(error)
    if error.filename == STDOUT:
        _let_go_of_stdout()
    return AsstctlError(
        f"{os.fsdecode(error.filename)}: the machine refuses to read or write it",
        why=f"{error.strerror}.",
        fix="Check that there is room on the disk, and that file and folder are yours to use.",
    )


def _let_go_of_stdout() -> None:
    """What could not be written is not tried again at the end, with a complaint of Python's."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unexpected(error: Exception) -> AsstctlError:
    if isinstance(error, ImportError) and not (error.name or "").startswith("asstctl"):
        return InstallationError(error)
    return _internal(error)


def _internal(error: Exception) -> AsstctlError:
    """A bug of ours. The traceback goes to a file that can be attached to a report."""
    what = f"this is a bug in asstctl: {type(error).__name__}"
    try:
        log = _crash_log(error)
    except OSError as unwritten:
        return AsstctlError(
            what,
            why=f"{error}. The details cannot be kept: {unwritten.strerror or unwritten}.",
            fix="Please report it, with the details that it keeps where TMPDIR has room.",
        )
    return AsstctlError(
        what,
        why=f"The details are in {log}.",
        fix="Please report it with that file; look through it first.",
    )


def _crash_log(error: Exception) -> str:
    """The file with the traceback. Raises OSError."""
    import tempfile
    import traceback

    from asstctl.cli.output import masked

    with tempfile.NamedTemporaryFile(
        "w", prefix="asstctl-crash-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(masked("".join(traceback.format_exception(error))))
    return log.name


def _open_streams() -> None:
    """Streams that can be used: UTF-8, and the null device where a parent has closed one.

    Windows consoles and bare containers default to encodings that cannot write ``→``. A closed
    descriptor would be the next file's, which is then what others print into.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
