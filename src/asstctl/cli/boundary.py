"""Where exceptions end: every way to fail becomes a message on stderr and an exit code."""

import os
import sys
from collections.abc import Sequence

import click

from asstctl.errors import AsstctlError, ExitCode, UsageError


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. Nothing but the exit code leaves this function."""
    from asstctl.cli.main import cli

    _speak_utf8()
    try:
        code = cli.main(list(arguments), prog_name="asstctl", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return int(ended.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return int(ExitCode.ERROR)
    except click.ClickException as error:
        _show(_usage(error))
        return int(ExitCode.ERROR)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader went away (`| head`); a second complaint at shutdown helps nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.ERROR)
    except AsstctlError as error:
        _show(error)
        return int(error.exit_code)
    except Exception as error:
        _show(_internal(error))
        return int(ExitCode.ERROR)
    except BaseException as error:
        # The second Ctrl-C; asyncio is not imported just to name its exception.
        if type(error).__name__ != "CancelledError":
            raise
        return int(ExitCode.INTERRUPTED)
    return int(code or ExitCode.OK)


def _show(error: AsstctlError) -> None:
    from asstctl.cli.output import masked, report, screen
    from asstctl.manifest.load import ManifestError
    from asstctl.views.diagnostics.human import render_diagnostics
    from asstctl.views.errors import render_error

    on = screen(sys.stderr)
    if isinstance(error, ManifestError):
        report(render_diagnostics(error.diagnostics, on), err=True)
    else:
        # Before the lines are broken: a secret may hold spaces.
        error.what, error.why, error.fix = map(masked, (error.what, error.why, error.fix))
        report(render_error(error, on), err=True)


def _usage(error: click.ClickException) -> UsageError:
    """What click says of a command line, as every other error is said."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    more = f"`{context.command_path} --help` tells what there is." if context else ""
    return UsageError(f"{message[:1].lower()}{message[1:]}".rstrip("."), fix=more)


def _internal(error: Exception) -> AsstctlError:
    """A bug of ours. The traceback goes to a file that can be attached to a report."""
    import tempfile
    import traceback

    from asstctl.cli.output import masked

    with tempfile.NamedTemporaryFile(
        "w", prefix="asstctl-crash-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(masked("".join(traceback.format_exception(error))))
    return AsstctlError(
        f"this is a bug in asstctl: {type(error).__name__}",
        why=f"The details are in {log.name}.",
        fix="Please report it with that file; look through it first.",
    )


def _speak_utf8() -> None:
    """Windows consoles and bare containers default to encodings that cannot write ``→``."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
