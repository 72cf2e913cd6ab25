"""Errors as ``application/problem+json``. Source: https://www.rfc-editor.org/rfc/rfc9457 .

A conflict in somebody's files is no error but an answer. No text here repeats what a client has sent, except the names that
`UsageError` and `FileProblem` are about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

MEDIA_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """One kind of problem."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "no-json": Kind(400, "The body is no JSON"),
        "no-key": Kind(401, "A valid bearer key is needed"),
        "other-origin": Kind(403, "Pages of other hosts may not ask this service"),
        "no-index": Kind(403, "This service is not set up to lock"),
        "not-found": Kind(404, "There is nothing here"),
        "wrong-method": Kind(405, "This address does not take that method"),
        "slow-body": Kind(408, "The body took too long to arrive"),
        "too-large": Kind(413, "The request is too large"),
        "wrong-media-type": Kind(415, "The body has to be application/json"),
        "invalid": Kind(422, "The request does not have the form that it must have"),
        "refused": Kind(422, "The request asks for what is not possible"),
        "too-many-requests": Kind(429, "Too many requests from this client"),
        "too-many-jobs": Kind(429, "Too many jobs are waiting"),
        "bug": Kind(500, "A bug in compat"),
        "lost": Kind(503, "The solver ended without an answer"),
        "busy": Kind(503, "All solvers are busy"),
        "shutting-down": Kind(503, "The service is shutting down"),
        "took-too-long": Kind(504, "The solver took too long"),
    }
)


class Wrong(NamedTuple):
    """One thing that is wrong in a body; *pointer* is where. Source: https://www.rfc-editor.org/rfc/rfc6901 ."""

    pointer: str
    detail: str


class Problem(Exception):
    """A request that gets no answer. *retry_after* is in seconds."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        retry_after: float | None = None,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after
        self.errors = tuple(errors)
        self.more = headers

    @property
    def status(self) -> int:
        return KINDS[self.kind].status

    def to_json(self, request_id: str | None = None) -> dict[str, object]:
        """The members of RFC 9457, the request's id, and ``errors`` where there are several places."""
        found: dict[str, object] = {
            "type": f"urn:compat-matrix:problem:{self.kind}",
            "title": KINDS[self.kind].title,
            "status": self.status,
            "detail": self.detail,
        }
        if request_id is not None:
            found["request_id"] = request_id
        if self.errors:
            found["errors"] = [error._asdict() for error in self.errors]
        return found

    def body(self, request_id: str | None = None) -> bytes:
        return (json.dumps(self.to_json(request_id), indent=2) + "\n").encode()

    @property
    def headers(self) -> dict[str, str]:
        found = {"content-type": MEDIA_TYPE, "cache-control": "no-store", **self.more}
        if self.retry_after is not None or self.status == 503:  # what is not there now may be in a moment
            found["retry-after"] = str(max(1, round(self.retry_after or 0)))
        if self.kind == "no-key":
            found["www-authenticate"] = 'Bearer realm="compat"'
        return found
