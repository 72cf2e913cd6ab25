"""From a request to an answer: bounds checked, the cache looked at, a worker asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from compat.service.cache import Answer, to_answer, to_key
from compat.service.problems import Problem
from compat.service.state import Service, service_of
from compat.service.workers.pool import to_problem

#: Answers that depend on nothing but code and data stay good until either changes, which a client asks again for.
_KEEP = "max-age=3600, stale-while-revalidate=86400"


async def read_body(request: Request) -> bytes:
    """The whole body. Raises: Problem.

    Its type has to be said: a page of another host could leave it out, and send a body without asking first whether it may.
    Source: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("wrong-media-type", "send `Content-Type: application/json`")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem("wrong-media-type", "send the body as it is, without `Content-Encoding`")
    return await request.body()


async def answer_body(request: Request, kind: str) -> Response:
    """The answer to a body, which is nobody else's: not to be kept on the way."""
    answer = await answer_raw(request, kind, await read_body(request))
    return Response(answer.body, media_type=answer.media_type, headers={"cache-control": "no-store"})


async def answer_raw(request: Request, kind: str, raw: bytes) -> Answer:
    """What is kept for *raw*, or what a worker says to it now. Raises: Problem."""
    service = service_of(request)
    key = to_key(kind, raw)
    found = service.cache.find(key)
    return found or await ask(request, kind, key, service.bounds, raw)


async def read_in_worker(request: Request, kind: str, raw: bytes) -> bytes:
    """What a worker makes of a body that something else is done with. Raises: Problem."""
    service = service_of(request)
    reply = await service.pool.ask(kind, service.bounds, raw, client=request.state.client)
    if reply.status != 200:
        raise to_problem(reply)
    return reply.body


async def answer_query(
    request: Request, kind: str, question: Mapping[str, Any], media_type: str = "application/json"
) -> Response:
    """The answer to an address: the same for everybody until code or data change. Raises: Problem, not-found among them."""
    service = service_of(request)
    payload = json.dumps(question, sort_keys=True).encode()
    key = to_key(kind, payload)
    answer = service.cache.find(key)
    if answer is None:
        answer = await ask(request, kind, key, payload, media_type=media_type)
    if not answer.body:
        raise Problem("not-found", "the matrix has nothing under that name")
    return conditional(request, answer)


def conditional(request: Request, answer: Answer) -> Response:
    """*answer*, or 304 for who has it. Source: https://www.rfc-editor.org/rfc/rfc9110#section-13 ."""
    scope = "private" if service_of(request).settings.keys else "public"
    headers = {"etag": answer.tag, "cache-control": f"{scope}, {_KEEP}"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if answer.tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(answer.body, media_type=answer.media_type, headers=headers)


async def ask(request: Request, kind: str, key: bytes, *payload: bytes, media_type: str = "application/json") -> Answer:
    """What a worker says, kept under *key*. Who asks the same meanwhile waits for the same. Raises: Problem."""
    service = service_of(request)
    task = service.pending.get(key)
    if task is None:
        work = _work_out(service, request.state.client, kind, key, payload, media_type)
        task = service.pending[key] = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda done: _forget(service, key, done))
    return await asyncio.shield(task)  # one who gives up leaves it to the others


async def _work_out(
    service: Service, client: str, kind: str, key: bytes, payload: tuple[bytes, ...], media_type: str
) -> Answer:
    reply = await service.pool.ask(kind, *payload, client=client)
    if reply.status != 200:
        raise to_problem(reply)
    answer = to_answer(reply.body, service.data_version, media_type)
    service.cache.keep(key, answer)
    return answer


def _forget(service: Service, key: bytes, task: asyncio.Task[Answer]) -> None:
    del service.pending[key]
    if not task.cancelled():
        task.exception()  # seen, even where nobody waits any more
