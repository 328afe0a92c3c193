"""Connections: one pool for each way out, made when the first request takes it."""

import httpx2

from asstctl.remote.wire.environment import Proxy, certificates, proxy_for, raise_if_unusable


class Routes(httpx2.AsyncBaseTransport):
    """Sends a request directly or through the proxy that the environment names for its host.

    ``kept`` connections are held open for the next requests. How many there are is not bounded
    here: the wire bounds its requests, and smoke its streams.
    """

    def __init__(self, kept: int) -> None:
        self._limits = httpx2.Limits(max_connections=None, max_keepalive_connections=kept)
        self._pools: dict[tuple[bool, str | None], httpx2.AsyncHTTPTransport] = {}
        self._ways: dict[tuple[str, str, int | None], httpx2.AsyncHTTPTransport] = {}
        """The pool for each origin: to read the environment costs a tenth of a request."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Raises AccountError that names a variable which cannot be used."""
        url = request.url
        origin = url.scheme, url.host, url.port
        if origin not in self._ways:
            self._ways[origin] = self._pool(*origin)
        return await self._ways[origin].handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, scheme: str, host: str, port: int | None) -> httpx2.AsyncHTTPTransport:
        proxy = proxy_for(scheme, host, port)
        secure = scheme == "https"
        key = secure, proxy.url if proxy else None
        if key not in self._pools:
            self._pools[key] = self._opened(proxy, secure=secure)
        return self._pools[key]

    def _opened(self, proxy: Proxy | None, *, secure: bool) -> httpx2.AsyncHTTPTransport:
        if proxy is not None:
            raise_if_unusable(proxy)
            secure = secure or proxy.url.lower().startswith("https:")
        # Reading the authorities takes longer than a whole request: plain http needs none.
        return httpx2.AsyncHTTPTransport(
            verify=certificates() if secure else False,
            proxy=proxy.url if proxy else None,
            limits=self._limits,
            trust_env=False,
        )
