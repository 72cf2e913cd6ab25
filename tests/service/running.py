"""A service in this process, asked over ASGI: its event loop runs in a thread, so that workers and jobs go on meanwhile."""

# ruff: noqa: ANN401 - options are passed on to httpx as they are
from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from compat.service.app import create_app
from compat.service.settings import Settings
from compat.service.state import Service

T = TypeVar("T")

PAIR = "torch==2.4.1\ntorchvision==0.20.0\n"
#: What tests have unless they say otherwise: one worker, no rate, no lines on stderr.
QUIET = Settings(workers=1, rate=0, access_log=False)
HERE = Path(__file__).parent


class Running:
    """``app`` with its lifespan under way, at ``http://service``."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._lifespan = app.router.lifespan_context(app)
        self.run(self._lifespan.__aenter__())

    @property
    def service(self) -> Service:
        found = self.app.state.service
        assert isinstance(found, Service)
        return found

    def close(self) -> None:
        self.run(self._lifespan.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def call(self, work: Any, *args: object) -> None:
        """Call a plain function in the event loop, and wait for it."""

        async def inner() -> None:
            work(*args)

        self.run(inner())

    def ask(self, method: str, path: str, *, client: str = "192.0.2.1", **options: Any) -> httpx.Response:
        return self.run(self._ask(method, path, client, **options))

    async def _ask(self, method: str, path: str, client: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://service", timeout=60) as asking:
            return await asking.request(method, path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.ask("POST", path, **({} if body is None else {"json": body}) | options)

    def post_all(self, path: str, bodies: Sequence[object]) -> list[httpx.Response]:
        """All of *bodies* at the same time."""

        async def inner() -> list[httpx.Response]:
            return await asyncio.gather(*(self._ask("POST", path, "192.0.2.1", json=body) for body in bodies))

        return self.run(inner())


@contextmanager
def running(settings: Settings = QUIET, **commands: Sequence[str]) -> Iterator[Running]:
    """The service with *settings*."""
    found = Running(create_app(settings, **commands))
    try:
        yield found
    finally:
        found.close()


def request(files: Mapping[str, str], targets: Sequence[str] = ("linux-64",), **more: object) -> dict[str, object]:
    """The body of a request."""
    return {"files": [{"name": n, "content": c} for n, c in files.items()], "targets": list(targets), **more}


def is_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem in *answer*, which has that status and kind, and the form of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"urn:compat-matrix:problem:{kind}"
    assert found["status"] == status
    assert found["request_id"] == answer.headers["x-request-id"]
    return found
