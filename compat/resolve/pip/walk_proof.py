"""Whether requirements are impossible for good: a walk leaves out releases that count only under other requirements.

Those are pre-releases, yanked ones, and those for later patch releases of the Python. A dead end under some requirements is
none under others that leave nothing else. No requirement that was read may do that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from compat.model.names import PyPIName
from compat.model.requirements import Requirement
from compat.model.solutions import Reason
from compat.resolve.listing import positions
from compat.resolve.pip.index_listing import Listing
from compat.resolve.pip.index_source import IndexSource
from compat.resolve.pip.walk_state import Project


class _Asked(NamedTuple):
    owner: PyPIName
    position: int
    requirement: Requirement


class Proof:
    """Judges by the requirements that *source* has read so far, whose projects *find* gives."""

    def __init__(self, source: IndexSource, find: Callable[[PyPIName], Project]) -> None:
        self._find = find
        self._source = source
        self._asked: dict[PyPIName, list[_Asked]] = {}
        for owner, position, requirement in source.known_requirements():
            self._asked.setdefault(requirement.name, []).append(_Asked(owner, position, requirement))

    def holds(self, left_out: Mapping[PyPIName, int]) -> bool:
        """Whether none of the releases *left_out* (as bits, by project) would have counted."""
        for name, bits in left_out.items():
            project = self._find(name)
            if isinstance(project.listing, Listing) and any(self._matters(project, at) for at in positions(bits)):
                return False
        return True

    def _matters(self, project: Project, position: int) -> bool:
        listing = project.listing
        assert isinstance(listing, Listing)
        # An sdist that has to be built could not be used in any case.
        return (
            not isinstance(listing.verdict(position), Reason)
            and self.can_count(project, position)
            and not isinstance(listing.declared(position), Reason)
        )

    def can_count(self, project: Project, position: int, seen: frozenset[tuple[PyPIName, int]] = frozenset()) -> bool:
        """Whether requirements that admit *position* leave nothing that goes before it: only then does it count.

        All that were read count at once, but for those of releases that cannot count themselves.
        """
        listing = project.listing
        key = project.name, position
        if not isinstance(listing, Listing) or key in seen:
            return False
        before = project.root_mask & ~(1 << position)
        if not project.prereleases:
            before &= listing.shelf.finals
        if project.root_mask >> position & 1 and self._is_usual(project, listing, position):
            return True
        for asked in self._asked.get(project.name, ()):
            bits = self._source.admitted(listing, asked.requirement)
            if bits >> position & 1 and before & ~bits and self._counts(asked, seen | {key}):
                before &= bits
        first = next(listing.usable(before, 0, prereleases=project.prereleases), None)
        return first is None or getattr(listing.verdict(first), "partly", False)

    def _counts(self, asked: _Asked, seen: frozenset[tuple[PyPIName, int]]) -> bool:
        return self.can_count(self._find(asked.owner), asked.position, seen)

    def _is_usual(self, project: Project, listing: Listing, position: int) -> bool:
        """Whether it counts under any requirements that admit it."""
        verdict = listing.verdict(position)
        is_final = project.prereleases or bool(listing.shelf.finals >> position & 1)
        return is_final and not getattr(verdict, "yanked", True) and not getattr(verdict, "partly", True)
