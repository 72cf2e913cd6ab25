"""Solving at the lowest ends: the oldest release that fits of what the files name, the newest of the rest.

The sense is that of ``uv pip compile --resolution lowest-direct``. uv warns about a named project without a lower bound
and takes its very first release, with which hardly anything still runs. Here such a project is taken newest, like one
that nobody names: it has no lower end that somebody stands by.

Source: https://docs.astral.sh/uv/concepts/resolution/#resolution-strategy
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from compat.model.conda_order import BOTTOM
from compat.model.environments import CondaEntry
from compat.model.names import PyPIName
from compat.model.pythons import admits_minor
from compat.model.solutions import Candidate, Demand, Entry, Pick, Rejection
from compat.resolve.ports import CandidateSource
from compat.resolve.propagate import is_constraint
from compat.resolve.question import Minor, Question
from compat.resolve.solve import solve

#: Operators that name an oldest release, or the only ones.
_FROM_BELOW = frozenset({">=", ">", "~=", "==", "==="})


def solve_lowest(question: Question, python: Minor, entries: Collection[Entry]) -> Mapping[PyPIName, Pick] | None:
    """The picks at the lowest ends for one Python, or None where the highest ends do not solve either.

    Raises: SearchCutOffError.
    """
    demands = question.demands(python, entries)
    return solve(demands, LowestFirst(question.source(python), lowest_projects(demands), python))


def lowest_projects(demands: Sequence[Demand]) -> frozenset[PyPIName]:
    """The projects that root *demands* install (a constraint does not) and bound from below (a constraint may)."""
    installed = {demand.requirement.name for demand in demands if not is_constraint(demand)}
    return frozenset(
        demand.requirement.name
        for demand in demands
        if demand.requirement.name in installed and _is_bounded_below(demand)
    )


def _is_bounded_below(demand: Demand) -> bool:
    if isinstance(demand.entry, CondaEntry):
        version = demand.entry.spec.version
        return version is not None and version.cuts[:1] != (BOTTOM,)
    return any(spec.operator in _FROM_BELOW for spec in demand.requirement.public)


class LowestFirst:
    """`CandidateSource` that hands out the candidates of the *lowest* projects oldest first, all else as *source* does.

    Which candidates there are stays the same, so greedy walk, propagation and search need not know. What comes last for
    another reason than its age still does: a yanked release, and one that conda hardly built for *python*.
    """

    def __init__(self, source: CandidateSource, lowest: Collection[PyPIName], python: Minor) -> None:
        self._source = source
        self._lowest = lowest
        self._python = python
        self._turned: dict[int, tuple[Sequence[Candidate], Sequence[Candidate]]] = {}

    def matches(self, name: PyPIName, demands: Sequence[Demand]) -> Sequence[Candidate]:
        found = self._source.matches(name, demands)
        if name not in self._lowest or len(found) < 2:
            return found
        # By identity, and with the key kept alive: a source hands out the same list for the same question.
        known = self._turned.get(id(found))
        if known is None:
            known = self._turned[id(found)] = (found, self._turn(found))
        return known[1]

    def _turn(self, found: Sequence[Candidate]) -> Sequence[Candidate]:
        oldest_first = list(found)[::-1]
        return tuple(sorted(oldest_first, key=lambda candidate: comes_last(candidate, self._python)))

    def dependencies(self, candidate: Candidate, extras: frozenset[str]) -> tuple[Demand, ...]:
        return self._source.dependencies(candidate, extras)

    def is_satisfied(self, demand: Demand, candidate: Candidate) -> bool:
        return self._source.is_satisfied(demand, candidate)

    def rejections(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Rejection, ...]:
        return self._source.rejections(name, demands)


def comes_last(candidate: Candidate, python: Minor) -> bool:
    """Whether `compat.resolve.listing` puts *candidate* after all others, whatever its age."""
    release = candidate.release
    if release is None:
        return False
    return not admits_minor(release.requires_python, python) if candidate.conda else release.yanked is not None
