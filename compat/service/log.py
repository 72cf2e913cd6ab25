"""One JSON object a line on stderr. No bodies, no queries, no headers of a client but its request id."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from time import time
from typing import Any


def log(event: str, level: str = "info", **fields: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Write *event* with the time in UTC."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event, **fields}
    sys.stderr.write(f"{json.dumps(line, default=str)}\n")
    sys.stderr.flush()


class Clock:
    """The time as `log` writes it, of which the part down to the second is made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._text = ""

    def now(self) -> str:
        moment = time()
        second = int(moment)
        if second != self._second:
            self._second, self._text = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{int((moment - second) * 1000):03d}+00:00"


_CLOCK = Clock()


def log_request(request_id: str, client: str, method: str, route: str, status: int, ms: float, *sizes: int) -> None:
    """The line of a request, in the form of `log`. No text here needs escaping: ids, addresses, and words from the code.

    *sizes* are the bytes of the body and of the answer.
    """
    sys.stderr.write(
        f'{{"time": "{_CLOCK.now()}", "level": "info", "event": "request", "request_id": "{request_id}", '
        f'"client": "{client}", "method": "{method}", "route": "{route}", "status": {status}, "ms": {ms:.2f}, '
        f'"bytes_in": {sizes[0]}, "bytes_out": {sizes[1]}}}\n'
    )
    sys.stderr.flush()


class JsonHandler(logging.Handler):
    """Puts what the server itself logs into the same form; of an exception its type and its lines, not its words."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {}
        message = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            fields |= {"error": record.exc_info[0].__name__, "frames": frames_of(record.exc_info[1])}
            message = message.partition("\n")[0]
        log("server", record.levelname.lower(), message=message, **fields)


def frames_of(error: BaseException | None) -> list[str]:
    """Where *error* happened, innermost last."""
    import traceback

    found = traceback.extract_tb(error.__traceback__) if error is not None else []
    return [f"{frame.filename}:{frame.lineno}" for frame in found][-12:]
