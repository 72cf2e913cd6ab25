"""Running the service: uvicorn with our bounds, and a shutdown that gives running jobs their time."""

from __future__ import annotations

import logging
import signal
import socket
from typing import Any

import uvicorn

from compat.model.errors import UsageError
from compat.service.app import create_app
from compat.service.log import JsonHandler, log
from compat.service.protocol import bounded
from compat.service.settings import Settings
from compat.service.state import Service

#: After the grace of the jobs, for what was answered last to get out.
_LAST_SECONDS = 5
#: Of a connection on which nothing is asked.
_IDLE_SECONDS = 30


class Server(uvicorn.Server):
    """Tells the service at once when it is to end, so that waiting jobs are handed back and streams come to their end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.begin_drain()
        await super().shutdown(sockets)


def run(settings: Settings) -> int:
    """Serve until a signal ends it; the exit code. Raises: UsageError where the address cannot be had."""
    app = create_app(settings)
    server = Server(make_config(settings, app), app.state.service)
    listening = _listen(settings)
    if settings.is_open:
        log("open", "warning", message="other machines can reach this service, and no keys are set up")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _pass_over)  # uvicorn raises it once more when all is done: it was heard already
    log("listening", host=settings.host, port=listening.getsockname()[1])
    server.run(sockets=[listening])
    log("ended")
    return 0 if server.started else 3


def _pass_over(number: int, frame: object) -> None:
    """Do nothing about a signal."""


def make_config(settings: Settings, app: Any) -> uvicorn.Config:  # noqa: ANN401 - any ASGI application
    """Uvicorn's settings. A proxy is believed only where it is named."""
    handler = JsonHandler()
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler] if name == "uvicorn" else [], name != "uvicorn"
        logger.setLevel(logging.WARNING)
    return uvicorn.Config(
        app,
        loop=_loop(),
        http=bounded(settings.header_seconds, settings.max_connections, settings.trusted_proxies),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=round(settings.grace_seconds) + _LAST_SECONDS,
        backlog=1024,
    )


def _loop() -> str:
    """uvloop, where there is one: not on Windows."""
    from importlib.util import find_spec

    return "uvloop" if find_spec("uvloop") is not None else "asyncio"


def _listen(settings: Settings) -> socket.socket:
    """The socket, open before anything is started: who waits for the port need not wait for the workers."""
    # A name is looked up by `bind`, as an address of version 4.
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        where = f"{settings.host}:{settings.port}"
        raise UsageError(f"cannot listen on {where}: {error.strerror or error}") from error
    listening.set_inheritable(False)
    return listening
