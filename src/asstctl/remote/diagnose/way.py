"""What `doctor` diagnoses on the way to an account: name resolution, TLS, clock and latency."""

import asyncio
import socket
import statistics
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

from asstctl.remote.diagnose.apis import COLLECTIONS
from asstctl.remote.wire.connection import cure_of, reason_of
from asstctl.remote.wire.environment import certificates, proxy_for, raise_if_unusable
from asstctl.remote.wire.wire import Wire
from asstctl.sync.doctor.check import Check, Server, Verdict, skipped
from asstctl.sync.ports import AccountError

_SECONDS: Final = 10.0
_PINGS: Final = 3
_SKEW: Final = 60.0
_SLOW: Final = 2.0


async def reachable(base_url: str) -> list[Check]:
    """Checks of name resolution and TLS; skipped where a proxy does both. Raises nothing."""
    url = urlsplit(base_url)
    if (proxy := proxy_for(url.scheme, url.hostname or "", url.port)) is not None:
        try:
            raise_if_unusable(proxy)
        except AccountError as error:
            broken = Check("name resolution", Verdict.FAILED, error.one_line, error.fix)
            return [broken, skipped("TLS", "the proxy cannot be used")]
        through = f"{proxy.host} is asked: requests go through this proxy"
        return [skipped("name resolution", through), skipped("TLS", through)]
    name = await _name(url)
    if name.verdict is Verdict.FAILED:
        return [name, skipped("TLS", "the name does not resolve")]
    return [name, await _tls(url)]


async def timing(wire: Wire, server: Server) -> list[Check]:
    """Checks of the account's clock and of the median latency of small requests. Raises nothing."""
    lists = [path for api, path in COLLECTIONS.items() if server.speaks(api).answers]
    if server.models is not None:
        lists.append("/models")
    if not lists:
        return [skipped(name, "no small request is answered") for name in ("clock", "latency")]
    try:
        pings = [await wire.get(lists[0], {"limit": 1}) for _ in range(_PINGS)]
    except AccountError as error:
        return [skipped(name, error.what) for name in ("clock", "latency")]
    return [
        _clock(pings[-1].headers.get("date")),
        _latency(statistics.median(ping.seconds for ping in pings)),
    ]


async def _name(url: SplitResult) -> Check:
    host = url.hostname or ""
    try:
        async with asyncio.timeout(_SECONDS):
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, url.port or 443, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as error:
        return Check(
            "name resolution",
            Verdict.FAILED,
            f"{host} does not resolve: {error}",
            "Check the host in the target's `base_url`, and this machine's network.",
        )
    return Check("name resolution", Verdict.OK, f"{host} is {found[0][4][0]}")


async def _tls(url: SplitResult) -> Check:
    if url.scheme != "https":
        loopback = url.hostname in ("localhost", "127.0.0.1", "::1")
        if loopback:
            return skipped("TLS", "not needed on this machine")
        return Check(
            "TLS",
            Verdict.WARNING,
            "plain http: anybody on the way reads the key",
            "Use https in the target's `base_url`.",
        )
    try:
        async with asyncio.timeout(_SECONDS):
            # The certificates that requests are checked against, not those of the system.
            context = certificates()
            _, writer = await asyncio.open_connection(url.hostname, url.port or 443, ssl=context)
            version = writer.get_extra_info("ssl_object").version()
            writer.close()
            await writer.wait_closed()
    except AccountError as error:
        return Check("TLS", Verdict.FAILED, error.one_line, error.fix)
    except (OSError, TimeoutError) as error:
        return Check(
            "TLS",
            Verdict.FAILED,
            reason_of(error, url.hostname or ""),
            cure_of(error),
        )
    return Check("TLS", Verdict.OK, str(version))


def _clock(date: str | None) -> Check:
    try:
        parsed = parsedate_to_datetime(date or "")
        account_time = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError):
        return skipped("clock", "the account does not tell the time")
    skew = time.time() - account_time
    if abs(skew) > _SKEW:
        return Check(
            "clock",
            Verdict.WARNING,
            f"this machine is off by {skew:.0f} s",
            "Set this machine's clock; run deadlines depend on it.",
        )
    return Check("clock", Verdict.OK, f"within {_SKEW:.0f} s of the account's")


def _latency(seconds: float) -> Check:
    text = f"{seconds * 1000:.0f} ms for a small request"
    if seconds > _SLOW:
        return Check("latency", Verdict.WARNING, text, "Plans of many resources will take long.")
    return Check("latency", Verdict.OK, text)
