"""``/v1/choices`` and ``/v1/builds``: what the page shows, for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from compat.service.contract import json_of, problems_of
from compat.service.questions import answer_query

router = APIRouter(default_response_class=Response, tags=["matrix"])

_ASKED = (401, 422, 429, 500, 503, 504)
_TEXT = r"^[^\x00-\x1f\x7f]*$"


def _value(description: str, example: str) -> Any:  # noqa: ANN401 - what FastAPI makes of it
    return Query(max_length=60, pattern=_TEXT, description=description, examples=[example])


_Platform = Annotated[str | None, _value("A subdir; any without.", "linux-64")]
_Python = Annotated[str | None, _value("A minor release.", "3.12")]
_Part = Annotated[str, Path(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


@router.get(
    "/v1/choices", responses={**json_of("Choices", "The choice and what it leaves open."), **problems_of(*_ASKED)}
)
async def choices(  # noqa: PLR0917 - the dimensions
    request: Request,
    platform: _Platform = None,
    gpu: Annotated[str | None, _value("A model, `sm_90`, or `none`.", "h100")] = None,
    driver: Annotated[str | None, _value("A branch or a release.", "535")] = None,
    python: _Python = None,
    cuda: Annotated[str | None, _value("Of the build, or `none`.", "12.6")] = None,
    torch: Annotated[str | None, _value("A release.", "2.7.1")] = None,
) -> Response:
    """What goes with what is chosen so far, in any order: every other value is possible, impossible with the reason, or
    unknown; and the newest set for the choice.
    """
    chosen = {"platform": platform, "gpu": gpu, "driver": driver, "python": python, "cuda": cuda, "torch": torch}
    return await answer_query(request, "choices", chosen)


@router.get("/v1/builds", responses={**json_of("Builds", "Rows of builds."), **problems_of(*_ASKED)})
async def builds(
    request: Request,
    platform: _Platform = None,
    python: _Python = None,
    every: Annotated[bool, Query(description="Also torch before 2.0.")] = False,  # noqa: FBT002 - a parameter of the address
) -> Response:
    """The releases of torch and the CUDA versions that each is built for on one platform, linux-64 without any."""
    return await answer_query(request, "builds", {"platform": platform, "python": python, "every": every})


@router.get("/v1/builds/{torch}/{cuda}", responses={**json_of("Build", "One build."), **problems_of(*_ASKED)})
async def build(
    request: Request, torch: _Part, cuda: _Part, platform: _Platform = None, python: _Python = None
) -> Response:
    """What is known of one build of torch; *cuda* is `none` for the one without."""
    question = {"torch": torch, "cuda": cuda, "platform": platform, "python": python}
    return await answer_query(request, "builds", question)
