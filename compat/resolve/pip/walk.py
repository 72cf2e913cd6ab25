"""Choosing releases in the order of the files, newest first, and learning from each dead end.

The order is uv's: files named by URL, then pins, then what stood in the way of others, then as the requirements come up.
A release that clashes with what is chosen already is passed over for the next older one; a project that clashes five times
is chosen before the one it clashes with from then on. Where nothing fits, what led there is remembered as a set of things
that cannot hold together (a nogood of conflict-driven search, with ranges as in PubGrub), and the walk starts again: a
walk over what is known takes a few milliseconds, and no choice leads to the same dead end twice. An empty set of culprits
proves that the root requirements have no solution.

Source: https://docs.astral.sh/uv/reference/internals/resolver/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from packaging.version import InvalidVersion, Version

from compat.model.names import PyPIName
from compat.model.requirements import Requirement, leaves_one_version
from compat.model.solutions import Demand
from compat.resolve.pip.index_listing import Listing
from compat.resolve.pip.index_source import IndexSource, names_prerelease
from compat.resolve.pip.walk_proof import Proof
from compat.resolve.pip.walk_state import EARLY, LATE, PIN, URL, Ask, Chosen, Clash, Memory, Project, Story
from compat.resolve.pip.walk_take import Taking, needed_texts
from compat.resolve.propagate import is_constraint

#: When a project is chosen: by rank, then as it came up.
_order = attrgetter("rank", "index")

#: Clashes of one project after which it is chosen before what it clashes with. uv's number.
CLASHES = 5

#: Dead ends after which a walk gives up. 100 of them take under a second where all is known.
MAX_DEAD_ENDS = 1000

#: Different releases that may be passed over in one solve; each may cost a question to the index.
MAX_PASSED_OVER = 8000

#: The same where only a part of the requirements is looked at.
MAX_PASSED_OVER_IN_A_PART = 100


class GaveUpError(Exception):
    """The walk met more dead ends than it may: nothing is known."""


class ImpossibleError(Exception):
    """No releases satisfy the root demands. ``proved`` is false where releases were left out that may count (`Proof`)."""

    def __init__(self, *, proved: bool) -> None:
        super().__init__("no solution")
        self.proved = proved


class Walk:
    """One solve. *preferred* versions are tried before newer ones; *told* keeps what an explanation tells, in ``story``.

    It gives up where more than *limit* releases are passed over, or at so many *dead_ends*.

    Raises, by `solve`: ImpossibleError, GaveUpError, UnreachedError.
    """

    def __init__(
        self,
        source: IndexSource,
        demands: Sequence[Demand],
        preferred: Mapping[PyPIName, str] | None = None,
        *,
        told: bool = False,
        limit: int = MAX_PASSED_OVER,
        dead_ends: int = MAX_DEAD_ENDS,
    ) -> None:
        self._source = source
        self._limit = limit
        self._preferred = preferred or {}
        self._projects: dict[PyPIName, Project] = {}
        self._waiting: dict[PyPIName, Project] = {}
        self._fresh: dict[PyPIName, Project] = {}
        self._clashes: dict[PyPIName, int] = {}
        self._memory = Memory(self._projects)
        self.story = Story(self._projects) if told else None
        self._left_out: dict[PyPIName, int] = {}
        self._dead_ends = dead_ends
        self._passed_over: set[tuple[PyPIName, int]] = set()
        self._met = 0
        for demand in demands:
            project = self._project(demand.requirement.name)
            (project.bounds if is_constraint(demand) else project.roots).append(demand.requirement)
            project.is_root = project.is_root or not is_constraint(demand)
            project.prereleases = project.prereleases or names_prerelease(demand.requirement)

    def solve(self) -> dict[PyPIName, Chosen]:
        """The chosen release of every project that is needed."""
        roots = [project for project in self._projects.values() if project.is_root]
        self._source.expect(requirement for project in roots for requirement in project.roots)
        for _ in range(self._dead_ends):
            if self._walk(roots):
                return {p.name: p.to_chosen() for p in self._projects.values() if p.chosen >= 0}
        raise GaveUpError

    def _walk(self, roots: Sequence[Project]) -> bool:
        """Choose every project; False at a dead end that was learned from."""
        for project in self._projects.values():
            project.reset()
        self._waiting = {}
        self._fresh = {}
        for project in roots:
            self._await(project, project.roots)
        while self._waiting:
            self._look_ahead()
            project = min(self._waiting.values(), key=_order)
            if not self._decide(project):
                return False
            del self._waiting[project.name]
        return True

    def _project(self, name: PyPIName) -> Project:
        found = self._projects.get(name)
        if found is None:
            found = self._projects[name] = Project(name)
        return found

    def _await(self, project: Project, requirements: Iterable[Requirement]) -> None:
        """Have *project* chosen in its turn, which comes the earlier the closer *requirements* are."""
        if project.index < 0:
            project.index = self._met
            self._met += 1
        for requirement in requirements:
            if requirement.url is not None:
                project.rank = URL
            elif project.rank > PIN and leaves_one_version(requirement):
                project.rank = PIN
        if project.name not in self._waiting:
            self._waiting[project.name] = self._fresh[project.name] = project

    def _look_ahead(self) -> None:
        """Open the pages of what came up last: all of them were expected, so the wait is for the slowest, not for each."""
        fresh, self._fresh = self._fresh, {}
        for project in fresh.values():
            if project.listing is None:
                self._open(project)
            for requirement in project.asked.values():
                self._narrow(project, requirement)

    def _open(self, project: Project) -> None:
        listing = project.listing = self._source.listing(project.name)
        if isinstance(listing, Listing):
            project.mask, project.pinned = listing.shelf.everything, 0
            for requirement in (*project.roots, *project.bounds):
                self._narrow(project, requirement)
            project.root_mask, project.root_pinned = project.mask, project.pinned

    def _narrow(self, project: Project, requirement: Requirement) -> None:
        if isinstance(project.listing, Listing):
            project.mask &= self._source.admitted(project.listing, requirement)
            project.pinned |= project.listing.shelf.pinned(requirement)

    # -- choosing ------------------------------------------------------------------------------------------------------

    def _decide(self, project: Project) -> bool:
        """Choose the best release that goes with what is chosen; False where the walk has to start again."""
        chosen: dict[PyPIName, int] = {}
        asked: set[Ask] = set()
        if self.story is not None:
            self.story.begin()
        for position in self._candidates(project):
            clash = self._take(project, position)
            if clash is None:
                return True
            for name, bits in clash.chosen.items():
                chosen[name] = chosen.get(name, -1) & bits
            asked |= clash.asked
            self._passed_over.add((project.name, position))
            if len(self._passed_over) > self._limit:
                raise GaveUpError
            if self._count(project, clash):
                return False
        self._learn(project, chosen, asked)
        return False

    def _candidates(self, project: Project) -> Iterator[int]:
        listing = project.listing
        if isinstance(listing, Listing):
            first = self._preferred_position(project, listing)
            if first is not None:
                yield first
            for position in listing.usable(project.mask, project.pinned, prereleases=project.prereleases):
                if position != first:
                    yield position

    def _preferred_position(self, project: Project, listing: Listing) -> int | None:
        try:
            position = listing.shelf.position(Version(self._preferred[project.name]))
        except (KeyError, InvalidVersion):
            return None
        if position is None or not project.mask >> position & 1:
            return None
        return next(listing.usable(1 << position, project.pinned, prereleases=True), None)

    def _take(self, project: Project, position: int) -> Clash | None:
        """Choose *position*, or say what of the earlier choices it clashes with."""
        taking = Taking(self._source, self._project, self._waiting, project, position)
        clash = taking.clash(self.story)
        if clash is not None:
            return clash
        recalled = self._memory.recall(project, position, taking.new)
        if recalled is not None:
            if self.story is not None:
                self.story.add_recalled(project, position, taking.new, recalled[1])
            return recalled[0]
        project.chosen = position
        for requirement, other, owner in taking.new:
            self._ask(requirement, other, owner)
        return None

    def _ask(self, requirement: Requirement, other: Project, owner: PyPIName) -> None:
        other.askers.append((requirement, owner))
        other.extras |= requirement.extras
        if requirement.text not in other.asked:
            other.asked[requirement.text] = requirement
            if other.name in self._waiting and other.name not in self._fresh:
                self._narrow(other, requirement)
        if other.chosen < 0:
            self._await(other, [requirement])

    # -- learning ------------------------------------------------------------------------------------------------------

    def _count(self, project: Project, clash: Clash) -> bool:
        """Count a clash for both sides; True where that changed the order, so that the walk starts again."""
        changed = False
        for name in sorted({*clash.chosen, *(ask[0] for ask in clash.asked)} - {project.name}):
            for one, rank in ((project.name, EARLY), (name, LATE)):
                self._clashes[one] = self._clashes.get(one, 0) + 1
                other = self._projects[one]
                if self._clashes[one] == CLASHES and other.rank > rank:
                    other.rank = rank
                    changed = True
        return changed

    def _learn(self, project: Project, chosen: dict[PyPIName, int], asked: set[Ask]) -> None:
        """Remember that *project* has no release under what is *chosen* and *asked* of it. Raises: ImpossibleError."""
        self._leave_out(project)
        needed = needed_texts(self._source, project)
        chosen.pop(project.name, None)
        clash = Clash(chosen, frozenset(asked | {(project.name, text) for text in needed}))
        if self.story is not None:
            self.story.end(project, needed, clash)
        if not clash.chosen and not clash.asked:
            raise ImpossibleError(proved=Proof(self._source, self._project).holds(self._left_out))
        self._memory.learn(clash)

    def _leave_out(self, project: Project) -> None:
        """Remember what of *project* was not tried because it counts only under other requirements."""
        if isinstance(project.listing, Listing):
            tried = sum(1 << position for position in self._candidates(project))
            self._left_out[project.name] = self._left_out.get(project.name, 0) | (project.mask & ~tried)
