"""A fixed number of workers, each with one question at a time; one that is lost, slow or old is replaced."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from compat.service.problems import Problem
from compat.service.workers.frames import LostError, Reply, pack_question, read_reply
from compat.service.workers.process import Worker

#: A worker that takes longer to start is no worker.
_START_SECONDS = 60.0
#: Between two tries to start one that does not start, in seconds, at most.
_LONGEST_PAUSE = 30.0


class PoolSettings(NamedTuple):
    """*command* starts a worker. Bounds are counts and seconds: see `Settings`."""

    command: Sequence[str]
    size: int
    waiting: int
    wait_seconds: float
    solve_seconds: float


def worker_command(memory: int, requests: int) -> tuple[str, ...]:
    """Starts `compat.service.workers.child`; without the working folder on the path, and without leftovers of the shell."""
    return (sys.executable, "-P", "-m", "compat.service.workers.child", str(memory), str(requests))


class Pool:
    """Answers questions in other processes. *note* is told of each worker that was replaced, and why."""

    def __init__(self, settings: PoolSettings, note: Callable[[str], None] = lambda _: None) -> None:
        self._settings = settings
        self._note = note
        self._idle: deque[Worker] = deque()
        self._waiters: deque[asyncio.Future[Worker]] = deque()
        self._all: set[Worker] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def ready(self) -> bool:
        """Whether there is a worker at all."""
        return bool(self._all) and not self._closed

    @property
    def busy(self) -> int:
        return len(self._all) - len(self._idle)

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    async def start(self) -> None:
        """Start all workers, at the same time. Raises: LostError where none starts."""
        found = await asyncio.gather(*(self._spawn() for _ in range(self._settings.size)), return_exceptions=True)
        workers = [one for one in found if isinstance(one, Worker)]
        if not workers:
            raise LostError("no worker starts; its own words are above")
        for worker in workers:
            self._release(worker)
        for _ in range(self._settings.size - len(workers)):
            self._replace("did not start")

    async def close(self) -> None:
        """End all workers, busy or not."""
        self._closed = True
        for task in self._starting:
            task.cancel()
        for waiter in self._waiters:
            waiter.cancel()
        await asyncio.gather(*self._starting, *self._ending, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._all))
        self._all.clear()
        self._idle.clear()

    async def ask(self, kind: str, payload: bytes) -> Reply:
        """The reply to a question. Raises: Problem where there is none: all busy, too slow, or lost."""
        worker = await self._take()
        try:
            async with asyncio.timeout(self._settings.solve_seconds):
                worker.stdin.write(pack_question(kind, payload))
                await worker.stdin.drain()
                reply = await read_reply(worker.stdout)
        except TimeoutError as error:
            self._lose(worker, "took too long")
            seconds = self._settings.solve_seconds
            raise Problem("took-too-long", f"no answer within {seconds:g} seconds") from error
        except (LostError, ConnectionError) as error:
            self._lose(worker, "was lost")
            raise Problem("lost", "the solver ended, by a crash or for want of memory") from error
        except BaseException:  # the request was given up: its reply must not be somebody else's
            self._lose(worker, "was given up")
            raise
        if reply.retiring and not worker.retired:
            worker.retired = True
            self._replace("retires", worker)
        self._release(worker)
        return reply

    # -- taking turns ----------------------------------------------------------------------------------------------------

    async def _take(self) -> Worker:
        if self._closed:
            raise Problem("shutting-down", "ask another instance, or this one later", retry_after=5)
        if self._idle and not self._waiters:
            return self._idle.pop()
        if len(self._waiters) >= self._settings.waiting:
            raise Problem("busy", f"{len(self._waiters)} requests are waiting already", retry_after=1)
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._settings.wait_seconds):
                return await waiter
        except TimeoutError as error:
            if waiter.done() and not waiter.cancelled():
                self._release(waiter.result())
            seconds = self._settings.wait_seconds
            raise Problem("busy", f"no solver was free within {seconds:g} seconds", retry_after=1) from error
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._release(waiter.result())
            if self._closed:
                raise Problem("shutting-down", "ask another instance, or this one later", retry_after=5) from None
            raise
        finally:
            with suppress(ValueError):
                self._waiters.remove(waiter)

    def _release(self, worker: Worker) -> None:
        """Hand *worker* to who waits longest; one whose successor is there goes."""
        if worker.succeeded:
            self._drop(worker)
            return
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    # -- replacing -------------------------------------------------------------------------------------------------------

    def _lose(self, worker: Worker, why: str) -> None:
        self._drop(worker)
        if not worker.retired:  # its successor is on the way
            self._replace(why)

    def _drop(self, worker: Worker) -> None:
        self._all.discard(worker)
        _keep(worker.end(), self._ending)

    def _replace(self, why: str, old: Worker | None = None) -> None:
        self._note(why)
        if not self._closed:
            _keep(self._succeed(old), self._starting)

    async def _succeed(self, old: Worker | None) -> None:
        """Start a worker, with longer and longer pauses between tries; *old* works until then."""
        pause = 0.5
        while not self._closed:
            try:
                worker = await self._spawn()
            except (LostError, OSError, TimeoutError):
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            if old is not None and old in self._all:
                old.succeeded = True
                if old in self._idle:
                    self._idle.remove(old)
                    self._drop(old)
            self._release(worker)
            return

    async def _spawn(self) -> Worker:
        """A worker that has said it is ready. Raises: LostError, OSError, TimeoutError."""
        worker = await Worker.start(self._settings.command)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await read_reply(worker.stdout)
        except BaseException:
            await worker.end()
            raise
        if self._closed:
            await worker.end()
            raise LostError("the service is shutting down")
        self._all.add(worker)
        return worker


def _keep(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    """Let *work* be done; the loop itself would forget it."""
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def to_problem(reply: Reply) -> Problem:
    """The problem that *reply*, which is no answer, stands for."""
    found = json.loads(reply.body)
    return Problem(str(found["kind"]), str(found["detail"]))
