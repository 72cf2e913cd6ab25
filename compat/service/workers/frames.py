"""What goes between the service and its workers: a length, a few marks, and JSON. No pickles: a worker is not trusted.

A question is its kind, a line end, and JSON, or a body as a client sent it. A reply is its HTTP status, a mark, and the body; a piece of progress is a reply with
status 102.
"""

from __future__ import annotations

import asyncio
import struct
from typing import BinaryIO, NamedTuple

_QUESTION = struct.Struct(">I")
_REPLY = struct.Struct(">HBI")

PROGRESS = 102
#: Marks of a reply: the worker wants to be replaced, because it has grown or has worked long enough.
RETIRING = 1

#: A longer reply is a fault of the worker.
MAX_REPLY = 64 * 1024 * 1024
#: A longer answer is not sent: whoever asks gets a problem instead. Reports are a few KiB, the largest tables 1 MiB.
MAX_ANSWER = 16 * 1024 * 1024


class Reply(NamedTuple):
    """``status`` 200 has the answer as ``body``, any other the JSON of a problem: ``kind`` and ``detail``."""

    status: int
    body: bytes
    retiring: bool = False


class LostError(Exception):
    """The worker has gone without a whole reply."""


def pack_question(kind: str, *payload: bytes) -> bytes:
    """The bytes of a question; *payload* is JSON, or what a client sent behind a line of bounds."""
    head = kind.encode() + b"\n"
    return b"".join((_QUESTION.pack(len(head) + sum(map(len, payload))), head, *payload))


def read_question(stream: BinaryIO) -> tuple[str, bytes] | None:
    """The next question, or None where there are no more."""
    head = stream.read(_QUESTION.size)
    if len(head) < _QUESTION.size:
        return None
    (length,) = _QUESTION.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        return None
    kind, _, payload = data.partition(b"\n")
    return kind.decode(), payload


def write_reply(stream: BinaryIO, reply: Reply) -> None:
    """Send *reply* at once."""
    stream.write(_REPLY.pack(reply.status, RETIRING if reply.retiring else 0, len(reply.body)))
    stream.write(reply.body)
    stream.flush()


async def read_reply(stream: asyncio.StreamReader) -> Reply:
    """The next reply. Raises: LostError."""
    try:
        status, marks, length = _REPLY.unpack(await stream.readexactly(_REPLY.size))
        if length > MAX_REPLY:
            raise LostError(f"a reply of {length:,} bytes")
        return Reply(status, await stream.readexactly(length), bool(marks & RETIRING))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise LostError("the worker has ended") from error
