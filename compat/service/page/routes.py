"""``/``, the parts of it that a choice changes, and its files."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from compat.service.page.assets import assets, assets_version
from compat.service.problems import Problem
from compat.service.questions import answer_query
from compat.service.state import service_of

router = APIRouter(default_response_class=Response, include_in_schema=False)

#: Everything from this service alone; nothing inline. Source: https://www.w3.org/TR/CSP3/
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HTML = "text/html; charset=utf-8"

#: What may stand in the address of the page; more is not looked at.
STATE = ("platform", "gpu", "driver", "python", "cuda", "torch", "map", "map_python", "map_all", "cell")
_LONGEST = 100


@router.get("/")
async def page(request: Request) -> Response:
    """The page, for the choice in its address."""
    return await _answer(request, "page")


@router.get("/parts/{part}")
async def part(request: Request, part: str) -> Response:
    """One section of the page, which the script puts in the place of the one that is there."""
    if part not in ("choose", "builds", "build"):
        raise Problem("not-found", "see /")
    return await _answer(request, part)


async def _answer(request: Request, part: str) -> Response:
    """Rendered by a worker once for each state and version of the data; kept in the cache of answers."""
    state = {key: value for key, value in request.query_params.items() if key in STATE and value}
    if any(len(value) > _LONGEST or not value.isprintable() for value in state.values()):
        raise Problem("invalid", "a value in the address is too long, or no text")
    settings = service_of(request).settings
    locks = part == "page" and bool(settings.index_urls or settings.channels)
    answer = await answer_query(request, "page", {"part": part, "state": state, "locks": locks}, _HTML)
    answer.headers["content-security-policy"] = _POLICY
    # Asked for anew each time, and mostly not sent again: a page must not outlive the files that it names.
    answer.headers["cache-control"] = "no-cache"
    return answer


@router.get("/static/{version}/{name}")
async def static(version: str, name: str) -> Response:
    """A file of the page. Under the version of this release it never changes."""
    asset = assets().get(name)
    if asset is None:
        raise Problem("not-found", "the page has no such file")
    keep = "public, max-age=31536000, immutable" if version == assets_version() else "no-cache"
    return Response(asset.body, media_type=asset.media_type, headers={"cache-control": keep})
