"""``/openapi.json``, and ``/docs``: the same document as a page without scripts."""

from __future__ import annotations

import json

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from compat.service.cache import Answer, to_answer
from compat.service.manual import STYLE_HASH, render_manual
from compat.service.questions import conditional
from compat.service.state import service_of

router = APIRouter(default_response_class=Response, include_in_schema=False)

_POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    return conditional(request, _kept(request, "application/json"))


@router.get("/docs")
async def manual(request: Request) -> Response:
    """Every address with its parameters and an example."""
    answer = conditional(request, _kept(request, "text/html; charset=utf-8"))
    answer.headers["content-security-policy"] = _POLICY
    return answer


def _kept(request: Request, media_type: str) -> Answer:
    """The document in one form, made when it is first asked for."""
    kept: dict[str, Answer] = request.app.state.__dict__.setdefault("documents", {})
    if media_type not in kept:
        document = request.app.openapi()
        text = json.dumps(document) if media_type == "application/json" else render_manual(document)
        kept[media_type] = to_answer(text.encode(), service_of(request).data_version, media_type)
    return kept[media_type]
