"""Why no answer came at all: the network, the certificate, or a request that cannot be sent."""

import asyncio
import json
import os
import socket
import ssl
from typing import Final

import httpx2

from asstctl.model.sensitive import Sensitive
from asstctl.remote.wire.environment import Proxy, certificate_variable, proxy_for
from asstctl.remote.wire.failures import garbage
from asstctl.sync.ports import AccountError, Failure

_LONGEST_REASON: Final = 400
_CUT_SHORT: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def as_account_error(
    error: Exception, call: str, url: httpx2.URL, sensitive: Sensitive
) -> AccountError:
    """Any exception of one request as an AccountError. AccountErrors pass through unchanged."""
    match error:
        case AccountError():
            return error
        case UnicodeEncodeError() | httpx2.LocalProtocolError():
            return _not_sendable(call)
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            what = f"the request cannot be made: {call}"
            return AccountError(what, failure=Failure.INVALID, why=sensitive.text(str(error)))
        case httpx2.DecodingError():
            return garbage("a body that cannot be unpacked", call)
        case json.JSONDecodeError() | UnicodeDecodeError() | RecursionError():
            return garbage("not JSON", call)
        case httpx2.TimeoutException():
            return AccountError(
                f"the account did not answer in time: {call}",
                failure=Failure.TIMEOUT,
                why=reason_of(error, url.host),
                fix="Try again, or raise the target's `timeout`.",
            )
        case _:
            return _no_answer(error, call, url, sensitive)


def reason_of(error: BaseException, host: str) -> str:
    """Why no answer came, in a few words: ``connection refused``. Quotes no header."""
    root = _innermost(error)
    match root:
        case AccountError():
            return root.what
        case asyncio.CancelledError():
            return "given up"
        case UnicodeEncodeError() | httpx2.LocalProtocolError():
            return "cannot be sent"
        case socket.gaierror():
            return f"the name {host} does not resolve"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {host} cannot be verified: {root.verify_message}"
        case ssl.SSLError() if root.reason:
            return f"no TLS with {host}: {root.reason.replace('_', ' ').lower()}"
        case OSError() if root.errno:
            return os.strerror(root.errno).lower()
        case TimeoutError() | httpx2.TimeoutException():
            return "no connection in time"
        case _:
            return str(root) or type(root).__name__


def _not_sendable(call: str) -> AccountError:
    """The library quotes what it refuses, and that is a secret: so nothing of it is shown."""
    return AccountError(
        f"the request cannot be made: {call}",
        failure=Failure.INVALID,
        why="The key or a header of the target holds characters that HTTP does not allow.",
        fix="Look for line breaks and special characters in the variables that the target names.",
    )


def _no_answer(error: Exception, call: str, url: httpx2.URL, sensitive: Sensitive) -> AccountError:
    proxy = proxy_for(url.scheme, url.host, url.port)
    root = _innermost(error)
    through = f" (through the proxy {proxy.host} of {proxy.variable})" if proxy else ""
    unconnected = isinstance(error, httpx2.ConnectError | httpx2.ProxyError)
    what = "the account cannot be reached" if unconnected else "the connection broke off"
    return AccountError(
        f"{what}: {call}",
        failure=Failure.UNREACHABLE if unconnected and _is_final(root) else Failure.CONNECTION,
        why=sensitive.text(f"{reason_of(error, url.host)}{through}")[:_LONGEST_REASON],
        fix=cure_of(error, proxy),
    )


def _is_final(root: BaseException) -> bool:
    """Whether trying again changes nothing: an unknown name, a TLS that cannot be agreed upon."""
    if isinstance(root, socket.gaierror):
        return True
    return isinstance(root, ssl.SSLError) and not isinstance(root, _CUT_SHORT)


def _innermost(error: BaseException) -> BaseException:
    """The cause of all, without the wrappers of libraries."""
    while True:
        inner = error.__cause__ or error.__context__
        if isinstance(error, BaseExceptionGroup):
            inner = error.exceptions[0]
        if inner is None:
            return error
        error = inner


def cure_of(error: BaseException, proxy: Proxy | None = None) -> str:
    """What to check when a connection could not be made."""
    if isinstance(_innermost(error), ssl.SSLCertVerificationError):
        if (used := certificate_variable()) is not None:
            return f"Check that {used} holds the authority that signed this certificate."
        return "If you trust it, name its authority's PEM file in SSL_CERT_FILE."
    if proxy is not None:
        return f"Check the proxy in {proxy.variable}, or name the host in NO_PROXY."
    return "Check the target's `base_url` and the network."
