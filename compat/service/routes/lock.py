"""``/v1/lock`` and ``/v1/jobs/{id}``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from compat.service.bodies import LockRequest
from compat.service.contract import body_of, json_of, problems_of
from compat.service.problems import Problem
from compat.service.questions import read_body, read_in_worker
from compat.service.state import service_of

router = APIRouter(default_response_class=Response, tags=["lock"])

#: Seconds after which a stream says that it is still there.
_SILENCE = 15.0
Identifier = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
_NO_STORE = {"cache-control": "no-store"}


@router.post(
    "/v1/lock",
    status_code=202,
    openapi_extra=body_of(LockRequest),
    responses={
        **json_of("Job", "The job, which waits or runs; `Location` is where to ask for it.", status=202),
        200: {
            "description": "With `Accept: text/event-stream`: events `job`, `progress`, and `done` or `failed` with the job.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problems_of(400, 401, 403, 408, 413, 415, 422, 429, 500, 503, 504),
    },
)
async def lock(request: Request) -> Response:
    """Solve files for targets, over the indexes and channels of this service. Takes seconds to minutes."""
    service = service_of(request)
    settings = service.settings
    raw = await read_body(request)
    if not settings.index_urls and not settings.channels:
        raise Problem("no-index", "no package index and no conda channel is configured: `compat serve --index-url URL`")
    with service.desk.place(request.state.client):
        question = await read_in_worker(request, "lock", raw)
        job = service.desk.submit(request.state.client, question)
    where = {"location": f"/v1/jobs/{job.id}", **_NO_STORE}
    if "text/event-stream" in request.headers.get("accept", ""):
        headers = {**where, "x-accel-buffering": "no"}
        return StreamingResponse(job.events(_SILENCE), media_type="text/event-stream", headers=headers)
    return Response(job.body(), 202, media_type="application/json", headers={**where, "retry-after": "1"})


@router.get(
    "/v1/jobs/{id}",
    responses={
        **json_of("Job", "The job; over when `state` is `done` or `failed`."),
        **problems_of(401, 404, 422, 429),
    },
)
async def job(request: Request, id: Identifier) -> Response:  # noqa: A002 - the name in the address
    """A lock job of this instance, for some minutes after its end. Nobody else's."""
    service = service_of(request)
    found = service.desk.find(id, request.state.client)
    if found is None:
        raise Problem("not-found", "no such job here: it is another instance's, somebody else's, or was forgotten")
    headers = _NO_STORE if found.is_over else {**_NO_STORE, "retry-after": "1"}
    return Response(found.body(), media_type="application/json", headers=headers)
