"""The service put together: routes, errors, the door in front, and what starts and ends with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from compat.service.bodies import pointer_of
from compat.service.contract import make_openapi
from compat.service.door import Door
from compat.service.page import answers as page_answers
from compat.service.page import routes as page_routes
from compat.service.problems import Problem, Wrong
from compat.service.routes import check, docs, health, lock, matrix
from compat.service.settings import Settings
from compat.service.state import Service
from compat.version import __version__

#: Every router, in the order of the document.
ROUTERS = (
    check.router, lock.router, matrix.router, page_answers.router, health.router, docs.router, page_routes.router,
)  # fmt: skip

_KINDS = {404: ("not-found", "see /openapi.json"), 405: ("wrong-method", "see the header Allow")}


def create_app(
    settings: Settings = Settings(),  # noqa: B008 - a constant
    *,
    command: Sequence[str] | None = None,
    job_command: Sequence[str] | None = None,
) -> FastAPI:
    """An ASGI application. *command* and *job_command* start a worker and a job: tests have their own."""
    service = Service(settings, command, job_command)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.close()

    # No pages that load scripts from elsewhere: `routes.docs` has one of our own.
    app = FastAPI(
        title="compat",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # it would lead to whatever host the request names
    )
    app.state.service = service
    app.add_middleware(Door, service=service)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    for router in ROUTERS:
        app.include_router(router)
    app.openapi = lambda: make_openapi(app)  # type: ignore[method-assign]
    return app


async def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    body = problem.body(getattr(request.state, "request_id", None))
    return Response(body, problem.status, headers=problem.headers)


async def _on_http(request: Request, error: Exception) -> Response:
    """What the framework itself refuses."""
    assert isinstance(error, HTTPException)
    kind, detail = _KINDS.get(error.status_code, ("invalid", "the request cannot be read"))
    headers = {name: value.replace("GET", "GET, HEAD") for name, value in (error.headers or {}).items()}
    return await _on_problem(request, Problem(kind, detail, headers=headers))


async def _on_invalid(request: Request, error: Exception) -> Response:
    """A wrong parameter: the place and what is wrong, never the value."""
    assert isinstance(error, RequestValidationError)
    errors = [Wrong(pointer_of(tuple(one["loc"])), str(one["msg"])) for one in error.errors()[:20]]
    return await _on_problem(request, Problem("invalid", f"{errors[0].pointer}: {errors[0].detail}", errors=errors))
