"""Builds that the user allows: of sdists while a target is solved, and the notes about what was built."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from compat.host import host_target
from compat.index.addresses import is_relative, to_path
from compat.index.faults import UnreadableError
from compat.index.files.builds import Built, build_metadata
from compat.index.files.sdists import unpack_sdist
from compat.model.distributions import CoreMetadata, DistFile, Page, UnreachedError
from compat.model.locking import LockedTarget
from compat.model.names import PyPIName

if TYPE_CHECKING:
    from compat.index import IndexPackages


class BuildingSource:
    """*packages*, with what is known of URLs before them, and builds of the sdists of *allowed* projects behind them."""

    def __init__(
        self, packages: IndexPackages, declared: Mapping[str, CoreMetadata], allowed: Collection[PyPIName], folder: str
    ) -> None:
        self._packages = packages
        self._known = declared
        self._allowed = allowed
        self._folder = folder
        #: What was built, for notes.
        self.built: dict[PyPIName, Built] = {}

    def page(self, name: PyPIName) -> Page | None:
        return self._packages.page(name)

    def expect(self, names: Iterable[PyPIName]) -> None:
        self._packages.expect(names)

    def expect_releases(self, wanted: Iterable[tuple[PyPIName, str]]) -> None:
        self._packages.expect_releases(wanted)

    def expect_metadata(self, wanted: Iterable[tuple[PyPIName, DistFile]]) -> None:
        self._packages.expect_metadata([(name, file) for name, file in wanted if file.url not in self._known])

    def metadata(self, name: PyPIName, file: DistFile) -> CoreMetadata | None:
        if (known := self._known.get(file.url)) is not None:
            return known
        found = None if file.url.startswith("file:") and is_relative(file.url) else self._packages.metadata(name, file)
        if found is not None or file.is_wheel or name not in self._allowed:
            return found
        built = self.built[name] = self._build(file)
        return built.metadata

    def _build(self, file: DistFile) -> Built:
        if file.url.startswith("file:"):
            with open(os.path.join(self._folder, to_path(file.url)), "rb") as opened:
                content = opened.read()
        else:
            content = self._packages.download(file)
        try:
            with unpack_sdist(file.name, content) as folder:
                return build_metadata(folder, shown=file.name)
        except UnreadableError as error:
            raise UnreachedError(f"{file.name}: {error}") from error


def build_notes(locked: LockedTarget, built: Iterable[PyPIName]) -> list[str]:
    """Whose requirements only a build told: those of this machine, which need not be those of the target."""
    here = host_target("host", {}, platform_only=True).subdir
    names = {package.name for package in locked.packages}
    where = "" if locked.target.subdir == here else f", which is {here}: on {locked.target.subdir} they may differ"
    return [
        f"what {name} requires was found by building its metadata on this machine{where}"
        for name in sorted(set(built) & names)
    ]
