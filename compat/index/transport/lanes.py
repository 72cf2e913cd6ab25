"""Ways to ask a host, of one connection each, that take turns: hosts are asked many questions at a time.

httpcore goes through all connections of a pool, and asks the system about each, whenever a question comes or goes: with
sixteen of them that takes twice as long as all the rest. A pool of one has nothing to go through. HTTP/2 carries all
questions in one connection anyway, so a host that speaks it has one lane for all of them.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple
from urllib.request import getproxies

import httpx

from compat.index.transport.trust import LateContext

REDIRECTS = 10


class Lane(NamedTuple):
    """``direct`` is what is under the client, where there is no proxy to choose. A client takes as long again."""

    client: httpx.AsyncClient
    direct: httpx.AsyncBaseTransport | None

    async def send(self, request: httpx.Request, auth: httpx.BasicAuth | None) -> httpx.Response:
        """The answer, not read yet; redirections are followed. Raises: httpx.HTTPError."""
        if self.direct is not None:
            signed = request if auth is None else next(auth.auth_flow(request))
            answer = await self.direct.handle_async_request(signed)
            answer.request = signed
            if not answer.has_redirect_location:
                return answer
            await answer.aclose()
            request, auth = _redirected(signed, answer.headers["Location"]), None
        return await self.client.send(request, auth=auth, stream=True)


def _redirected(request: httpx.Request, location: str) -> httpx.Request:
    """The next request; credentials stay behind, except on the way from http to https of one host."""
    old, new = request.url, request.url.join(location)
    headers = request.headers.copy()
    del headers["Host"]
    upgraded = (old.scheme, new.scheme, old.port, new.port) == ("http", "https", None, None)
    if old.host != new.host or ((old.scheme, old.port) != (new.scheme, new.port) and not upgraded):
        headers.pop("Authorization", None)
    return httpx.Request("GET", new, headers=headers, extensions=request.extensions)


class Lanes:
    """Args: *most* connections are made to a host of which it is not known yet whether it speaks HTTP/2.

    *transport* is for tests.
    """

    def __init__(self, most: int, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._most = most
        self._transport = transport
        self._proxied = transport is None and bool(getproxies())
        self._context = LateContext()
        self._made: list[Lane] = []
        self._free: dict[str, list[Lane]] = {}
        self._shared: dict[str, Lane] = {}
        self._alone: set[str] = set()

    def take(self, origin: str) -> Lane:
        """A lane for one question to *origin*, like ``https://example.org``; to be given back."""
        if origin.startswith("https:") and origin not in self._alone:
            if origin not in self._shared:
                self._shared[origin] = self._open(self._most)
            return self._shared[origin]
        free = self._free.setdefault(origin, [])
        return free.pop() if free else self._open(1)

    def give_back(self, origin: str, lane: Lane) -> None:
        if self._shared.get(origin) is not lane:
            self._free.setdefault(origin, []).append(lane)

    def learn(self, origin: str, answer: httpx.Response) -> None:
        """Remember whether *origin* speaks HTTP/2."""
        if origin not in self._alone and (answer.history or [answer])[0].http_version.startswith("HTTP/1"):
            self._alone.add(origin)

    async def close(self) -> None:
        for lane in self._made:
            await lane.client.aclose()

    def _open(self, connections: int) -> Lane:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        settings: dict[str, object] = {"http2": find_spec("h2") is not None, "verify": self._context, "limits": limits}
        transport = self._transport
        if transport is None and not self._proxied:
            transport = httpx.AsyncHTTPTransport(**settings)  # type: ignore[arg-type]
        client = httpx.AsyncClient(
            follow_redirects=True,
            max_redirects=REDIRECTS,
            transport=transport,
            **settings,  # type: ignore[arg-type]
        )
        self._made.append(Lane(client, transport))
        return self._made[-1]
