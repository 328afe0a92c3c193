"""The log of `asstctl serve` on stderr: what failed always, each request with ``-v``."""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Final

from asstctl.cli.output import masked, report
from asstctl.cli.wire_log import wire_log
from asstctl.text.printable import printable

_OPERATION: Final = "asstctl.operation"


class _Handler(logging.Handler):
    """Writes each record as one line, without what is to be hidden."""

    def __init__(self, *, as_json: bool, verbose: bool) -> None:
        super().__init__()
        self._as_json = as_json
        self._verbose = verbose

    def emit(self, record: logging.LogRecord) -> None:
        report(self._json(record) if self._as_json else self._text(record), err=True)

    def _text(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {printable(masked(_message(record)))}"
        trace = _trace(record)
        return f"{line}\n{masked(trace)}" if trace and self._verbose else line

    def _json(self, record: logging.LogRecord) -> str:
        found: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.name),
            "message": _message(record),
            **getattr(record, "fields", {}),
        }
        if trace := _trace(record):
            found["traceback"] = trace
        return masked(json.dumps(found))  # ASCII: nothing in it can move a cursor


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    told = f": {type(error).__name__}: {error}" if error else ""
    return record.getMessage() + told


def _trace(record: logging.LogRecord) -> str:
    return "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""


def start_serve_log(style: str) -> None:
    """Begin to write; ``style`` is text or json. Raises UsageError for a wrong ``ASSTCTL_LOG``."""
    verbose = wire_log().level > 0
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(handler)
    root.addHandler(_Handler(as_json=style == "json", verbose=verbose))
    logging.getLogger(_OPERATION).setLevel(logging.INFO if verbose else logging.WARNING)
