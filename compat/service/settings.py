"""What whoever starts the service has settled: one frozen value, from the options of ``compat serve``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

_NONE: Mapping[bytes, str] = MappingProxyType({})

MEBIBYTE = 1024 * 1024
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(NamedTuple):
    """Every bound of the service. Bytes, seconds, and counts; 0 for *rate* bounds nothing.

    ``keys`` maps the SHA-256 of each bearer key to the name of its owner; without any, no key is asked for. ``index_urls``
    may hold credentials, which are neither printed nor sent to anyone but the index. ``file_hosts`` are hosts that serve
    the files of those indexes. ``trusted_proxies`` are the addresses whose ``X-Forwarded-For`` is believed.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = max(2, min(4, os.cpu_count() or 1))
    max_waiting: int = 64
    wait_seconds: float = 10.0
    solve_seconds: float = 30.0
    worker_memory: int = 1024 * MEBIBYTE
    worker_requests: int = 5_000
    max_body: int = 4 * MEBIBYTE
    body_seconds: float = 15.0
    header_seconds: float = 10.0
    max_connections: int = 1000
    max_files: int = 200
    max_targets: int = 50
    max_batch: int = 50
    rate: float = 20.0
    burst: int = 100
    cache_bytes: int = 64 * MEBIBYTE
    keys: Mapping[bytes, str] = _NONE
    index_urls: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    file_hosts: tuple[str, ...] = ()
    lock_jobs: int = 2
    lock_waiting: int = 32
    lock_seconds: float = 300.0
    lock_memory: int = 8192 * MEBIBYTE
    job_seconds: float = 900.0
    cache_dir: str | None = None
    grace_seconds: float = 20.0
    trusted_proxies: tuple[str, ...] = ()
    access_log: bool = True

    @property
    def held_bytes(self) -> int:
        """For all bodies that are here at one moment."""
        return max(256 * MEBIBYTE, 4 * self.max_body)

    @property
    def worker_share(self) -> int:
        """The workers that one client may keep busy: one is left for the others, where clients are bounded at all."""
        return max(1, self.workers - 1) if self.rate else self.workers

    @property
    def is_at_home(self) -> bool:
        """Whether only programs on this machine are meant to ask, and no proxy stands before it."""
        return self.host in _LOOPBACK and not self.keys and not self.trusted_proxies

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The hosts that a lock may ask."""
        urls = (*self.index_urls, *(channel for channel in self.channels if "://" in channel))
        return frozenset(filter(None, (*(urlsplit(url).hostname for url in urls), *self.file_hosts)))

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it, and nobody is asked for a key."""
        return self.host not in _LOOPBACK and not self.keys
