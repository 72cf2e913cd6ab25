"""HTTP/1.1 as uvicorn speaks it, with bounds on what no application sees: heads, connections, and who does not read on.

`compat.service.limits.body` bounds a body while somebody reads it. Source: https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Request line and headers together; the parser itself has no bound.
MAX_HEAD = 64 * 1024
#: Requests that wait behind another of the same connection. Each takes some KiB, and its client sends on meanwhile.
MAX_PIPELINED = 32
#: For the rest of a body whose request has its answer: a client that sends all before it reads gets to read then.
_REST, _REST_SECONDS = 8 * 1024 * 1024, 2.0
#: Of an answer, a client has to take so many bytes in so many seconds.
_TAKEN, _TAKEN_SECONDS = 32 * 1024, 15.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"


class MalformedError(Exception):
    """A request that is refused where the parser would let it pass; uvicorn answers 400 and closes."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection; what is written in capitals elsewhere is set on a subclass here, by `bounded`."""

    header_seconds = 10.0
    max_connections = 1000
    proxies: Collection[str] = ()

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **options)
        self._head = 0
        self._in_head = True
        self._in_body = False
        self._rest = 0
        self._patience: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._untaken = 0

    # -- connections -----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.write(_TOO_MANY)
            transport.close()
            return
        self._wait(self.header_seconds)

    def _is_one_too_many(self) -> bool:
        """Of all, or of one address: half of them may be one's, unless a proxy hands on those of many."""
        if len(self.connections) > self.max_connections:
            return True
        address = self.client[0] if self.client else ""
        if address in self.proxies or len(self.connections) <= self.max_connections // 2:
            return False
        clients = [getattr(one, "client", None) for one in self.connections]
        return sum(1 for client in clients if client and client[0] == address) > self.max_connections // 2

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._watch is not None:
            self._watch.cancel()
        self.pipeline.clear()
        super().connection_lost(exc)

    # -- requests --------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        # Measured after the parser has seen it: what belongs to a body in the same piece does not count.
        if not self._in_head or self.transport.is_closing():
            return
        if self._head > MAX_HEAD:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif self._patience is None:  # a head that comes in pieces; most are whole
            self._wait(self.header_seconds)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head = True, 0

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body, self._rest = False, True, 0
        self._stop_waiting()
        if self.parser.get_http_version() == "1.1" and [name for name, _ in self.headers].count(b"host") != 1:
            raise MalformedError("one Host is needed")  # RFC 9112, section 3.2
        if len(self.pipeline) >= MAX_PIPELINED:
            raise MalformedError("too many requests at once on one connection")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.cycle.response_complete:
            self._rest += len(body)
            if self._rest > _REST:
                self.transport.close()

    def on_message_complete(self) -> None:
        self._in_body = False
        if self.cycle.response_complete:
            self._stop_waiting()
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._patience = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        """Nothing, or half a head, or a body that nobody wants, for too long."""
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()

    # -- answers ---------------------------------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete and self._patience is None:
            self._wait(_REST_SECONDS)
        if self._watch is not None:  # it measured the answer before this one
            self._watch.cancel()
            self._watch = None
        self._watch_taking()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_taking()

    def _watch_taking(self) -> None:
        """Look at what is still to be sent, if anything is, and once more after a while."""
        left = self.transport.get_write_buffer_size()
        if left and self._watch is None:
            self._untaken = left
            self._watch = self.loop.call_later(_TAKEN_SECONDS, self._look)

    def _look(self) -> None:
        """Let go of a client that takes no more of its answer: `close` would wait for it for good."""
        self._watch = None
        left = self.transport.get_write_buffer_size()
        if left > self._untaken - _TAKEN and left:
            self.transport.abort()
        else:
            self._watch_taking()


def bounded(header_seconds: float, max_connections: int, proxies: Collection[str] = ()) -> type[BoundedProtocol]:
    """The protocol with these bounds."""
    bounds = {"header_seconds": header_seconds, "max_connections": max_connections, "proxies": frozenset(proxies)}
    return type("Bounded", (BoundedProtocol,), bounds)
