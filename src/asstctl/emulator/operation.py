"""What whoever operates a served account sees: lines of a log, and numbers.

Nothing is written anywhere unless a handler is put on the log: in process, an account is silent.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

LOG = logging.getLogger("asstctl.operation")
LOG.addHandler(logging.NullHandler())

_QUIET_SECONDS = 10.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_KINDS = {"run": "run", "resp": "response", "turn": "turn"}
"""What an id's prefix stands for."""


def _tell(level: int, event: str, told: str, **fields: object) -> None:
    """Write a line. A handler finds ``event`` and ``fields`` on the record, beside the words."""
    LOG.log(level, "%s", told, extra={"event": event, "fields": fields})


@dataclass(slots=True)
class Operation:
    """Counts what happens to an account, and tells of it."""

    clock: Callable[[], float] = time.monotonic
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    work: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    _said: dict[str, float] = field(default_factory=dict)

    def answered(
        self, method: str, path: str, status: int, seconds: float, request_id: str
    ) -> None:
        """Count a request that was answered; ``seconds`` end with the last byte of a stream."""
        self.requests[method if method in _METHODS else "other", status] += 1
        self.seconds += seconds
        _tell(
            logging.INFO,
            "request",
            f"{method} {path} → {status} · {seconds * 1000:.0f} ms · {request_id}",
            method=method,
            path=path,
            status=status,
            milliseconds=round(seconds * 1000),
            request_id=request_id,
        )

    def ended(self, work_id: str, outcome: str) -> None:
        """Count a run, response or turn that came to its end."""
        self.work[_kind(work_id), outcome] += 1

    def failed(self, work_id: str, message: str, code: str) -> None:
        """Count one that failed, and say why."""
        self.ended(work_id, "failed")
        kind = _kind(work_id)
        told = f"{kind} {work_id} failed: {code}: {message}"
        _tell(logging.WARNING, f"{kind}_failed", told, id=work_id, code=code, reason=message)

    def troubled(self, event: str, told: str) -> None:
        """Say what went wrong, but stopped nobody."""
        _tell(logging.WARNING, event, told)

    def unavailable(self, event: str, told: str) -> None:
        """Say why requests are refused now: not for each of them, there may be thousands."""
        now = self.clock()
        if now - self._said.get(event, -_QUIET_SECONDS) >= _QUIET_SECONDS:
            self._said[event] = now
            self.troubled(event, f"requests are refused: {told}")

    def numbers(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Write what was counted, and ``gauges`` (name to help and value), as Prometheus reads."""
        return "".join(f"{line}\n" for line in self._lines(gauges))

    def _lines(self, gauges: Mapping[str, tuple[str, float]]) -> Iterator[str]:
        yield from _head("asstctl_requests_total", "counter", "Requests, by what was answered.")
        for (method, status), count in sorted(self.requests.items()):
            yield f'asstctl_requests_total{{method="{method}",status="{status}"}} {count}'
        yield from _head(
            "asstctl_request_seconds_total", "counter", "Time from request to last byte, summed."
        )
        yield f"asstctl_request_seconds_total {self.seconds:.6f}"
        yield from _head("asstctl_work_total", "counter", "Runs, responses and turns that ended.")
        for (kind, outcome), count in sorted(self.work.items()):
            yield f'asstctl_work_total{{kind="{kind}",outcome="{outcome}"}} {count}'
        for name, (told, value) in gauges.items():
            yield from _head(name, "gauge", told)
            yield f"{name} {value:g}"


def _head(name: str, kind: str, told: str) -> tuple[str, str]:
    return f"# HELP {name} {told}", f"# TYPE {name} {kind}"


def _kind(work_id: str) -> str:
    return _KINDS.get(work_id.partition("_")[0], "work")
