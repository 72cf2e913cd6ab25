"""A package index of toys on loopback, for whole runs of ``compat lock`` and ``compat why``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler

from tests.index.shop import Served, Shop, loopback

#: Wheel to what it requires. ``leaf`` 2.0 is not built for ARM, ``root`` wants an old ``leaf``.
UNIVERSE: dict[str, tuple[str, ...]] = {
    "app-1.0-py3-none-any.whl": ("leaf>=1",),
    "app-2.0-py3-none-any.whl": ("leaf>=1",),
    "leaf-1.0-py3-none-any.whl": (),
    "leaf-1.5-py3-none-any.whl": (),
    "leaf-2.0-cp311-cp311-manylinux_2_17_x86_64.whl": (),
    "root-1.0-py3-none-any.whl": ("leaf<2",),
    "native-1.0-cp311-cp311-manylinux_2_17_x86_64.whl": (),
    "old-1.0-cp39-cp39-manylinux_2_17_x86_64.whl": (),
}


class Toys:
    """The index at ``url``; ``asked`` are the paths that it was asked for. ``broken`` makes every answer a 500,
    ``pause`` keeps every answer back for as many seconds.
    """

    def __init__(self) -> None:
        self.shop = Shop()
        self.asked: list[str] = []
        self.url = ""
        self.broken = False
        self.pause = 0.0
        self._stopped = threading.Event()
        self._entries: dict[str, dict[str, object]] = {}

    def stock(self, universe: dict[str, tuple[str, ...]]) -> None:
        """Have these wheels, and no others of their projects."""
        pages: dict[str, list[dict[str, object]]] = {}
        for file, requires in universe.items():
            if file not in self._entries:  # a second archive of the same would have another hash
                self._entries[file] = self.shop.wheel(self.url, file, *requires)
            pages.setdefault(file.partition("-")[0], []).append(self._entries[file])
        for name, files in pages.items():
            self.shop.page(self.url, name, *files)

    def stop(self) -> None:
        """Keep nothing back any more."""
        self._stopped.set()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self._stopped.wait(self.pause)
        found = self.shop.served.get(f"{self.url.removesuffix('/simple')}{handler.path}")
        reply = (
            found if isinstance(found, Served) and not self.broken else Served(b"", status=500 if self.broken else 404)
        )
        handler.send_response(reply.status)
        for key, value in {"Content-Type": reply.kind, **reply.headers, "Content-Length": str(len(reply.body))}.items():
            handler.send_header(key, value)
        with suppress(OSError):  # who asked has gone
            handler.end_headers()
            handler.wfile.write(reply.body)


@contextmanager
def serve() -> Iterator[Toys]:
    """The index with all of `UNIVERSE`."""
    toys = Toys()
    with loopback(toys.answer) as url:
        toys.url = url
        toys.stock(UNIVERSE)
        try:
            yield toys
        finally:
            toys.stop()
