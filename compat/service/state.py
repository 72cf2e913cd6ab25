"""One running service: its settings, its workers, its jobs, and what it remembers."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence

from starlette.requests import Request

from compat.matrix import load_matrix
from compat.service.bodies import Bounds
from compat.service.cache import Answer, AnswerCache
from compat.service.jobs.desk import Desk
from compat.service.limits.body import Held
from compat.service.limits.rate import Rate
from compat.service.log import log
from compat.service.metrics import Metrics
from compat.service.settings import Settings
from compat.service.workers.pool import Pool, PoolSettings, worker_command


class Service:
    """What routes share. *command* and *job_command* start a worker and a job: tests have their own."""

    def __init__(
        self, settings: Settings, command: Sequence[str] | None = None, job_command: Sequence[str] | None = None
    ) -> None:
        self.settings = settings
        self.data_version = load_matrix().version
        self.metrics = Metrics()
        self.cache = AnswerCache(settings.cache_bytes)
        self.pending: dict[bytes, asyncio.Task[Answer]] = {}
        #: What stands before a body on its way to a worker.
        self.bounds = Bounds(settings.max_files, settings.max_targets, settings.max_batch).pack()
        self.rate = Rate(settings.rate, settings.burst)
        self.held = Held(settings.held_bytes)
        self.draining = False
        pool = PoolSettings(
            command=command or worker_command(settings.worker_memory, settings.worker_requests),
            size=settings.workers,
            share=settings.worker_share,
            waiting=settings.max_waiting,
            wait_seconds=settings.wait_seconds,
            solve_seconds=settings.solve_seconds,
        )
        self.pool = Pool(pool, self._worker_replaced)
        self.desk = Desk(settings, self.metrics, job_command)
        self._watch()

    def _worker_replaced(self, why: str) -> None:
        self.metrics.replaced(why)
        log("worker", "info" if why == "retires" else "warning", why=why)

    def _watch(self) -> None:
        watch = self.metrics.watch
        watch("compat_workers_busy", "Workers with a question.", lambda: self.pool.busy)
        watch("compat_requests_waiting", "Requests that wait for a worker.", lambda: self.pool.waiting)
        watch("compat_body_bytes", "Bytes of the bodies that are here.", lambda: self.held.size)
        watch("compat_cache_bytes", "Bytes of kept answers.", lambda: self.cache.size)
        watch("compat_cache_hits", "Answers given from the cache.", lambda: self.cache.hits)
        watch("compat_cache_misses", "Answers that were not in the cache.", lambda: self.cache.misses)
        watch("compat_lock_jobs_waiting", "Lock jobs that wait.", lambda: self.desk.waiting)
        watch("compat_lock_jobs_running", "Lock jobs that run.", lambda: self.desk.running)

    @property
    def is_ready(self) -> bool:
        return self.pool.ready and not self.draining

    def begin_drain(self) -> None:
        """From now on nothing new is begun: readiness goes, jobs that wait are handed back, those that run have their grace."""
        if not self.draining:
            self.draining = True
            log("draining", grace_seconds=self.settings.grace_seconds)
            self.desk.drain(self.settings.grace_seconds)

    async def start(self) -> None:
        await self.pool.start()
        gc.collect()
        gc.freeze()  # what is there now stays; looking through it again and again would hold up answers
        log("ready", workers=self.settings.workers, data_version=self.data_version)

    async def close(self) -> None:
        self.begin_drain()
        await self.desk.close()
        await self.pool.close()


def service_of(request: Request) -> Service:
    """The service that *request* is sent to."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service
