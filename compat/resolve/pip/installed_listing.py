"""Projects that conda installs, as the walk sees projects: one release, or those that conda could install instead.

Such a release needs no file and brings nothing, because conda's requirements are complete by themselves. Only an extra
that somebody asks for is pip's business: what it requires is read from the same release on the index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from packaging.version import Version

from compat.model.distributions import CoreMetadata, DistFile
from compat.model.joint import Installed
from compat.model.names import PyPIName
from compat.model.requirements import Requirement
from compat.model.solutions import Reason
from compat.model.wheel_urls import is_wheel_url, parse_wheel_url
from compat.resolve.declared import Declared
from compat.resolve.pip.index_listing import Listing, Shared
from compat.resolve.pip.marking import Markers
from compat.resolve.pip.usability import Judge, Usable
from compat.resolve.shelf import Shelf

_NOTHING = Declared(CoreMetadata())


@dataclass(frozen=True, slots=True)
class InstalledPage:
    """`Page` of a project that conda installs; ``versions`` are newest first."""

    name: PyPIName
    versions: tuple[str, ...]
    index: str = ""

    def files(self, version: str, wanted: Callable[[str], bool] | None = None) -> tuple[DistFile, ...]:  # noqa: ARG002
        """A file that is never written anywhere: the walk chooses among releases that have one."""
        return (DistFile(f"{self.name.replace('-', '_')}-{version}-py3-none-any.whl", f"conda:{self.name}/{version}"),)


class InstalledListing(Listing):
    """`Listing` of *installed*. ``is_open`` says that its version is not known, so that every requirement is satisfied.

    Args: *offered* are the versions that conda has, where it is not settled yet which is installed.
    """

    def __init__(
        self, installed: Installed, offered: Sequence[Version], judge: Judge, markers: Markers, shared: Shared
    ) -> None:
        known = {installed.version} if installed.version is not None else {Version("0")}
        texts = tuple(str(version) for version in sorted(set(offered) or known, reverse=True))
        super().__init__(installed.name, Shelf(InstalledPage(installed.name, texts)), judge, markers, shared)
        self.installed = installed
        self.is_open = installed.version is None and not offered
        self._by_url: dict[str, int] = {}

    def verdict(self, position: int) -> Usable | Reason:
        return Usable(self.shelf.page.files(self.shelf.texts[position]), None)

    def declared(self, position: int) -> Declared | Reason:  # noqa: ARG002 - the same for all
        return _NOTHING

    def admitted(self, requirement: Requirement) -> int:
        """The versions that satisfy *requirement*; its local label, which names a build, does not count."""
        if self.is_open:
            return self.shelf.everything
        if requirement.url is not None:
            return self._named_by(requirement.url)
        public = requirement
        if requirement.labels:
            public = requirement._replace(specifier=requirement.public, text=f"{requirement.name}{requirement.public}")
        return self.shelf.admitted(public)

    def _named_by(self, url: str) -> int:
        """The version of the wheel at *url*; of an archive or a repository only building it would tell, so every one."""
        if url not in self._by_url:
            wheel = parse_wheel_url(url) if is_wheel_url(url) else None
            position = None if wheel is None else self.shelf.position(Version(Version(str(wheel.version)).public))
            some = 0 if position is None else 1 << position
            self._by_url[url] = self.shelf.everything if wheel is None else some
        return self._by_url[url]

    def requires(self, position: int, extras: frozenset[str]) -> tuple[Requirement, ...]:
        """What *extras* ask for, by the METADATA of the same release on the index; nothing where it has none."""
        if not extras:
            return ()
        key = position, extras
        found = self._requires.get(key)
        if found is None:
            declared = self.on_index(position)
            found = () if declared is None else tuple(declared.requires(self._markers, extras))
            self._requires[key] = found
        return found

    def on_index(self, position: int) -> Declared | None:
        """What the same release on the index declares; None where it has none. Raises: UnreachedError."""
        shelf = None if self.is_open else self._shared.shelf(self.name)
        at = None if shelf is None else shelf.position(self.shelf.version(position))
        if shelf is None or at is None:
            return None
        text = shelf.texts[at]
        for file in sorted(shelf.page.files(text), key=lambda file: not file.is_wheel):
            declared = self._shared.declared(self.name, file, text, guess=True)
            if declared is not None and not declared.invalid:
                return declared
        return None
