"""``/livez``, ``/readyz``, ``/health`` and ``/metrics``, for who runs the service."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from compat.service.contract import problems_of
from compat.service.problems import Problem
from compat.service.state import service_of
from compat.version import __version__

router = APIRouter(default_response_class=Response, tags=["running"])

_HEADERS = {"cache-control": "no-store"}
_STATUS = {
    "description": "It is.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["status"],
                "properties": {key: {"type": "string"} for key in ("status", "tool", "data_version")},
            }
        }
    },
}


@router.get("/livez", responses={200: _STATUS})
async def livez() -> Response:
    """Whether the process answers at all; if not, start it anew."""
    return JSONResponse({"status": "ok"}, headers=_HEADERS)


@router.get("/readyz", responses={200: _STATUS, **problems_of(503)})
async def readyz(request: Request) -> Response:
    """Whether it takes requests: not before its workers are there, and not once it is shutting down."""
    return _ready(request)


@router.get("/health", responses={200: _STATUS, **problems_of(503)})
async def health(request: Request) -> Response:
    """The same as `/readyz`, under the name that health checks of containers expect."""
    return _ready(request)


def _ready(request: Request) -> Response:
    service = service_of(request)
    if service.draining:
        raise Problem("shutting-down", "nothing new is begun here", retry_after=5)
    if not service.is_ready:
        raise Problem("busy", "no worker is there yet", retry_after=1)
    found = {"status": "ok", "tool": f"compat {__version__}", "data_version": service.data_version}
    return JSONResponse(found, headers=_HEADERS)


@router.get(
    "/metrics",
    responses={
        200: {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems_of(401, 429),
    },
)
async def metrics(request: Request) -> Response:
    """Counters and gauges for Prometheus."""
    body = service_of(request).metrics.render()
    return Response(body, headers=_HEADERS, media_type="text/plain; version=0.0.4")
