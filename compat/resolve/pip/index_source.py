"""Candidates from package indexes, for one target and one Python.

Pre-releases are taken as the specification of version specifiers says: where the user asks for one, or where nothing else
satisfies the requirements. What other packages ask for is not the user's word: ``numpy>=2.0.0rc1`` among the requirements
of a wheel admits that pre-release, but a final release goes before it. (pip takes any specifier as the user's word; uv takes
only the user's, and the second case only for projects without any final release.)
Source: https://packaging.python.org/en/latest/specifications/version-specifiers/#handling-of-pre-releases
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from packaging.version import Version

from compat.model.distributions import PackageSource
from compat.model.joint import Installed
from compat.model.names import PyPIName
from compat.model.requirements import Requirement
from compat.model.solutions import Candidate, Demand, Reason, Rejection
from compat.model.targets import Target
from compat.resolve.listing import Matches
from compat.resolve.pip.direct import DirectPage, direct_page, same_file
from compat.resolve.pip.index_listing import Listing, Shared
from compat.resolve.pip.installed_listing import InstalledListing
from compat.resolve.pip.marking import Markers, unbounded
from compat.resolve.pip.usability import Judge
from compat.resolve.shelf import Shelf

#: Releases of one project whose rejection is told.
MAX_REJECTIONS = 200


@runtime_checkable
class ReleasesAhead(Protocol):
    """What a `PackageSource` may offer besides: reading on from a page to the METADATA that will be asked for."""

    def expect_releases(self, wanted: Iterable[tuple[PyPIName, str]]) -> None:
        """As `PackageSource.expect`, with the specifiers by which releases will be chosen."""
        ...


@runtime_checkable
class FirstIndex(Protocol):
    """What a `PackageSource` that takes a project from the first index that has it may tell besides."""

    def unasked(self, name: PyPIName) -> int:
        """How many indexes may have more of *name* and were not asked."""
        ...


class IndexSource:
    """`CandidateSource` over package indexes.

    Args: *urls* are the files that the user names instead of releases, *hashed* the projects among them whose hash is
    known elsewhere, *pages* those that the caller has read already. *provided* are projects that are there already (members of the workspace): nothing is asked of them.
    What packages ask of *overridden* ones does not count. *installed* are projects that conda installs, *offers* the
    versions that it has of those of them that it may still change, *python_version* is that of its Python. *shared* is the same for all targets. *any_platform* takes a
    wheel for any platform, *guess* the METADATA of any wheel of a release: both are for explanations only.
    """

    def __init__(
        self,
        packages: PackageSource,
        target: Target,
        python: tuple[int, int],
        *,
        shared: Shared | None = None,
        urls: Mapping[PyPIName, str] | None = None,
        hashed: Collection[PyPIName] = (),
        pages: Mapping[PyPIName, DirectPage] | None = None,
        provided: Collection[PyPIName] = (),
        overridden: Collection[PyPIName] = (),
        installed: Mapping[PyPIName, Installed] | None = None,
        offers: Mapping[PyPIName, Sequence[Version]] | None = None,
        python_version: str = "",
        exclude_newer: str = "",
        any_platform: bool = False,
        guess: bool = False,
    ) -> None:
        self._packages = packages
        self._ahead = packages if isinstance(packages, ReleasesAhead) else None
        self._shared = shared or Shared(packages)
        self._urls = urls or {}
        self._hashed = hashed
        self._pages = pages or {}
        self._provided = provided
        self._overridden = overridden
        self._installed = installed or {}
        self._offers = offers or {}
        self._markers = Markers(target, python, python_version)
        self._judge = Judge(target, python, exclude_newer=exclude_newer, any_platform=any_platform, full=python_version)
        # What a URL names was chosen by the user, and does not say when it was uploaded.
        self._direct = self._judge
        if self._urls:
            self._direct = Judge(target, python, any_platform=any_platform, full=python_version)
        self._guess = guess
        self._listings: dict[PyPIName, Listing | str] = {}
        self._matches: dict[tuple[PyPIName, int, int, bool], Matches] = {}
        self._requires: dict[tuple[PyPIName, int, frozenset[str]], tuple[Requirement, ...]] = {}
        self._demands: dict[tuple[Candidate, frozenset[str]], tuple[Demand, ...]] = {}
        self._expected: set[PyPIName] = set()

    # -- the port ------------------------------------------------------------------------------------------------------

    def matches(self, name: PyPIName, demands: Sequence[Demand]) -> Sequence[Candidate]:
        listing = self.listing(name)
        if isinstance(listing, str):
            return ()
        bits, pinned, prereleases = listing.shelf.everything, 0, False
        for demand in demands:
            bits &= self.admitted(listing, demand.requirement)
            pinned |= listing.shelf.pinned(demand.requirement)
            prereleases = prereleases or (demand.entry is not None and names_prerelease(demand.requirement))
        key = name, bits, bits & pinned, prereleases
        found = self._matches.get(key)
        if found is None:
            usable = listing.usable(bits, pinned, prereleases=prereleases)
            found = self._matches[key] = Matches(map(listing.candidate, usable), bits.bit_count())
        return found

    def dependencies(self, candidate: Candidate, extras: frozenset[str]) -> tuple[Demand, ...]:
        key = candidate, extras
        found = self._demands.get(key)
        if found is None:
            position = self._position(candidate)
            requires = () if position is None else self.requires(candidate.name, position, extras)
            found = self._demands[key] = tuple(Demand(requirement, None, candidate) for requirement in requires)
        return found

    def is_satisfied(self, demand: Demand, candidate: Candidate) -> bool:
        listing = self.listing(candidate.name)
        position = self._position(candidate)
        if isinstance(listing, str) or position is None:
            # A version that the index does not have, asked about for a suggestion.
            return candidate.version is not None and demand.requirement.specifier.contains(
                candidate.version, prereleases=True
            )
        return bool(self.admitted(listing, demand.requirement) >> position & 1)

    def rejections(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Rejection, ...]:
        listing = self.listing(name)
        for demand in demands:
            if demand.requirement.url is not None and name not in self._urls and name not in self._installed:
                return (_rejection(name, demand, Reason.NESTED_URL, _nested(name, demand)),)
        if isinstance(listing, str):
            reason = Reason.UNPINNED_URL if name in self._urls else Reason.NO_PROJECT
            return (_rejection(name, demands[0], reason, listing),)
        bits, pinned = listing.shelf.everything, 0
        for demand in demands:
            admitted = self.admitted(listing, demand.requirement)
            if not admitted:
                detail = _no_release(name, listing, demand.requirement)
                if not self._is_hidden(name):
                    return (_rejection(name, demand, Reason.NO_RELEASE, detail),)
                detail += f" on {listing.shelf.page.index}, the first index that has the project"
                return (_rejection(name, demand, Reason.HIDDEN, detail),)
            bits &= admitted
            pinned |= listing.shelf.pinned(demand.requirement)
        return tuple(listing.rejections(bits, pinned, MAX_REJECTIONS))

    def _is_hidden(self, name: PyPIName) -> bool:
        """Whether other indexes may have what is missing, but do not count."""
        packages = self._packages
        return name not in self._urls and isinstance(packages, FirstIndex) and packages.unasked(name) > 0

    def _position(self, candidate: Candidate) -> int | None:
        listing = self.listing(candidate.name)
        if isinstance(listing, str) or candidate.version is None:
            return None
        return listing.shelf.position(candidate.version)

    # -- what the walk asks, by positions ------------------------------------------------------------------------------

    def listing(self, name: PyPIName) -> Listing | str:
        """The releases of *name*, or a sentence that says why there are none. Raises: UnreachedError."""
        found = self._listings.get(name)
        if found is None:
            found = self._listings[name] = self._open(name)
        return found

    def _open(self, name: PyPIName) -> Listing | str:
        installed = self._installed.get(name)
        if installed is not None:
            offered = self._offers.get(name, ())
            return InstalledListing(installed, offered, self._judge, self._markers, self._shared)
        url = self._urls.get(name)
        if url is None:
            shelf = self._shared.shelf(name)
            if shelf is None:
                return f"no index that is asked has a project {name}"
            return Listing(name, shelf, self._judge, self._markers, self._shared, guess=self._guess)
        page = self._pages.get(name) or direct_page(name, url, hashed=name in self._hashed)
        if isinstance(page, str):
            return page
        return Listing(name, Shelf(page), self._direct, self._markers, self._shared)

    def admitted(self, listing: Listing, requirement: Requirement) -> int:
        """The versions of *listing* that satisfy *requirement*."""
        if isinstance(listing, InstalledListing):
            return listing.admitted(requirement)
        if requirement.url is None:
            return listing.shelf.everything if listing.is_open else listing.shelf.admitted(requirement)
        url = self._urls.get(listing.name)
        if url is None or not same_file(url, requirement.url):
            return 0
        return listing.shelf.admitted(requirement)

    def requires(self, name: PyPIName, position: int, extras: frozenset[str]) -> tuple[Requirement, ...]:
        """What a release requires here, itself or for one of *extras* alone; the pages of all that are asked for at once."""
        key = name, position, extras
        found = self._requires.get(key)
        if found is None:
            listing = self.listing(name)
            plain = () if isinstance(listing, str) else listing.requires(position, extras)
            found = self._requires[key] = tuple(self._adapted(plain)) if self._provided or self._overridden else plain
            self.expect(found)
        return found

    def known_requirements(self) -> Iterator[tuple[PyPIName, int, Requirement]]:
        """What was read so far: project and position that require, and what they do."""
        for (name, position, _), found in self._requires.items():
            for requirement in found:
                yield name, position, requirement

    def _adapted(self, requires: Iterable[Requirement]) -> Iterable[Requirement]:
        for requirement in requires:
            if requirement.name in self._overridden:
                yield unbounded(Demand(requirement, None, None)).requirement
            elif requirement.name not in self._provided:
                yield requirement

    def expect(self, requirements: Iterable[Requirement]) -> None:
        """Let the pages of what *requirements* name come in, and what they lead to."""
        new: dict[PyPIName, str] = {}
        for requirement in requirements:
            name = requirement.name
            if name not in self._expected and name not in self._urls and name not in self._installed:
                self._expected.add(name)
                new[name] = str(requirement.specifier)
        if new and self._ahead is not None:
            self._ahead.expect_releases(new.items())
        elif new:
            self._packages.expect(new)


def names_prerelease(requirement: Requirement) -> bool:
    """Whether the specifier of *requirement* names a pre-release, and so asks for them."""
    return bool(requirement.specifier.prereleases)


def _rejection(name: PyPIName, demand: Demand, reason: Reason, detail: str) -> Rejection:
    pins = [s.version for s in demand.requirement.specifier if s.operator == "==" and not s.version.endswith(".*")]
    return Rejection(name, Version(pins[0] if pins else "0"), reason, detail)


def _nested(name: PyPIName, demand: Demand) -> str:
    who = f"{demand.parent.name} {demand.parent.version}" if demand.parent else "a package"
    return f"{who} requires {name} by URL: add `{name} @ {demand.requirement.url}` to the requirements to allow that"


def _no_release(name: PyPIName, listing: Listing, requirement: Requirement) -> str:
    shelf = listing.shelf
    if isinstance(listing, InstalledListing):
        return f"conda installs {name} {', '.join(shelf.texts[:3])}, which is not {requirement.text}"
    if requirement.url is not None:
        return f"{name} is asked for at two URLs"
    newest = f", its newest is {shelf.version(0)}" if shelf.texts else ", nor any other"
    return f"{name} has no release {str(requirement.specifier) or 'at all'}{newest}"
