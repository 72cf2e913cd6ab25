"""From a request to an answer: bounds checked, the cache looked at, a worker asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from compat.service.bodies import CheckRequest, File, Model, RelaxRequest, parse_body
from compat.service.cache import Answer, to_answer, to_key
from compat.service.problems import Problem
from compat.service.settings import Settings
from compat.service.state import Service, service_of
from compat.service.workers.pool import to_problem

#: Answers that depend on nothing but code and data stay good until either changes, which a client asks again for.
_KEEP = "max-age=3600, stale-while-revalidate=86400"


async def read_body(request: Request) -> bytes:
    """The whole body. Raises: Problem."""
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("wrong-media-type", "send `Content-Type: application/json`", closing=True)
    return await request.body()


async def answer_body(request: Request, kind: str, model: type[CheckRequest | RelaxRequest]) -> Response:
    """The answer to a body, which is nobody else's: not to be kept on the way."""
    raw = await read_body(request)
    service = service_of(request)
    key = to_key(kind, raw)
    answer = service.cache.find(key)
    if answer is None:
        question = parse_body(model, raw)
        check_bounds(question.files, question.targets, service.settings)
        answer = await ask(service, kind, key, dump(question))
    return Response(answer.body, media_type=answer.media_type, headers={"cache-control": "no-store"})


async def answer_query(
    request: Request, kind: str, question: Mapping[str, Any], media_type: str = "application/json"
) -> Response:
    """The answer to an address: the same for everybody until code or data change. Raises: Problem, not-found among them."""
    service = service_of(request)
    payload = json.dumps(question, sort_keys=True).encode()
    key = to_key(kind, payload)
    answer = service.cache.find(key)
    if answer is None:
        answer = await ask(service, kind, key, payload, media_type)
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


async def ask(service: Service, kind: str, key: bytes, payload: bytes, media_type: str = "application/json") -> Answer:
    """What a worker says, kept under *key*. Who asks the same meanwhile waits for the same. Raises: Problem."""
    task = service.pending.get(key)
    if task is None:
        work = _work_out(service, kind, key, payload, media_type)
        task = service.pending[key] = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda done: _forget(service, key, done))
    return await asyncio.shield(task)  # one who gives up leaves it to the others


async def _work_out(service: Service, kind: str, key: bytes, payload: bytes, media_type: str) -> Answer:
    reply = await service.pool.ask(kind, payload)
    if reply.status != 200:
        raise to_problem(reply)
    answer = to_answer(reply.body, service.data_version, media_type)
    service.cache.keep(key, answer)
    return answer


def _forget(service: Service, key: bytes, task: asyncio.Task[Answer]) -> None:
    del service.pending[key]
    if not task.cancelled():
        task.exception()  # seen, even where nobody waits any more


def dump(question: Model) -> bytes:
    """*question* for a worker: what was understood of it, not what was sent."""
    return question.model_dump_json().encode()


def check_bounds(files: Sequence[File], targets: Sequence[str], settings: Settings) -> None:
    """Raises: Problem for more files or targets than the settings allow."""
    if len(files) > settings.max_files:
        raise Problem("too-large", f"{len(files):,} files: at most {settings.max_files:,} in one request")
    if len(targets) > settings.max_targets:
        raise Problem("too-large", f"{len(targets):,} targets: at most {settings.max_targets:,} in one request")
