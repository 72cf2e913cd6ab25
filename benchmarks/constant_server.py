"""The peer of `service_load.py`: the same framework and server, answering every POST with the same bytes."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

BODY = Path(sys.argv[2]).read_bytes()
app = FastAPI(openapi_url=None)


@app.post("/v1/check")
async def constant(request: Request) -> Response:
    """The bytes, whatever is asked; the body is read, because a server has to."""
    await request.body()
    return Response(BODY, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", access_log=False, log_level="error"
    )
