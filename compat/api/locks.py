"""``compat.lock()``: a lock for Python callers, with the options of the command as keywords."""

from __future__ import annotations

from collections.abc import Sequence

from compat.api.locking.run import LockOptions, LockResult, Progress
from compat.api.locking.run import lock as solve


def lock(
    paths: Sequence[str],
    *,
    targets: Sequence[str] = (),
    formats: Sequence[str] = (),
    output: str | None = None,
    upgrade: bool = False,
    upgrade_packages: Sequence[str] = (),
    extras: Sequence[str] = (),
    groups: Sequence[str] = (),
    index_url: str | None = None,
    extra_index_urls: Sequence[str] = (),
    find_links: Sequence[str] = (),
    index_strategy: str = "first-index",
    offline: bool = False,
    exclude_newer: str = "",
    cache_dir: str | None = None,
    no_cache: bool = False,
    allow_build: Sequence[str] = (),
    torch_backend: str | None = None,
    channels: Sequence[str] = (),
    channel_priority: str | None = None,
    progress: Progress | None = None,
) -> LockResult:
    """Solve the files at *paths* as one environment for every target, as ``compat lock`` does; nothing is written.

    ``result.files`` hold the name and the bytes of each file of the lock; without a lock ``result.report`` says why, or
    ``result.unreached`` which index did not answer.

    Raises: UsageError for what is wrong in the call, the configuration or what a file asks for; FileProblem for a file
    that does not parse.
    """
    options = LockOptions(
        targets=targets,
        formats=formats,
        output=output,
        upgrade=upgrade,
        upgrade_packages=upgrade_packages,
        extras=extras,
        groups=groups,
        index_url=index_url,
        extra_index_urls=extra_index_urls,
        find_links=find_links,
        index_strategy=index_strategy,
        offline=offline,
        exclude_newer=exclude_newer,
        cache_dir=cache_dir,
        no_cache=no_cache,
        allow_build=allow_build,
        torch_backend=torch_backend,
        channels=channels,
        channel_priority=channel_priority,
    )
    return solve(paths, options, progress=progress)
