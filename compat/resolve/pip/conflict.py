"""Explaining why requirements have no solution on package indexes, by the code that explains it over the matrix.

First the requirements that clash for the target itself are found: most questions are about all that the files ask for, and
another Python would mean other wheels, whose METADATA nobody has read yet. Then the few that are left are asked about other
Pythons and platforms, and for the nearest change.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence

from compat.model.distributions import UnreachedError
from compat.model.knowledge import Coupling
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry, leaves_one_version
from compat.model.solutions import Candidate, Conflict, Demand, Entry, Pick, Reason, Rejection, Step
from compat.model.targets import PYTHON_MINORS
from compat.resolve.conflicts import find_conflict
from compat.resolve.derivation import Need, need_sentences, rejection_steps
from compat.resolve.explain import minimal_set
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.index_source import IndexSource
from compat.resolve.pip.solve import Prepared, Settings, Undecided, prepare, search_or_follow
from compat.resolve.pip.walk import (
    MAX_DEAD_ENDS,
    MAX_PASSED_OVER,
    MAX_PASSED_OVER_IN_A_PART,
    GaveUpError,
    ImpossibleError,
    Walk,
)
from compat.resolve.pip.walk_state import Blocker, Chosen, Story
from compat.resolve.ports import Minor, SearchCutOffError
from compat.resolve.situation import applying_pip, pip_demand

#: Solves for one explanation, and what they may ask of the indexes beyond what the solve itself has asked; and what may
#: be asked for a change that would help, each try of which is another release.
MAX_SOLVES = 400
MAX_QUESTIONS = 400
MAX_QUESTIONS_FOR_A_CHANGE = 24

#: Dead ends that a question about another Python or platform may take: with 400 of them, a walk takes seconds.
MAX_DEAD_ENDS_ELSEWHERE = 100

#: Minors up and down from the target's Python that are tried.
_NEAR_MINORS = 3

#: Sentences of one derivation.
MAX_STEPS = 12


def impossible_part(question: Prepared) -> tuple[PipEntry, ...] | None:
    """Requirements that have no solution among those of *question*, which are too many to search as a whole.

    One alone is looked at, then one with all that are pinned, each with the constraints: what takes more than some
    hundred releases to find is not looked for.
    """
    asked = [entry for entry in question.entries if not entry.constraint]
    pins = [entry for entry in asked if leaves_one_version(entry.requirement)]
    for others in ([], pins) if pins else ([],):
        for one in asked:
            part = tuple(e for e in question.entries if e.constraint or e is one or e in others)
            walk = Walk(question.source, list(map(pip_demand, part)), limit=MAX_PASSED_OVER_IN_A_PART)
            try:
                walk.solve()
            except ImpossibleError as error:
                if error.proved:
                    return part
            except GaveUpError:
                continue
    return None


def explain(question: Prepared, settings: Settings, shared: Shared, part: Sequence[Entry] | None = None) -> Conflict:
    """The smallest set of entries that has no solution, why, and the nearest change; it is in *part* if that is given.

    Where that would take too long, or an index is not reached that the smaller sets need, all entries are told.
    """
    inquiry = IndexInquiry(question, settings, shared)
    entries: tuple[Entry, ...] = question.entries
    core = entries if part is None else tuple(part)
    try:
        core = minimal_set(inquiry.suspects(core), lambda items: inquiry.solve(question.python, items) is not None)
        return find_conflict(inquiry, entries, inquiry, suspects=core)
    except (SearchCutOffError, UnreachedError):
        steps, rejections = inquiry.derive(core, inquiry.pythons, outside=True)
        projects = tuple(map(inquiry.project, core))
        return Conflict(core, projects, python=False, platform=False, steps=steps, rejections=rejections)


class IndexInquiry:
    """`Inquiry` over package indexes, for the target of *question* and its neighbours."""

    def __init__(self, question: Prepared, settings: Settings, shared: Shared) -> None:
        self._question = question
        self._settings = settings._replace(preferred={})
        self._shared = shared
        self._sources: dict[tuple[Minor, bool], IndexSource] = {(question.python, False): question.source}
        self._left = MAX_SOLVES
        self._last_question = self._shared.questions + MAX_QUESTIONS
        self._is_told = False
        self._known: dict[tuple[Minor, bool, bool, frozenset[int]], Mapping[PyPIName, Pick] | None] = {}
        self._stories: dict[frozenset[int], Story] = {}
        self.pythons: tuple[Minor, ...] = (question.python,)

    @property
    def elsewhere(self) -> Sequence[Minor]:
        own = self._question.python
        near = [minor for minor in PYTHON_MINORS if minor != own and abs(minor[1] - own[1]) <= _NEAR_MINORS]
        return [own, *sorted(near, key=lambda minor: (abs(minor[1] - own[1]), -minor[1]))]

    def source(self, python: Minor, *, any_platform: bool = False) -> IndexSource:
        key = python, any_platform
        if key not in self._sources:
            self._sources[key] = prepare(
                self._question.given,
                self._question.target,
                self._shared.packages,
                self._settings,
                self._shared,
                python,
                any_platform=any_platform,
            ).source
        return self._sources[key]

    def releases(self, python: Minor, name: PyPIName, demands: Sequence[Demand]) -> Iterator[Candidate]:
        """Final releases with a wheel that fits; their METADATA is read once one of them is tried."""
        del demands  # all releases can be suggested
        listing = self.source(python).listing(name)
        if isinstance(listing, str):
            return
        for position, text in enumerate(listing.shelf.texts):
            verdict = listing.verdict(position)
            if isinstance(verdict, Reason) or verdict.yanked or not verdict.wheels or "+" in text:
                continue
            if listing.shelf.finals >> position & 1:
                yield listing.candidate(position)

    def project(self, entry: Entry) -> PyPIName:
        assert isinstance(entry, PipEntry)
        return entry.name

    def demands(self, python: Minor, entries: Collection[Entry]) -> list[Demand]:
        pip = [entry for entry in entries if isinstance(entry, PipEntry)]
        return [pip_demand(entry) for entry in applying_pip(pip, self._question.target, python)]

    def solve(
        self, python: Minor, entries: Collection[Entry], *, any_platform: bool = False
    ) -> Mapping[PyPIName, Pick] | None:
        key = python, any_platform, self._is_told, frozenset(map(id, entries))  # the caller keeps the entries
        if key not in self._known:
            source = self.source(python, any_platform=any_platform)
            self._known[key] = self._solve(source, self.demands(python, entries))
        return self._known[key]

    def solve_demands(self, python: Minor, demands: Sequence[Demand]) -> Mapping[PyPIName, Pick] | None:
        return self._solve(self.source(python), demands)

    def _solve(self, source: IndexSource, demands: Sequence[Demand]) -> Mapping[PyPIName, Pick] | None:
        self._left -= 1
        if self._left < 0 or self._shared.questions > self._last_question:
            if self._is_told:
                return None  # the conflict is known, and no change near it was found in time
            raise SearchCutOffError
        found: dict[PyPIName, Chosen] | Undecided | None
        is_elsewhere = source is not self._question.source
        try:
            # A change is only worth as many questions as it takes where most of the rest goes together.
            limit = MAX_PASSED_OVER_IN_A_PART if self._is_told else MAX_PASSED_OVER
            dead_ends = MAX_DEAD_ENDS_ELSEWHERE if is_elsewhere else MAX_DEAD_ENDS
            found = Walk(source, demands, limit=limit, dead_ends=dead_ends).solve()
        except ImpossibleError as error:
            found = None if error.proved else search_or_follow(source, demands)
        except GaveUpError as error:
            if is_elsewhere and not self._is_told:
                raise SearchCutOffError from error
            found = None if self._is_told else search_or_follow(source, demands)
        if isinstance(found, Undecided):
            raise SearchCutOffError
        if found is None:
            return None
        return {name: Pick(one.listing.candidate(one.position), ()) for name, one in found.items()}

    def is_solvable(self, entries: Collection[Entry], pythons: Sequence[Minor], *, any_platform: bool = False) -> bool:
        possible = self.possible_pythons(entries, pythons, any_platform=any_platform)
        return any(self.solve(python, entries, any_platform=any_platform) is not None for python in possible)

    def possible_pythons(
        self, entries: Collection[Entry], pythons: Sequence[Minor], *, any_platform: bool = False
    ) -> list[Minor]:
        """Those of *pythons* for which each of *entries*, taken alone, has a release."""
        return [
            python
            for python in pythons
            if all(
                self.source(python, any_platform=any_platform).matches(demand.requirement.name, [demand])
                for demand in self.demands(python, [e for e in entries if isinstance(e, PipEntry) and not e.constraint])
            )
        ]

    def is_known(self, picks: Mapping[PyPIName, Pick], python: Minor) -> bool:  # noqa: ARG002 - an index knows them all
        return True

    def broken_couplings(self, picks: Mapping[PyPIName, Pick]) -> tuple[Coupling, ...]:  # noqa: ARG002 - the matrix knows those
        return ()

    def derive(
        self, core: Sequence[Entry], pythons: Sequence[Minor], *, outside: bool
    ) -> tuple[tuple[Step, ...], tuple[Rejection, ...]]:
        """What a walk over *core* met, in that order, for the target's Python; rejections where a project had no release."""
        del pythons, outside
        self._is_told = True
        self._last_question = min(self._last_question, self._shared.questions + MAX_QUESTIONS_FOR_A_CHANGE)
        story = self._story(core)
        steps = list(dict.fromkeys(_steps(story)))
        if len(steps) > MAX_STEPS:
            steps[MAX_STEPS - 1 :] = [Step(f"and {len(steps) - MAX_STEPS + 1} more requirements stand in the way")]
        rejections: list[Rejection] = []
        source = self.source(self._question.python)
        with contextlib.suppress(UnreachedError):  # what was read is told
            for name, demands in story.dead_ends().items():
                if demands and not source.matches(name, demands):
                    rejections.extend(source.rejections(name, demands))
        return (*steps, *rejection_steps(rejections)), tuple(rejections)

    def suspects(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Those of *entries* that a walk blames for its last dead end; all of them where that is not the whole reason."""
        story = self._story(entries)
        names = set(story.dead_ends())
        for listing, _, requirement in story.blockers():
            names |= {listing.name, requirement.name}
        found = [entry for entry in entries if self.project(entry) in names]
        if len(found) == len(entries):
            return entries
        return found if self.solve(self._question.python, found) is None else entries

    def _story(self, entries: Collection[Entry]) -> Story:
        key = frozenset(map(id, entries))
        if key in self._stories:
            return self._stories[key]
        python = self._question.python
        walk = Walk(self.source(python), self.demands(python, entries), told=True)
        with contextlib.suppress(ImpossibleError, GaveUpError, UnreachedError):
            walk.solve()
        assert walk.story is not None
        self._stories[key] = walk.story
        return walk.story


def _steps(story: Story) -> Iterator[Step]:
    by_pair: dict[tuple[PyPIName, PyPIName], list[Blocker]] = {}
    for blocker in story.blockers():
        by_pair.setdefault((blocker.listing.name, blocker.requirement.name), []).append(blocker)
    for (name, wanted), found in by_pair.items():
        found.sort(key=lambda blocker: blocker.position)
        candidates = [(blocker.listing.candidate(blocker.position), blocker.requirement) for blocker in found]
        needs = [Need(name, candidate, Demand(needed, None, candidate)) for candidate, needed in candidates]
        yield from need_sentences(name, wanted, needs)
