"""The matrix with what a package index says where the matrix itself says nothing: the port behind ``--online``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from compat.index.online.client import PackageIndex
from compat.index.online.shelf import Shelf
from compat.index.settings import Settings, find_settings
from compat.model.knowledge import Matrix, Project
from compat.model.names import PyPIName
from compat.model.requirements import Requirement

if TYPE_CHECKING:
    import httpx


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
        settings = find_settings() if index is None else Settings(index)
        self._matrix = matrix
        self._complete = not settings.more
        self._wanted = list({requirement.name: requirement for requirement in requirements}.values())
        self._named = frozenset((*(requirement.name for requirement in self._wanted), *bounds))
        self._never = frozenset(never) - self._named
        self._learned: set[PyPIName] = set()
        self._projects: dict[PyPIName, Project | None] = {}
        self._shelf = Shelf(
            PackageIndex(settings.url, client),
            public=settings.public,
            day=today or datetime.now(UTC).date(),
            learn=lambda read: self._learned.update(requirement.name for requirement in read),
        )

    @property
    def unreached(self) -> Mapping[PyPIName, str]:
        """Projects of which something is not known because the index did not answer, and why."""
        return self._shelf.unreached

    @property
    def absent(self) -> AbstractSet[PyPIName]:
        """Projects of the files that the index does not have."""
        return self._shelf.absent & self._named

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
        self._read_ahead()
        releases = self._shelf.releases(name)
        if covered is not None:
            releases = tuple(release for release in releases if release.version > covered.newest)
        if not releases:
            return covered
        fact = releases[0].files_fact._replace(source=f"{self._shelf.purl(name)} file list")
        if covered is None:
            return Project(name, releases, self._complete, fact)
        return Project(name, (*releases, *covered.releases), covered.complete and self._complete, fact)

    def _read_ahead(self) -> None:
        wanted, self._wanted = self._wanted, []
        if wanted:
            self._shelf.read_ahead(wanted, self._newest)

    def _newest(self, name: PyPIName) -> Version | None:
        covered = self._matrix.project(name)
        return covered.newest if covered is not None else None

    # -- everything else -----------------------------------------------------------------------------------------------

    def __getattr__(self, question: str) -> Any:  # noqa: ANN401  whatever `Matrix` says
        """Every other question of `Matrix` is the matrix's own."""
        return getattr(self._matrix, question)
