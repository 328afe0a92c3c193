"""The variables that say how requests leave a machine: proxies and certificates.

A broken one is an error that names it, and only where it matters for the request at hand.
"""

import ipaddress
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from asstctl.sync.ports import AccountError, Failure

if TYPE_CHECKING:
    from ssl import SSLContext

_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where the authorities come from that a server's certificate is checked against; first wins."""

_KEY_LOG: Final = "SSLKEYLOGFILE"
_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_SYSTEM: Final = "the system's proxy settings"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the ``variable`` that names it. The ``url`` may hold a password."""

    url: str
    variable: str

    @property
    def host(self) -> str:
        """The host of the proxy."""
        return _host(self.url) or "without a name"


def proxy_for(scheme: str, host: str, port: int | None) -> Proxy | None:
    """The proxy that the environment names for requests to a host; None for a direct way.

    From ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``. What the variable holds
    may be unusable: see ``raise_if_unusable``.
    """
    proxies = getproxies()
    kind = next((kind for kind in (scheme, "all") if proxies.get(kind)), None)
    if kind is None or _is_bypassed(host, port):
        return None
    url = proxies[kind]
    names = (name for name in os.environ if name.lower() == f"{kind}_proxy")
    return Proxy(url if "://" in url else f"http://{url}", next(names, _SYSTEM))


def raise_if_unusable(proxy: Proxy) -> None:
    """Raise AccountError when no connection can be made through what the variable holds."""
    try:
        parts = urlsplit(proxy.url)
        scheme, host, _ = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        scheme, host = "", None
    if scheme not in _SCHEMES:
        shown = f"a proxy of the kind {scheme}://" if scheme else "no address of a proxy"
        raise _broken(proxy.variable, f"It holds {shown}.", f"Use {', '.join(_SCHEMES)}.")
    if not host:
        raise _broken(proxy.variable, "It names no host.", "Write it as http://HOST:PORT.")
    if scheme.startswith("socks") and not _speaks_socks():
        raise _broken(
            proxy.variable,
            "A SOCKS proxy needs a package that is not installed.",
            "Run: pip install 'asstctl[socks]'",
        )


def certificates() -> "SSLContext":
    """What servers' certificates are checked against. Raises AccountError."""
    import httpx2

    used = certificate_variable()
    if used == "SSL_CERT_DIR" and not Path(os.environ[used]).is_dir():
        raise _broken(used, "There is no such folder.", _CERTIFICATES_CURE)
    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        reason = getattr(error, "reason", None)  # of an SSLError, whose text names a C source file
        why = reason.replace("_", " ").lower() if reason else error.strerror or str(error)
        if os.environ.get(_KEY_LOG) and error.filename == os.environ[_KEY_LOG]:
            raise _broken(_KEY_LOG, why, "Point it to a file that can be written.") from error
        if used is None:
            raise
        raise _broken(used, why, _CERTIFICATES_CURE) from error


def certificate_variable() -> str | None:
    """The variable that names the authorities, when there is one."""
    return next((name for name in _CERTIFICATES if os.environ.get(name)), None)


def _is_bypassed(host: str, port: int | None) -> bool:
    """Whether NO_PROXY, or the system, exempts a host: by name, by ending, or by network."""
    netloc = f"{host}:{port}" if port else host
    return any(_covers(entry, host, netloc) for entry in _exempt()) or bool(proxy_bypass(netloc))


def _exempt() -> Iterator[str]:
    for entry in getproxies().get("no", "").lower().split(","):
        if name := entry.strip().rpartition("://")[2]:
            yield name


def _covers(entry: str, host: str, netloc: str) -> bool:
    if entry in ("*", host, netloc, f"[{host}]"):
        return True
    if "/" in entry:
        try:
            return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    return host.endswith(f".{entry.lstrip('*.')}") or host == entry.lstrip("*.")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _speaks_socks() -> bool:
    from importlib.util import find_spec

    return find_spec("socksio") is not None


def _broken(variable: str, why: str, fix: str) -> AccountError:
    return AccountError(f"{variable} cannot be used", failure=Failure.UNREACHABLE, why=why, fix=fix)


_CERTIFICATES_CURE: Final = "Point it to PEM certificates that can be read, or unset it."
