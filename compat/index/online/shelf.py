"""What was read of an index in this run: file lists and METADATA, each once, and ahead where more will be asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from packaging.version import Version

from compat.index.online.client import IndexFile, PackageIndex
from compat.index.online.releases import IndexRelease, group_files
from compat.model.distributions import UnreachedError
from compat.model.names import PyPIName
from compat.model.requirements import Requirement

#: Questions at a time.
CONCURRENCY = 8
#: A solver that asks for the METADATA of so many releases of one project is on its way through all of them.
_WANDERING = 2


class Shelf:
    """The projects of one index as releases. *learn* is told every requirement that is read."""

    def __init__(
        self, index: PackageIndex, *, public: bool, day: date, learn: Callable[[Iterable[Requirement]], None]
    ) -> None:
        self._index = index
        self._public = public
        self._day = day
        self._learn = learn
        self._projects: dict[PyPIName, tuple[IndexRelease, ...]] = {}
        self._metadata: dict[str, bytes | None] = {}
        self._asked: dict[PyPIName, int] = {}
        self.unreached: dict[PyPIName, str] = {}
        self.absent: set[PyPIName] = set()

    def releases(self, name: PyPIName) -> tuple[IndexRelease, ...]:
        """The final releases of a project, newest first; none where the index has it not, or did not answer."""
        if name not in self._projects:
            self._projects[name] = self._list(name)
        return self._projects[name]

    def read_ahead(self, requirements: Sequence[Requirement], known: Callable[[PyPIName], Version | None]) -> None:
        """List the projects of *requirements*, several at a time, and read what they will lead to first.

        That is the newest release which the requirement admits, unless it is not newer than what is *known* already.
        """

        def prepare(requirement: Requirement) -> None:
            releases = self.releases(requirement.name)
            likely = next((r for r in releases if requirement.public.contains(r.version) and r.yanked is None), None)
            newest = known(requirement.name)
            if likely is not None and (newest is None or likely.version > newest):
                _ = likely.requires

        with ThreadPoolExecutor(CONCURRENCY) as pool:
            list(pool.map(prepare, requirements))

    def purl(self, name: PyPIName, version: Version | None = None) -> str:
        """Source: https://github.com/package-url/purl-spec (``repository_url`` unless it is the default one)."""
        at = f"@{version}" if version is not None else ""
        return f"pkg:pypi/{name}{at}" + ("" if self._public else f"?repository_url={self._index.shown}")

    def _list(self, name: PyPIName) -> tuple[IndexRelease, ...]:
        try:
            files = self._index.files(name)
        except UnreachedError as error:
            self.unreached[name] = error.why
            return ()
        if files is None:
            self.absent.add(name)
            return ()
        return tuple(self._release(name, version, own) for version, own in group_files(name, files).items())

    def _release(self, name: PyPIName, version: Version, files: list[IndexFile]) -> IndexRelease:
        def read(file: IndexFile) -> bytes | None:
            if file.url not in self._metadata:
                self._read(name, version, file)
            return self._metadata[file.url]

        return IndexRelease(
            name, version, files, purl=self.purl(name, version), day=self._day, read=read, learn=self._learn
        )

    def _read(self, name: PyPIName, version: Version, file: IndexFile) -> None:
        self._asked[name] = self._asked.get(name, 0) + 1
        wanted = [file]
        if self._asked[name] >= _WANDERING:
            older = [r.representative for r in self._projects.get(name, ()) if r.version < version]
            wanted += [other for other in older if other is not None and other.url not in self._metadata][:CONCURRENCY]
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            for read, content in zip(wanted, pool.map(lambda each: self._fetch(name, each), wanted), strict=True):
                self._metadata[read.url] = content

    def _fetch(self, name: PyPIName, file: IndexFile) -> bytes | None:
        try:
            return self._index.metadata(file)
        except UnreachedError as error:
            self.unreached.setdefault(name, error.why)
            return None
