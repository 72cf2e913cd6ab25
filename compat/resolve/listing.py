"""The releases of one project as bits, judged one by one when they are looked at.

Bit i stands for release i of the project, newest first. Which releases a requirement admits does not depend on target or
Python, so those bits are shared; whether a release can be installed does, and is asked only of those that come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from compat.model.environments import CondaEntry
from compat.model.solutions import Candidate, Demand, Rejection
from compat.resolve.admission import admits, exact_versions

if TYPE_CHECKING:  # as above
    from compat.model.knowledge import Project, Release

#: Lists this short are judged at once: how many are really left matters most where few are.
_SHORT = 4


class Admitted(NamedTuple):
    """The releases that a requirement admits, and those that it pins with ``==``."""

    bits: int
    pinned: int


def admitted(demand: Demand, project: Project) -> Admitted:
    """Which releases of *project* satisfy *demand*."""
    pins = exact_versions(demand)
    is_free = (
        demand.entry.spec.version is None if isinstance(demand.entry, CondaEntry) else not demand.requirement.public
    )
    if is_free:
        return Admitted((1 << len(project.releases)) - 1, 0)
    if pins and not isinstance(demand.entry, CondaEntry) and len(demand.requirement.public) == 1:
        bits = sum(1 << position for position, release in enumerate(project.releases) if release.version == pins[0])
        return Admitted(bits, bits)
    bits = pinned = 0
    for position, release in enumerate(project.releases):
        if admits(demand, release.version):
            bits |= 1 << position
            pinned |= (release.version in pins) << position
    return Admitted(bits, pinned)


class Listing:
    """The releases of a project on one target for one Python; *judge* says whether one can be installed.

    Those of which *is_doubtful*, where it is given, is true come after all others.
    """

    def __init__(
        self,
        project: Project,
        judge: Callable[[Release], Candidate | Rejection],
        is_doubtful: Callable[[Release], bool] | None = None,
    ) -> None:
        self._releases = project.releases
        self._judge = judge
        self._is_doubtful = is_doubtful
        self._all = (1 << len(project.releases)) - 1
        self._verdicts: dict[int, Candidate | Rejection] = {}
        self._matches: dict[tuple[int, int], Matches] = {}

    def match(self, admitted: Sequence[Admitted]) -> Matches:
        """The candidates that all of *admitted* hold."""
        bits, pinned = self._all, 0
        for one in admitted:
            bits &= one.bits
            pinned |= one.pinned
        key = (bits, bits & pinned)
        found = self._matches.get(key)
        if found is None:
            found = self._matches[key] = Matches(self._usable(*key), bits.bit_count())
        return found

    def rejected(self, bits: int) -> Iterator[Rejection]:
        """The releases of *bits* that cannot be installed, newest first."""
        for position in positions(bits & self._all):
            verdict = self._verdict(position)
            if isinstance(verdict, Rejection):
                yield verdict

    def _usable(self, bits: int, pinned: int) -> Iterator[Candidate]:
        """Newest first; doubtful and yanked ones last, the latter only where they are pinned (PEP 592)."""
        late: list[Candidate] = []
        for position in positions(bits):
            verdict = self._verdict(position)
            if isinstance(verdict, Candidate):
                release = self._releases[position]
                if not verdict.conda and release.yanked is not None:
                    if pinned >> position & 1:
                        late.append(verdict)
                elif self._is_doubtful is not None and self._is_doubtful(release):
                    late.append(verdict)
                else:
                    yield verdict
        yield from late

    def _verdict(self, position: int) -> Candidate | Rejection:
        found = self._verdicts.get(position)
        if found is None:
            found = self._verdicts[position] = self._judge(self._releases[position])
        return found


def positions(bits: int) -> Iterator[int]:
    """The positions of the bits that are set, lowest first."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


class Matches(Sequence[Candidate]):
    """Candidates, best first, found when they are asked for.

    ``len`` is exact for short lists and else counts the releases admitted by version, whether or not they can be
    installed: it orders the work, it is not an answer.
    """

    __slots__ = ("_found", "_number", "_rest")

    def __init__(self, candidates: Iterator[Candidate], number: int) -> None:
        self._found: list[Candidate] = []
        self._rest = candidates
        self._number = number
        self._grow(_SHORT + 1 if number <= _SHORT else 1)
        if number <= _SHORT:
            self._number = len(self._found)

    def _grow(self, size: int) -> bool:
        """Find candidates until there are *size*; False where there are fewer."""
        while len(self._found) < size:
            candidate = next(self._rest, None)
            if candidate is None:
                return False
            self._found.append(candidate)
        return True

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Candidate]:
        position = 0
        while self._grow(position + 1):
            yield self._found[position]
            position += 1

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, index: int | slice) -> Candidate | Sequence[Candidate]:
        if isinstance(index, slice):
            return list(self)[index]
        if not self._grow(index + 1):
            raise IndexError(index)
        return self._found[index]
