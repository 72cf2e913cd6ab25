"""A worker: one question at a time on stdin, its reply on stdout, until stdin ends."""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import BinaryIO

from compat.model.errors import FileProblem, UsageError
from compat.service.problems import Problem
from compat.service.workers.bounds import bound_memory, no_core, resident
from compat.service.workers.frames import MAX_ANSWER, Reply, read_question, write_reply

#: Of the memory that a worker may take, the share at which it wants to be replaced.
_GROWN = 0.6
#: Questions between two looks at the memory.
_LOOK_EVERY = 16

Handler = Callable[[bytes], bytes]


def problem(found: Problem) -> Reply:
    """A reply that is no answer."""
    body = {"kind": found.kind, "detail": found.detail, "errors": [error._asdict() for error in found.errors]}
    return Reply(found.status, json.dumps(body).encode())


def answer(handler: Handler | None, payload: bytes, most: int = MAX_ANSWER) -> Reply:
    """What *handler* says to *payload*; what it raises, as a problem without the text of any file."""
    if handler is None:
        return problem(Problem("bug", "there is no such question"))
    try:
        body = handler(payload)
    except Problem as error:
        return problem(error)
    except (UsageError, FileProblem) as error:
        return problem(Problem("refused", str(error)))
    except MemoryError:
        return problem(Problem("lost", "the solver needs more memory than it may take"))._replace(retiring=True)
    except Exception as error:  # noqa: BLE001 - a bug of ours: it must not end the worker
        _log_bug(error)
        return problem(Problem("bug", f"{type(error).__name__} in compat; the log of the service says where"))
    if len(body) > most:
        said = f"the answer would have {len(body):,} bytes, and at most {most:,} are sent"
        return problem(Problem("too-large", f"{said}: ask about fewer files or targets at a time"))
    return Reply(200, body)


def _log_bug(error: BaseException) -> None:
    """Where it happened, without the message, which may repeat somebody's file."""
    frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-12:]
    line = {"event": "bug", "level": "error", "error": type(error).__name__, "frames": frames}
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()


def open_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Questions and replies, on descriptors of their own: whatever else prints goes to stderr."""
    questions = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return questions, replies


def serve(handlers: Mapping[str, Handler], *, memory: int, requests: int) -> None:
    """Reply until there are no more questions. Says once that it is ready.

    Args: *memory* in bytes and *requests* are when it wants to be replaced, 0 for never.
    """
    questions, replies = open_pipes()
    write_reply(replies, Reply(200, b""))
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    count = 0
    while (question := read_question(questions)) is not None:
        kind, payload = question
        count += 1
        reply = answer(handlers.get(kind), payload)
        grown = bool(memory) and count % _LOOK_EVERY == 0 and resident() > memory * _GROWN
        write_reply(replies, reply._replace(retiring=reply.retiring or grown or count == requests))


def main() -> None:
    """Warm up, shut the doors, and serve. Arguments: the bytes of memory, and the questions until it is replaced."""
    memory, requests = (int(word) for word in sys.argv[1:3])
    os.chdir("/")
    no_core()
    bound_memory(memory)
    from compat.service.workers.guard import forbid
    from compat.service.workers.handlers import HANDLERS, warm_up

    warm_up()
    forbid()
    serve(HANDLERS, memory=memory, requests=requests)
    os._exit(0)


if __name__ == "__main__":
    main()
