"""What every request passes: its id, its key, its rate, the bounds of its body; and afterwards the log and the counters."""

from __future__ import annotations

import re
import secrets
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from compat.service.limits.body import BoundedBody, too_large
from compat.service.limits.keys import find_owner
from compat.service.limits.rate import client_of
from compat.service.log import frames_of, log, log_request
from compat.service.problems import Problem
from compat.service.state import Service

#: Asked by whoever runs the service, often, and with no key.
_HEALTH = frozenset({"/livez", "/readyz", "/health"})
_GUARDED = ("/v1/", "/metrics")
#: In the log, of a client that went before it had an answer. No registered status: nobody is sent it.
_GONE = 499
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

#: Every answer has them; a page may have a policy of its own.
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Door:
    """The outermost of our middlewares."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, send)
        if scope["method"] == "HEAD":  # answered as GET is, and the body left out. Source: RFC 9110, section 9.3.2
            scope = {**scope, "method": "GET"}
        self._service.metrics.in_flight += 1
        try:
            self._admit(scope, visit)
            await self._pass_on(scope, receive, visit)
        except ClientDisconnect:
            visit.status = visit.status or _GONE
        except Problem as problem:
            await visit.refuse(problem)
        except Exception as error:  # noqa: BLE001 - a bug of ours: a client gets a problem, the log no words of a file
            log("bug", "error", request_id=visit.request_id, error=type(error).__name__, frames=frames_of(error))
            await visit.refuse(Problem("bug", "the log of the service has the place under this request id"))
        finally:
            self._service.metrics.in_flight -= 1
            self._leave(scope, visit)

    async def _pass_on(self, scope: Scope, receive: Receive, visit: _Visit) -> None:
        settings = self._service.settings
        body = BoundedBody(receive, settings.max_body, settings.body_seconds, self._service.held, visit.client)
        try:
            await self._app(scope, body, visit.send)
        finally:
            visit.received = body.size
            body.close()

    def _admit(self, scope: Scope, visit: _Visit) -> None:
        """Raises: Problem for who may not come in."""
        settings, path = self._service.settings, str(scope["path"])
        state = {**scope.get("state", {}), "request_id": visit.request_id}
        scope["state"] = state
        if path in _HEALTH:
            return
        length = visit.headers.content_length
        if length is not None and length > settings.max_body:
            raise too_large(settings.max_body)
        owner = find_owner(settings.keys, visit.headers.authorization) if settings.keys else None
        if settings.keys and owner is None and path.startswith(_GUARDED):
            raise Problem("no-key", "send `Authorization: Bearer KEY`")
        if settings.is_at_home and scope["method"] == "POST" and not is_own(visit.headers.origin):
            raise Problem("other-origin", "behind a proxy, start it with `--trusted-proxy ADDRESS`")
        visit.client = owner or client_of(str((scope.get("client") or ("",))[0]))
        state["client"] = visit.client
        wait = self._service.rate.take(visit.client)
        if wait:
            raise Problem("too-many-requests", f"{settings.rate:g} requests a second", retry_after=wait)

    def _leave(self, scope: Scope, visit: _Visit) -> None:
        seconds = perf_counter() - visit.began
        route = getattr(scope.get("route"), "path", None) or ("/health" if scope["path"] in _HEALTH else "none")
        method = visit.method if visit.method in _METHODS else "other"
        self._service.metrics.count(method, route, visit.status, seconds)
        if self._service.settings.access_log and scope["path"] not in _HEALTH:
            ms = seconds * 1000
            log_request(visit.request_id, visit.client, method, route, visit.status, ms, visit.received, visit.sent)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def is_own(origin: str | None) -> bool:
    """Whether a request of a page at *origin* may come from this machine; without one it is no page's.

    A page of the web can have its own name point to 127.0.0.1, and is then of the same origin as a service there.
    Source: https://www.w3.org/TR/secure-contexts/#localhost
    """
    if origin is None:
        return True
    try:
        return (urlsplit(origin).hostname or "") in ("localhost", "127.0.0.1", "::1")
    except ValueError:
        return False


class _Headers(NamedTuple):
    authorization: str | None
    content_length: int | None
    origin: str | None
    request_id: str


def _read_headers(pairs: list[tuple[bytes, bytes]]) -> _Headers:
    authorization: str | None = None
    length: int | None = None
    origin: str | None = None
    request_id: str | None = None
    for name, value in pairs:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"content-length" and value.isdigit():
            length = int(value[:20])
        elif name == b"origin":
            origin = value.decode("latin-1")
        elif name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value.decode()
    return _Headers(authorization, length, origin, request_id or secrets.token_hex(8))


class _Visit:
    """One request on its way through."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = perf_counter()
        self.headers = _read_headers(scope["headers"])
        self.request_id = self.headers.request_id
        self.method = str(scope["method"])
        self.client = ""
        self.status = 0
        self.received = 0
        self.sent = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *_SECURITY, (b"x-request-id", self.request_id.encode())]
            if all(name != _POLICY[0] for name, _ in headers):
                headers.append(_POLICY)
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            if self.method == "HEAD":
                message = {**message, "body": b""}
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer with *problem*, unless an answer is under way: that ends in the middle then, which a client notices."""
        if self.status:
            raise ConnectionAbortedError("an answer broke off")
        body = problem.body(self.request_id)
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in problem.headers.items()]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
