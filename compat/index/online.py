"""The matrix with what a package index says where the matrix itself says nothing: the port behind ``--online``."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from compat.index.client import IndexFile, PackageIndex, UnreachedError
from compat.index.releases import IndexRelease, group_files
from compat.index.settings import find_settings
from compat.model.knowledge import Matrix, Project
from compat.model.names import PyPIName
from compat.model.requirements import Requirement

if TYPE_CHECKING:
    import httpx

#: Questions at a time.
CONCURRENCY = 8


class OnlineMatrix:
    """`Matrix` that asks the package index for projects and releases which *matrix* does not know.

    Args: *requirements* are those of the files. The index is asked for their projects, for what those require as far
    as the solver gets there, and for nothing else, so that no name of a private or of a conda package leaves the
    machine. *bounds* are names of constraint files, asked for when something requires them; *never* are names that
    must not be asked for even then. *client* and *index* are for tests and callers with an index of their own.

    A project of which the index did not answer is unknown; ``unreached`` says why. Nothing is asked before the first
    question, then all *requirements* at once.
    """

    def __init__(
        self,
        matrix: Matrix,
        requirements: Iterable[Requirement] = (),
        *,
        bounds: Iterable[PyPIName] = (),
        never: Iterable[PyPIName] = (),
        index: str | None = None,
        client: httpx.Client | None = None,
        today: date | None = None,
    ) -> None:
        settings = find_settings() if index is None else None
        self._matrix = matrix
        self._index = PackageIndex(index or (settings.url if settings else ""), client)
        self._public = settings is not None and settings.public
        self._complete = settings is None or not settings.more
        self._today = today or datetime.now(UTC).date()
        self._wanted = {requirement.name: requirement for requirement in requirements}
        self._named = frozenset((*self._wanted, *bounds))
        self._never = frozenset(never) - self._named
        self._learned: set[PyPIName] = set()
        self._read: dict[PyPIName, tuple[IndexRelease, ...]] = {}
        self._projects: dict[PyPIName, Project | None] = {}
        self.unreached: dict[PyPIName, str] = {}
        """Projects of which nothing is known because the index did not answer, and why."""
        self.absent: set[PyPIName] = set()
        """Projects that the index does not have."""

    # -- projects ----------------------------------------------------------------------------------------------------

    def mentioned(self) -> frozenset[PyPIName]:
        """Besides those of the matrix, the projects of the files: each of them may be in a conflict."""
        return self._matrix.mentioned() | self._named

    def project(self, name: PyPIName) -> Project | None:
        if name in self._projects:
            return self._projects[name]
        covered = self._matrix.project(name)
        if not self._is_asked(name):
            return covered  # not kept: something that requires it may turn up
        self._projects[name] = found = self._join(covered, name)
        return found

    def _is_asked(self, name: PyPIName) -> bool:
        """Whether the files name it, or something public that they lead to requires it."""
        if name in self._never:
            return False
        return name in self._named or name in self._learned or name in self._matrix.mentioned()

    def _join(self, covered: Project | None, name: PyPIName) -> Project | None:
        """The releases of the matrix, and before them those of the index that are newer than all of these."""
        releases = self._releases(name)
        if covered is not None:
            releases = tuple(release for release in releases if release.version > covered.newest)
        if not releases:
            return covered
        fact = releases[0].files_fact._replace(source=f"{self._purl(name)} file list")
        if covered is None:
            return Project(name, releases, self._complete, fact)
        return Project(name, (*releases, *covered.releases), covered.complete and self._complete, fact)

    def _releases(self, name: PyPIName) -> tuple[IndexRelease, ...]:
        if wanted := self._wanted:
            self._wanted = {}
            with ThreadPoolExecutor(CONCURRENCY) as pool:
                found = pool.map(self._prepare, wanted.values())
                self._read.update(zip(wanted, found, strict=True))
        if name not in self._read:
            self._read[name] = self._list(name)
        return self._read[name]

    def _prepare(self, requirement: Requirement) -> tuple[IndexRelease, ...]:
        """The releases of a project; the METADATA of the newest that *requirement* admits is read along."""
        releases = self._list(requirement.name)
        likely = next((r for r in releases if requirement.public.contains(r.version) and r.yanked is None), None)
        covered = self._matrix.project(requirement.name)
        if likely is not None and (covered is None or likely.version > covered.newest):
            _ = likely.requires
        return releases

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
            try:
                return self._index.metadata(file)
            except UnreachedError as error:
                self.unreached.setdefault(name, error.why)
                return None

        return IndexRelease(
            name, version, files, purl=self._purl(name, version), day=self._today, read=read, learn=self._learn
        )

    def _learn(self, requirements: Iterable[Requirement]) -> None:
        self._learned.update(requirement.name for requirement in requirements)

    def _purl(self, name: PyPIName, version: Version | None = None) -> str:
        """Source: https://github.com/package-url/purl-spec (``repository_url`` unless it is the default one)."""
        at = f"@{version}" if version is not None else ""
        return f"pkg:pypi/{name}{at}" + ("" if self._public else f"?repository_url={self._index.shown}")

    # -- everything else -----------------------------------------------------------------------------------------------

    def __getattr__(self, question: str) -> Any:  # noqa: ANN401  whatever `Matrix` says
        """Every other question of `Matrix` is the matrix's own."""
        return getattr(self._matrix, question)
