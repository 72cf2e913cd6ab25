"""Where lock jobs are taken in, run a few at a time, and kept for a while."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from compat.service.jobs.job import Job
from compat.service.log import log
from compat.service.metrics import Metrics
from compat.service.problems import Problem
from compat.service.settings import Settings
from compat.service.workers.frames import PROGRESS, LostError, Reply, pack_question, read_reply
from compat.service.workers.pool import to_problem
from compat.service.workers.process import Worker
from compat.service.workers.turns import Turns

#: Finished jobs kept, and the bytes of their results, at most.
MAX_KEPT = 500
_MAX_BYTES = 128 * 1024 * 1024
#: Variables that a job gets beside those of a worker: how the network is reached.
_NETWORK = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


def job_command() -> tuple[str, ...]:
    """Starts `compat.service.jobs.child`."""
    return (sys.executable, "-P", "-m", "compat.service.jobs.child")


class Desk:
    """All jobs of one service."""

    def __init__(self, settings: Settings, metrics: Metrics, command: Sequence[str] | None = None) -> None:
        self._settings = settings
        self._metrics = metrics
        self._command = tuple(command or job_command())
        self._turns = Turns(settings.lock_jobs, settings.lock_jobs)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._expected: Counter[str] = Counter()
        self._closing = False

    @property
    def waiting(self) -> int:
        return sum(1 for key in self._tasks if self._jobs[key].state == "queued")

    @property
    def running(self) -> int:
        return sum(1 for key in self._tasks if self._jobs[key].state == "running")

    @contextmanager
    def place(self, owner: str) -> Iterator[None]:
        """A place for a job whose request is still being read. Raises: Problem where there is none, or the service is going.

        Half of the places to wait are one owner's at most, so that others get one.
        """
        if self._closing:
            raise _going_already()
        running, waiting = self._settings.lock_jobs, self._settings.lock_waiting
        own = self._expected[owner] + sum(1 for key in self._tasks if self._jobs[key].owner == owner)
        if self._expected.total() + len(self._tasks) >= running + waiting or own >= running + (waiting + 1) // 2:
            raise Problem("too-many-jobs", f"{self.waiting} jobs are waiting already", retry_after=10)
        self._expected[owner] += 1
        try:
            yield
        finally:
            self._expected -= Counter({owner: 1})  # which leaves no zero behind

    def submit(self, owner: str, question: bytes) -> Job:
        """A job for *question*, which is JSON, in the place that it has. Raises: Problem where the service is going."""
        if self._closing:
            raise _going_already()
        self._forget()
        job = Job(secrets.token_urlsafe(18), owner)
        self._jobs[job.id] = job
        task = asyncio.get_running_loop().create_task(self._run(job, question))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))
        return job

    def find(self, identifier: str, owner: str) -> Job | None:
        """The job, if it is *owner*'s and is still kept."""
        self._forget()
        job = self._jobs.get(identifier)
        return job if job is not None and job.owner == owner else None

    def drain(self, seconds: float) -> None:
        """Hand back what waits, and after *seconds* what still runs."""
        self._closing = True
        for job in list(self._jobs.values()):
            if job.state == "queued":
                job.fail(_going())
                self._tasks[job.id].cancel()
        asyncio.get_running_loop().call_later(seconds, self._stop)

    async def close(self) -> None:
        """Stop what still runs, and wait until its folders are gone."""
        self._closing = True
        tasks = list(self._tasks.values())
        self._stop()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop(self) -> None:
        for key, task in list(self._tasks.items()):
            self._jobs[key].fail(_going())
            task.cancel()

    def _forget(self) -> None:
        """Let go of what was finished too long ago, and of the oldest where it is too much."""
        now = datetime.now(UTC)
        over = [job for job in self._jobs.values() if job.finished is not None]
        size = sum(len(job.result or b"") for job in over)
        for position, job in enumerate(over):
            assert job.finished is not None
            old = (now - job.finished).total_seconds() > self._settings.job_seconds
            if not old and len(over) - position <= MAX_KEPT and size <= _MAX_BYTES:
                break
            size -= len(job.result or b"")
            del self._jobs[job.id]

    # -- running ---------------------------------------------------------------------------------------------------------

    async def _run(self, job: Job, question: bytes) -> None:
        await self._turns.take(job.owner)
        try:
            await self._run_now(job, question)
        finally:
            self._turns.give_back(job.owner)

    async def _run_now(self, job: Job, question: bytes) -> None:
        job.start()
        folder = tempfile.mkdtemp(prefix="compat-lock-")  # at once: a job that is stopped here would leave it behind
        try:
            reply = await self._work(job, question, folder)
            if reply.status == 200:
                job.finish(reply.body)
            else:
                job.fail(to_problem(reply))
        except Problem as problem:
            job.fail(problem)
        except OSError as error:
            log("job", "error", job=job.id, error=type(error).__name__)
            job.fail(Problem("lost", "the job could not be started"))
        finally:
            self._metrics.jobs.labels(job.state).inc()
            log("job", job=job.id, state=job.state)
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _work(self, job: Job, question: bytes, folder: str) -> Reply:
        """The last reply of a process for *question*. Raises: Problem, OSError."""
        worker = await Worker.start(self._command, folder=folder, variables=_variables(folder))
        try:
            async with asyncio.timeout(self._settings.lock_seconds):
                worker.stdin.write(pack_question("lock", self._instructed(), question))
                await worker.stdin.drain()
                while (reply := await read_reply(worker.stdout)).status == PROGRESS:
                    job.add_progress(reply.body.decode("utf-8", "replace"))
                return reply
        except TimeoutError as error:
            seconds = self._settings.lock_seconds
            raise Problem("took-too-long", f"no lock within {seconds:g} seconds") from error
        except (LostError, ConnectionError) as error:
            raise Problem("lost", "the job ended, by a crash or for want of memory") from error
        finally:
            await asyncio.shield(worker.end())

    def _instructed(self) -> bytes:
        """What the service allows, as a line before a question; the only place where credentials of an index go to."""
        settings = self._settings
        allowed = {
            "indexes": settings.index_urls,
            "channels": settings.channels,
            "hosts": sorted(settings.allowed_hosts),
            "cache_dir": settings.cache_dir,
            "memory": settings.lock_memory,
        }
        return json.dumps(allowed).encode() + b"\n"


def _variables(folder: str) -> Mapping[str, str]:
    """A home that is empty: no settings and no credentials of whoever runs the service."""
    import os

    network = {name: os.environ[name] for name in _NETWORK if name in os.environ}
    return {**network, "HOME": folder, "TMPDIR": folder, "XDG_CACHE_HOME": folder, "XDG_CONFIG_HOME": folder}


def _going_already() -> Problem:
    return Problem("shutting-down", "ask another instance, or this one later", retry_after=5)


def _going() -> Problem:
    return Problem("shutting-down", "the service ended before the job did; ask again", retry_after=5)
