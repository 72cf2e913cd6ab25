"""A fixed number of workers, each with one question at a time; one that is lost, slow or old is replaced."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from compat.service.problems import Problem, Wrong
from compat.service.workers.frames import LostError, Reply, pack_question, read_reply
from compat.service.workers.process import Worker
from compat.service.workers.turns import Turns

#: A worker that takes longer to start is no worker.
_START_SECONDS = 60.0
#: Between two tries to start one that does not start, in seconds, at most.
_LONGEST_PAUSE = 30.0


class PoolSettings(NamedTuple):
    """*command* starts a worker; *share* is how many of them one client may keep busy. Bounds are counts and seconds."""

    command: Sequence[str]
    size: int
    share: int
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
        self._turns = Turns(settings.size, settings.share)
        self._idle: deque[Worker] = deque()
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
        return self._turns.waiting

    async def start(self) -> None:
        """Start all workers, at the same time. Raises: LostError where none starts."""
        found = await asyncio.gather(*(self._spawn() for _ in range(self._settings.size)), return_exceptions=True)
        workers = [one for one in found if isinstance(one, Worker)]
        if not workers:
            raise LostError("no worker starts; its own words are above")
        self._idle.extend(workers)
        for _ in range(self._settings.size - len(workers)):
            self._turns.take_now("")
            self._replace("did not start", turn_of="")

    async def close(self) -> None:
        """End all workers, busy or not."""
        self._closed = True
        for task in self._starting:
            task.cancel()
        self._turns.close(_closing())
        await asyncio.gather(*self._starting, *self._ending, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._all))
        self._all.clear()
        self._idle.clear()

    async def ask(self, kind: str, *payload: bytes, client: str = "") -> Reply:
        """The reply to *client*'s question. Raises: Problem where there is none: all busy, too slow, or lost."""
        await self._wait_for_turn(client)
        worker = self._idle.pop()
        try:
            async with asyncio.timeout(self._settings.solve_seconds):
                worker.stdin.write(pack_question(kind, *payload))
                await worker.stdin.drain()
                reply = await read_reply(worker.stdout)
        except TimeoutError as error:
            self._lose(worker, "took too long", client)
            seconds = self._settings.solve_seconds
            raise Problem("took-too-long", f"no answer within {seconds:g} seconds") from error
        except (LostError, ConnectionError) as error:
            self._lose(worker, "was lost", client)
            raise Problem("lost", "the solver ended, by a crash or for want of memory") from error
        except BaseException:  # the request was given up: its reply must not be somebody else's
            self._lose(worker, "was given up", client)
            raise
        if reply.retiring and not worker.retired:
            worker.retired = True
            self._replace("retires", worker)
        if worker.succeeded:
            self._drop(worker)
        else:
            self._idle.append(worker)
        self._turns.give_back(client)
        return reply

    async def _wait_for_turn(self, client: str) -> None:
        """Return when there is an idle worker for *client*. Raises: Problem."""
        if self._closed:
            raise _closing()
        turns, settings = self._turns, self._settings
        if not turns.has_turn(client) and turns.waiting >= settings.waiting:
            busy = Problem("busy", f"{turns.waiting} requests are waiting already", retry_after=1)
            if not turns.crowd_out(client, busy):
                raise busy
        try:
            async with asyncio.timeout(settings.wait_seconds):
                await turns.take(client)
        except TimeoutError as error:
            raise Problem(
                "busy", f"no solver was free within {settings.wait_seconds:g} seconds", retry_after=1
            ) from error

    # -- replacing -------------------------------------------------------------------------------------------------------

    def _lose(self, worker: Worker, why: str, client: str) -> None:
        """End *worker*. The turn of *client* lasts until another is there: who breaks workers does not break all of them."""
        self._drop(worker)
        if worker.succeeded:
            self._turns.give_back(client)
        elif worker.retired:  # its successor is on the way
            worker.turn_of = client
        else:
            self._replace(why, turn_of=client)

    def _drop(self, worker: Worker) -> None:
        self._all.discard(worker)
        _keep(worker.end(), self._ending)

    def _replace(self, why: str, old: Worker | None = None, turn_of: str | None = None) -> None:
        self._note(why)
        if not self._closed:
            _keep(self._succeed(old, turn_of), self._starting)

    async def _succeed(self, old: Worker | None, turn_of: str | None) -> None:
        """Start a worker, with longer and longer pauses between tries; *old* works until then, or *turn_of* has a turn less."""
        pause = 0.5
        while not self._closed:
            try:
                worker = await self._spawn()
            except (LostError, OSError, TimeoutError):
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            self._idle.append(worker)
            if old is not None:
                turn_of = old.turn_of
                self._retire(old)
            if turn_of is not None:
                self._turns.give_back(turn_of)
            return

    def _retire(self, old: Worker) -> None:
        """Let *old* go, now that its successor is there."""
        old.succeeded = True
        if old in self._idle:
            self._idle.remove(old)
            self._drop(old)

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


def _closing() -> Problem:
    return Problem("shutting-down", "ask another instance, or this one later", retry_after=5)


def to_problem(reply: Reply) -> Problem:
    """The problem that *reply*, which is no answer, stands for."""
    found = json.loads(reply.body)
    errors = [Wrong(str(one["pointer"]), str(one["detail"])) for one in found.get("errors", ())]
    return Problem(str(found["kind"]), str(found["detail"]), errors=errors)
