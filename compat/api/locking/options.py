"""What a caller of `lock` may settle, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from compat.lock import LockFile
from compat.model.diagnostics import Report
from compat.model.errors import UsageError
from compat.model.locking import Lock
from compat.model.names import PyPIName, to_pypi_name

#: Is told in a few words what is under way.
Progress = Callable[[str], None]


class LockOptions(NamedTuple):
    """The defaults lock for both Linux platforms, in the format that suits the input.

    ``upgrade`` leaves the previous lock aside, ``upgrade_packages`` only for these. ``channels`` stand in place of those
    that the files name. ``torch_backend`` is ``auto`` or a variant. ``exclude_newer`` is a day or a time in UTC.
    """

    targets: Sequence[str] = ()
    formats: Sequence[str] = ()
    output: str | None = None
    upgrade: bool = False
    upgrade_packages: Sequence[str] = ()
    extras: Sequence[str] = ()
    groups: Sequence[str] = ()
    index_url: str | None = None
    extra_index_urls: Sequence[str] = ()
    find_links: Sequence[str] = ()
    index_strategy: str = "first-index"
    offline: bool = False
    exclude_newer: str = ""
    cache_dir: str | None = None
    no_cache: bool = False
    allow_build: Sequence[str] = ()
    torch_backend: str | None = None
    channels: Sequence[str] = ()
    channel_priority: str | None = None

    @property
    def allowed(self) -> frozenset[PyPIName]:
        """The projects that may be built. Raises: UsageError."""
        if ":all:" in self.allow_build:
            raise UsageError("builds are allowed by name, not for `:all:`", hint="`--allow-build NAME`, once for each")
        return frozenset(map(to_pypi_name, self.allow_build))

    @property
    def upgraded(self) -> frozenset[PyPIName]:
        """The packages whose version in the previous lock does not count."""
        return frozenset(map(to_pypi_name, self.upgrade_packages))


class LockResult(NamedTuple):
    """The answer of ``lock``. Without a lock, *report* says why; *unreached* says which index did not answer, or wrongly.

    *files* are to be written into *folder*; *notes* are sentences about what was chosen and what could not be written.
    """

    lock: Lock | None
    files: tuple[LockFile, ...]
    folder: str
    report: Report
    notes: tuple[str, ...] = ()
    unreached: str | None = None
