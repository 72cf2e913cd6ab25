"""``/v1/check``, ``/v1/relax`` and ``/v1/check:batch``."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from compat.service.bodies import BatchRequest, CheckRequest, RelaxRequest
from compat.service.contract import body_of, json_of, problems_of
from compat.service.problems import Problem
from compat.service.questions import answer_body, answer_raw, read_body, read_in_worker
from compat.service.state import service_of

router = APIRouter(default_response_class=Response, tags=["judge"])

_ASKED = (400, 401, 403, 408, 413, 415, 422, 429, 500, 503, 504)


@router.post(
    "/v1/check",
    openapi_extra=body_of(CheckRequest),
    responses={**json_of("Report", "The report."), **problems_of(*_ASKED)},
)
async def check(request: Request) -> Response:
    """Judge files on targets. A conflict in the files is an answer like any other: the status is 200."""
    return await answer_body(request, "check")


@router.post(
    "/v1/relax",
    openapi_extra=body_of(RelaxRequest),
    responses={**json_of("Relaxation", "The edits that turn pins into ranges."), **problems_of(*_ASKED)},
)
async def relax(request: Request) -> Response:
    """Turn pins into ranges that are safe, each with its reason."""
    return await answer_body(request, "relax")


@router.post(
    "/v1/check:batch",
    openapi_extra=body_of(BatchRequest),
    responses={**json_of("Batch", "An answer for each request, in their order."), **problems_of(*_ASKED)},
)
async def check_batch(request: Request) -> Response:
    """Judge several sets of files. One that gets no answer has its problem in place of the report."""
    service = service_of(request)
    questions = (await read_in_worker(request, "batch", await read_body(request))).split(b"\n")
    wait = service.rate.take(request.state.client, len(questions) - 1)
    if wait:
        raise Problem("too-many-requests", "every request of a batch counts", retry_after=wait)
    # As many at a time as there are workers: a batch must not fill the queue that others wait in.
    turns = asyncio.Semaphore(service.settings.workers)
    answers = await asyncio.gather(*(_answer_one(request, one, turns) for one in questions))
    body = b'{"schema": 1, "answers": [' + b", ".join(answers) + b"]}\n"
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


async def _answer_one(request: Request, question: bytes, turns: asyncio.Semaphore) -> bytes:
    """One answer as JSON; the same report as for a request of its own."""
    async with turns:
        try:
            answer = await answer_raw(request, "check", question)
        except Problem as problem:
            return b'{"status": %d, "problem": %s}' % (problem.status, problem.body().strip())
    return b'{"status": 200, "report": %s}' % answer.body.strip()
