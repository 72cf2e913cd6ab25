"""What the matrix knows: ``/v1/matrix``, ``/v1/facts``, ``/v1/names``, ``/v1/recommend``, ``/v1/rules``, ``/v1/badge``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from compat.service.contract import json_of, problems_of
from compat.service.problems import Problem
from compat.service.questions import answer_query
from compat.service.state import service_of

router = APIRouter(default_response_class=Response, tags=["matrix"])

_ASKED = (401, 404, 422, 429, 500, 503, 504)
_TEXT = r"^[^\x00-\x1f\x7f]*$"
Texts = list[Annotated[str, StringConstraints(max_length=200, pattern=_TEXT)]]
Word = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


@router.get("/v1/matrix", responses={**json_of("Answer", "Tables."), **problems_of(*_ASKED)})
async def matrix(
    request: Request,
    q: Annotated[
        str, Query(max_length=200, pattern=_TEXT, description="Words as for `compat matrix`.", examples=["torch 2.7"])
    ] = "",
    python: Annotated[str | None, Query(max_length=20, pattern=_TEXT, examples=["3.12"])] = None,
    cuda: Annotated[str | None, Query(max_length=20, pattern=_TEXT, examples=["12.6"])] = None,
    platform: Annotated[str | None, Query(max_length=40, pattern=_TEXT, examples=["linux-aarch64"])] = None,
) -> Response:
    """The answer of `compat matrix --format json`; without words, what the matrix covers."""
    return await answer_query(
        request, "matrix", {"query": q.split(), "python": python, "cuda": cuda, "platform": platform}
    )


@router.get("/v1/facts/{id:path}", responses={**json_of("Facts", "The rows."), **problems_of(*_ASKED)})
async def facts(request: Request, id: Word) -> Response:  # noqa: A002 - the name in the address
    """One fact by its id, or all of a table by its name: what it says, where that was read, and when."""
    return await answer_query(request, "facts", {"id": id})


@router.get(
    "/v1/names/{ecosystem}/{name}",
    responses={**json_of("Names", "The rows; `known` false for none."), **problems_of(*_ASKED)},
)
async def names(request: Request, ecosystem: Word, name: Word) -> Response:
    """What a package of `conda` or `pypi` is called on the other side."""
    return await answer_query(request, "names", {"ecosystem": ecosystem, "name": name})


@router.get("/v1/recommend", responses={**json_of("Recommendation", "The set."), **problems_of(*_ASKED)})
async def recommend(
    request: Request,
    target: Annotated[Texts, Query(max_length=1000, description="`SUBDIR[,key=value]...`; `host` is refused.")] = [],  # noqa: B006 - FastAPI copies it
    with_: Annotated[Texts, Query(alias="with", max_length=50, description="What must be in the set.")] = [],  # noqa: B006
) -> Response:
    """The newest set that works on each target, and the commands that install it."""
    _bound(request, target)
    return await answer_query(request, "recommend", {"targets": target, "with": with_})


@router.get("/v1/rules", responses={**json_of("Rules", "All rules."), **problems_of(401, 429, 500, 503, 504)})
async def rules(request: Request) -> Response:
    """Every rule with its first sentence."""
    return await answer_query(request, "rules", {})


@router.get("/v1/rules/{code}", responses={**json_of("Rules", "One rule."), **problems_of(*_ASKED)})
async def rule(request: Request, code: Word) -> Response:
    """One rule with its page, by code or by name."""
    return await answer_query(request, "rules", {"code": code})


@router.get(
    "/v1/badge",
    responses={
        200: {"description": "The image.", "content": {"image/svg+xml": {"schema": {"type": "string"}}}},
        **problems_of(*_ASKED),
    },
)
async def badge(
    request: Request,
    package: Annotated[Texts, Query(description="A requirement, such as `torch==2.7.1`.", min_length=1, max_length=50)],
    target: Annotated[
        Texts, Query(max_length=1000, description="`SUBDIR[,key=value]...`; without any, linux-64.")
    ] = [],  # noqa: B006
    label: Annotated[str, Query(min_length=1, max_length=40, pattern=r"^[\w .:/+-]+$")] = "compat",
) -> Response:
    """The verdict on some requirements as an image: ok, conflict, unknown, or unreadable."""
    _bound(request, target)
    question = {"packages": package, "targets": target, "label": label}
    return await answer_query(request, "badge", question, "image/svg+xml")


def _bound(request: Request, targets: list[str]) -> None:
    most = service_of(request).settings.max_targets
    if len(targets) > most:
        raise Problem("invalid", f"{len(targets):,} targets: at most {most:,}")
