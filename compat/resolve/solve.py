"""Solving for one target and one Python: the newest release of everything that fits, as an installer would choose.

Most files need no search: taking the newest candidate that fits of one project after the other already satisfies every
requirement, or following what is pinned shows a clash. Only where neither tells is resolvelib asked, whose import alone costs more than such a file. Both give the
same answer (a property test holds them equal): without a conflict resolvelib never leaves the newest candidate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from compat.model.names import PyPIName
from compat.model.solutions import Candidate, Demand, Pick
from compat.resolve.greedy import Greedy
from compat.resolve.ports import CandidateSource, SearchCutOffError
from compat.resolve.propagate import is_constraint, propagate

#: A search that backtracks more often than this is cut off; the answer is then "unknown", never a conflict.
MAX_ROUNDS = 2000

#: The same for candidates that are tried: a round may try two hundred. The most that one of 1,030 real files takes is 387, and this
#: many take half a second.
MAX_TRIES = 20_000

Identifier = tuple[PyPIName, frozenset[str]]


def solve(demands: Sequence[Demand], source: CandidateSource, rounds: int | None = None) -> dict[PyPIName, Pick] | None:
    """The picks by project, or None where no choice of releases satisfies all *demands*; *rounds* bound a search.

    Raises: SearchCutOffError.
    """
    greedy = Greedy(source)
    if not greedy.start(demands):
        return None  # a root demand has no candidate at all
    if greedy.walk():
        return greedy.picks()
    return None if propagate(demands, source) is not None else search(demands, source, rounds)


def search(
    demands: Sequence[Demand], source: CandidateSource, rounds: int | None = None, tries: float = MAX_TRIES
) -> dict[PyPIName, Pick] | None:
    """The same by backtracking search, of *tries* candidates at most. Raises: SearchCutOffError."""
    from resolvelib import BaseReporter, ResolutionImpossible, ResolutionTooDeep

    from compat.resolve.provider import Chronological, Provider, Steadfast

    bounds: dict[PyPIName, list[Demand]] = {}
    for demand in filter(is_constraint, demands):
        bounds.setdefault(demand.requirement.name, []).append(demand)
    roots = _with_extras(itertools.filterfalse(is_constraint, demands))
    for way in (Chronological, Steadfast):
        provider = Provider(source, bounds, tries)
        # `Resolution` rather than `Resolver`: the latter prunes what the roots no longer reach by a recursion that does
        # not end where two dropped candidates require each other (resolvelib 1.2.1).
        try:
            state = way(provider, BaseReporter()).resolve(roots, max_rounds=rounds or MAX_ROUNDS)
        except ResolutionImpossible:
            return None
        except (ResolutionTooDeep, SearchCutOffError):
            continue  # some exchange two candidates for ever
        picks = _reached(roots, bounds, state.mapping, source)
        if picks is not None:
            return picks
    raise SearchCutOffError


def _reached(
    roots: Sequence[Demand],
    bounds: Mapping[PyPIName, Sequence[Demand]],
    chosen: Mapping[Identifier, Candidate],
    source: CandidateSource,
) -> dict[PyPIName, Pick] | None:
    """The picks that *roots* lead to: a search leaves candidates behind that only a dropped one had asked for.

    None where they do not satisfy all that is asked: re-pinning a project can lose what its new release requires (some
    ten of 200,000 random universes).
    """
    asked: dict[PyPIName, list[Demand]] = {}
    expanded: set[Identifier] = set()
    agenda = list(roots)
    for demand in agenda:  # grows while it is walked
        identifier = demand.requirement.name, demand.requirement.extras
        asked.setdefault(identifier[0], []).append(demand)
        for one in (identifier, (identifier[0], frozenset[str]())):
            if one not in chosen:
                return None
            if one not in expanded:
                expanded.add(one)
                agenda.extend(source.dependencies(chosen[one]._replace(extras=frozenset()), one[1]))
    picks = {
        name: Pick(chosen[name, frozenset()], (*demands, *bounds.get(name, ()))) for name, demands in asked.items()
    }
    holds = all(source.is_satisfied(demand, pick.candidate) for pick in picks.values() for demand in pick.demands)
    return picks if holds else None


def _with_extras(demands: Iterable[Demand]) -> list[Demand]:
    """Each demand with extras also as one without, so that the project itself has its identifier in every solve."""
    found: list[Demand] = []
    for demand in demands:
        found.append(demand)
        if demand.requirement.extras:
            found.append(demand._replace(requirement=demand.requirement._replace(extras=frozenset())))
    return found
