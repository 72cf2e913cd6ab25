"""A client that loads a server of HTTP/1.1 on loopback from a process of its own.

It is no general client: it sends bytes that were made before, and reads of an answer its status and its length. In the closed
loop every connection asks again at once; in the open one requests begin when they are due, and a latency counts from then, so
that a server which stalls is charged for all who wait.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import cast

import uvloop

_LENGTH = b"\r\ncontent-length: "


class Connection(asyncio.Protocol):
    """One connection with one request at a time; ``done`` is told the status of each answer."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiter: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no class of asyncio

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc or ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        start = self._buffer.find(_LENGTH, 0, end + 2) + len(_LENGTH)
        length = int(self._buffer[start : self._buffer.find(b"\r\n", start)])
        if len(self._buffer) >= end + 4 + length and self._waiter is not None:
            status = int(self._buffer[9:12])
            self._buffer.clear()
            self._waiter.set_result(status)

    async def ask(self, request: bytes) -> int:
        """The status of the answer to *request*, once it is whole."""
        assert self._transport is not None
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiter


async def closed(connections: Sequence[Connection], requests: Sequence[bytes], count: int) -> dict[str, object]:
    """*count* requests, as fast as they are answered."""
    bad = 0
    numbers = iter(range(count))  # one after the other, whichever connection is free
    latencies: list[float] = []

    async def run(connection: Connection) -> None:
        nonlocal bad
        for number in numbers:
            began = perf_counter()
            bad += await connection.ask(requests[number % len(requests)]) != 200
            latencies.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*map(run, connections))
    return summary(latencies, perf_counter() - began, bad)


async def open_loop(
    connections: Sequence[Connection], requests: Sequence[bytes], rate: float, seconds: float
) -> dict[str, object]:
    """*rate* requests a second, each due at its moment; one that finds all connections taken waits, and that counts."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        idle.put_nowait(connection)
    latencies: list[float] = []
    bad = 0
    began = perf_counter()

    async def one(number: int, due: float) -> None:
        nonlocal bad
        connection = await idle.get()
        bad += await connection.ask(requests[number % len(requests)]) != 200
        latencies.append(perf_counter() - due)
        idle.put_nowait(connection)

    tasks: set[asyncio.Task[None]] = set()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (pause := due - perf_counter()) > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(one(number, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return summary(latencies, perf_counter() - began, bad)


def summary(latencies: list[float], seconds: float, bad: int) -> dict[str, object]:
    """Counts, and latencies in milliseconds."""
    ordered = sorted(latencies)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)

    return {
        "requests": len(ordered),
        "bad": bad,
        "rate": len(ordered) / seconds,
        "p50": at(0.5),
        "p99": at(0.99),
        "max": at(1.0),
    }


async def main() -> None:
    """Load a server as the arguments say, and print what came of it as JSON. The requests come on stdin, one a line of hex."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("requests", type=Path)
    args = parser.parse_args()
    requests = [bytes.fromhex(line) for line in args.requests.read_text().split()]
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, "127.0.0.1", args.port) for _ in range(args.connections)]
    connections = [protocol for _, protocol in made]
    await asyncio.gather(*(connection.ask(requests[0]) for connection in connections))
    if args.rate:
        found = await open_loop(connections, requests, args.rate, args.seconds)
    else:
        found = await closed(connections, requests, args.count)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    uvloop.run(main())
