"""The releases of one project on an index, for one target: which can be used, in which order, and what they require."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from compat.model.distributions import CoreMetadata, DistFile, PackageSource
from compat.model.names import PyPIName
from compat.model.requirements import Requirement
from compat.model.solutions import Candidate, Reason, Rejection
from compat.resolve.declared import Declared
from compat.resolve.listing import positions
from compat.resolve.pip.direct import DirectPage
from compat.resolve.pip.marking import Markers
from compat.resolve.pip.usability import Judge, Usable
from compat.resolve.shelf import Shelf

#: Releases of one project whose sdists are asked for requirements. Each answer may be a whole download, and where some
#: say that they have to be built, the older ones will.
MAX_SDISTS = 8


#: After so many releases of one project that did not do, the METADATA of the next ones is asked for together.
AHEAD_AFTER = 4
AHEAD = 16


@runtime_checkable
class MetadataAhead(Protocol):
    """What a `PackageSource` may offer besides: taking questions for METADATA whose answer nobody waits for yet."""

    def expect_metadata(self, wanted: Iterable[tuple[PyPIName, DistFile]]) -> None:
        """Say that what these files declare will be asked for soon. Does not wait, and raises nothing."""
        ...


class Shared:
    """What targets have in common: pages, versions, specifiers and requirements, each read once."""

    def __init__(self, packages: PackageSource) -> None:
        self.packages = packages
        self._shelves: dict[PyPIName, Shelf | None] = {}
        self._by_file: dict[str, Declared | None] = {}
        self._by_release: dict[tuple[PyPIName, str], Declared] = {}
        self._by_metadata: dict[CoreMetadata, Declared] = {}
        #: How often the source was asked for a page or METADATA: what an explanation costs.
        self.questions = 0

    def shelf(self, name: PyPIName) -> Shelf | None:
        """The versions of *name*; None where no index has the project. Raises: UnreachedError."""
        try:
            return self._shelves[name]
        except KeyError:
            self.questions += 1
            page = self.packages.page(name)
            found = self._shelves[name] = None if page is None else Shelf(page)
            return found

    def is_known(self, name: PyPIName, version: str) -> bool:
        """Whether a wheel of *version* was read, so that a guess needs no other."""
        return (name, version) in self._by_release

    def declared(self, name: PyPIName, file: DistFile, version: str, *, guess: bool = False) -> Declared | None:
        """What *file* of *version* declares; None where only building it would tell. Raises: UnreachedError.

        Where a *guess* will do, another wheel of the release may answer that was read before: nearly all agree.
        """
        if guess and file.is_wheel and (known := self._by_release.get((name, version))) is not None:
            return known
        try:
            return self._by_file[file.url]
        except KeyError:
            self.questions += 1
            metadata = self.packages.metadata(name, file)
            found = None
            if metadata is not None and not metadata.dynamic:
                found = self._by_metadata.get(metadata)
                if found is None:
                    found = self._by_metadata[metadata] = Declared(metadata)
                if file.is_wheel:
                    self._by_release.setdefault((name, version), found)
            self._by_file[file.url] = found
            return found


class Listing:
    """A shelf, judged for one target: position 0 is the newest version. *guess* is as for `Shared.declared`."""

    def __init__(
        self, name: PyPIName, shelf: Shelf, judge: Judge, markers: Markers, shared: Shared, *, guess: bool = False
    ) -> None:
        self.name = name
        self.shelf = shelf
        self.is_direct = isinstance(shelf.page, DirectPage)
        self.is_open = isinstance(shelf.page, DirectPage) and shelf.page.is_open
        self._judge = judge
        self._markers = markers
        self._shared = shared
        self._verdicts: dict[int, Usable | Reason] = {}
        self._declared: dict[int, Declared | Reason] = {}
        self._requires: dict[tuple[int, frozenset[str]], tuple[Requirement, ...]] = {}
        self._candidates: dict[int, Candidate] = {}
        self._guess = guess
        self._sdists = 0

    def verdict(self, position: int) -> Usable | Reason:
        """Whether version *position* has files that can be used; nothing is read for it but the page."""
        found = self._verdicts.get(position)
        if found is None:
            page, version = self.shelf.page, self.shelf.texts[position]
            found = self._judge.judge(page.files(version, self._judge.may_use))
            if isinstance(found, Reason):
                found = self._judge.judge(page.files(version))
            self._verdicts[position] = found
        return found

    def declared(self, position: int) -> Declared | Reason:
        """What version *position* requires here, or why it cannot be used."""
        found = self._declared.get(position)
        if found is None:
            found = self._declared[position] = self._read(position)
        return found

    def _read(self, position: int) -> Declared | Reason:
        verdict = self.verdict(position)
        if isinstance(verdict, Reason):
            return verdict
        if not verdict.wheels and self._sdists == MAX_SDISTS:
            return Reason.SDIST
        file = verdict.files[0]
        declared = self._shared.declared(self.name, file, self.shelf.texts[position], guess=self._guess)
        if declared is None:
            self._sdists += not file.is_wheel
            return Reason.METADATA if file.is_wheel else Reason.SDIST
        if declared.invalid:
            return Reason.METADATA
        return declared if self._judge.admits_python(declared.metadata.requires_python) else Reason.REQUIRES_PYTHON

    def requires(self, position: int, extras: frozenset[str]) -> tuple[Requirement, ...]:
        """What version *position* requires here: itself, or for one of *extras* alone."""
        key = position, extras
        found = self._requires.get(key)
        if found is None:
            declared = self.declared(position)
            found = () if isinstance(declared, Reason) else tuple(declared.requires(self._markers, extras))
            self._requires[key] = found
        return found

    def usable(self, bits: int, pinned: int, *, prereleases: bool) -> Iterator[int]:
        """The positions of *bits* that can be used, best first.

        Pre-releases count as any other where *prereleases* says so, else only where *bits* hold no final release that
        can be used; likewise those that are for some patch releases of the Python only. Yanked releases count only where
        they are *pinned*, and last.
        """
        for final in (None,) if prereleases else (True, False):
            for partly in (False, True):
                found = False
                for position in self._of_group(bits, pinned, final=final, partly=partly):
                    found = True
                    yield position
                if found:
                    return

    def _of_group(self, bits: int, pinned: int, *, final: bool | None, partly: bool) -> Iterator[int]:
        """Those of *bits* that are *final*, or both kinds where that is None. The first one will do nearly always."""
        late: list[int] = []
        group = positions(bits)
        if final is not None:
            group = (position for position in group if self.shelf.is_final(position) is final)
        for number, position in enumerate(group):
            if number >= AHEAD_AFTER and (number - AHEAD_AFTER) % AHEAD == 0:
                self._look_ahead(bits if final is None else bits & self.shelf.of_kind(final=final), position)
            verdict = self.verdict(position)
            if isinstance(verdict, Reason) or verdict.partly != partly:
                continue
            if (verdict.yanked and not pinned >> position & 1) or isinstance(self.declared(position), Reason):
                continue
            if verdict.yanked:
                late.append(position)
            else:
                yield position
        yield from late

    def _look_ahead(self, bits: int, first: int) -> None:
        """Let the METADATA of the next wheels of *bits* come in, from *first* on: one after the other takes as many waits."""
        packages = self._shared.packages
        if isinstance(packages, MetadataAhead):
            packages.expect_metadata(self._next_wheels(bits >> first << first))

    def _next_wheels(self, bits: int) -> Iterator[tuple[PyPIName, DistFile]]:
        """The best wheels of the next versions, judged only where somebody wants to read ahead."""
        for position in itertools.islice(positions(bits), AHEAD):
            verdict = self.verdict(position)
            if isinstance(verdict, Usable) and verdict.wheels and not self._is_known(position):
                yield self.name, verdict.files[0]

    def _is_known(self, position: int) -> bool:
        """Whether nobody has to be asked what version *position* declares."""
        text = self.shelf.texts[position]
        return position in self._declared or (self._guess and self._shared.is_known(self.name, text))

    def candidate(self, position: int) -> Candidate:
        found = self._candidates.get(position)
        if found is None:
            verdict = self.verdict(position)
            found = self._candidates[position] = Candidate(
                self.name, self.shelf.version(position), sdist_only=isinstance(verdict, Usable) and not verdict.wheels
            )
        return found

    def rejections(self, bits: int, pinned: int, limit: int) -> Iterator[Rejection]:
        """Why up to *limit* versions of *bits* cannot be used, newest first."""
        for position in positions(bits):
            declared = self.declared(position)
            verdict = self.verdict(position)
            if isinstance(verdict, Usable) and verdict.yanked and not pinned >> position & 1:
                declared = Reason.YANKED
            if isinstance(declared, Reason) and limit > 0:
                limit -= 1
                yield self._reject(position, declared)

    def _reject(self, position: int, reason: Reason) -> Rejection:
        """Why version *position* cannot be used, told by its files or by their METADATA."""
        verdict = self.verdict(position)
        declared = None
        if isinstance(verdict, Usable):
            declared = self._shared.declared(self.name, verdict.files[0], self.shelf.texts[position], guess=self._guess)
        if declared is None or reason not in {Reason.METADATA, Reason.REQUIRES_PYTHON}:
            return self._judge.reject(self.name, self.shelf, position, reason)
        version = self.shelf.version(position)
        detail = f"{self.name} {version} has Requires-Python {declared.metadata.requires_python}"
        if declared.invalid:
            detail = f"{self.name} {version} has METADATA that no installer takes: `{declared.invalid}`"
        return Rejection(self.name, version, reason, detail)
