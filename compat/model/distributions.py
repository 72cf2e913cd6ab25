"""What package indexes say, as values, and the port through which the solver asks: file lists, and METADATA of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from compat.model.errors import CompatError
from compat.model.names import PyPIName


class DistFile(NamedTuple):
    """One wheel or sdist of a release, as an index lists it.

    ``url`` is absolute and holds no credentials. ``hashes`` are pairs of algorithm and hex digest, sorted. ``yanked``
    is the reason, never empty, or None. ``uploaded`` is ``2026-01-02T03:04:05Z``, or "" where the index does not say.
    ``metadata`` is None where the index does not announce the file's METADATA beside it (PEP 658), else its hash as
    ``sha256=...``, or "" where it gives none.
    """

    name: str
    url: str
    hashes: tuple[tuple[str, str], ...] = ()
    size: int | None = None
    requires_python: str = ""
    yanked: str | None = None
    uploaded: str = ""
    metadata: str | None = None

    @property
    def is_wheel(self) -> bool:
        return self.name.endswith(".whl")


class CoreMetadata(NamedTuple):
    """What a METADATA or PKG-INFO file declares; ``requires`` are the texts of Requires-Dist, in their order.

    ``dynamic`` says that the requirements of an sdist are only known once it is built (PEP 643).
    Source: https://packaging.python.org/en/latest/specifications/core-metadata/
    """

    requires: tuple[str, ...] = ()
    requires_python: str = ""
    extras: tuple[str, ...] = ()
    dynamic: bool = False


class Page(Protocol):
    """The files of one project on one index, by version."""

    @property
    def index(self) -> str:
        """The address of the index, without credentials."""
        ...

    @property
    def versions(self) -> tuple[str, ...]:
        """Every version with a wheel or sdist, as PEP 440 normalises it, newest first, pre-releases included."""
        ...

    def files(self, version: str, wanted: Callable[[str], bool] | None = None) -> tuple[DistFile, ...]:
        """The files of one of ``versions``, or those whose names are *wanted*. Cheap, and read when first asked for."""
        ...


class PackageSource(Protocol):
    """Package indexes in order, with the cache before them. Answers do not change during a run."""

    def page(self, name: PyPIName) -> Page | None:
        """The page of the first index that has *name*; None where none has it. Raises: UnreachedError."""
        ...

    def metadata(self, name: PyPIName, file: DistFile) -> CoreMetadata | None:
        """What *file* declares; None where that can only be known by building it. Raises: UnreachedError."""
        ...

    def expect(self, names: Iterable[PyPIName]) -> None:
        """Say that the pages of *names* will be asked for soon, so that they can come in meanwhile. Does not wait."""
        ...


class UnreachedError(CompatError):
    """An index did not answer, or not in a way that says anything. ``why`` names the index without credentials."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
