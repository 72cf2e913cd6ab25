"""Taking the newest candidate that fits of one project after the other, without ever going back.

The order is the provider's: the project with the fewest candidates first, then by name. Where this comes through, the
search would have come to the same end (a property test holds them equal).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from compat.model.names import PyPIName
from compat.model.solutions import Candidate, Demand, Pick
from compat.resolve.ports import CandidateSource
from compat.resolve.propagate import Asked, is_constraint

Identifier = tuple[PyPIName, frozenset[str]]


class _TakesSearchError(Exception):
    """An earlier choice stands in the way, which the search would take back."""


class Greedy:
    """The state of one walk: what is asked so far, what is chosen, and which projects are still to be chosen."""

    def __init__(self, source: CandidateSource) -> None:
        self._source = source
        self.asked: Asked = {}
        self.bounds: Asked = {}
        self.chosen: dict[PyPIName, Candidate] = {}
        self._matches: dict[PyPIName, Sequence[Candidate]] = {}
        self._expanded: set[Identifier] = set()
        self._waiting: list[tuple[int, PyPIName]] = []

    def start(self, demands: Sequence[Demand]) -> bool:
        """Take the root demands; False where one project has no candidate."""
        for demand in demands:
            group = self.bounds if is_constraint(demand) else self.asked
            group.setdefault(demand.requirement.name, {})[demand.requirement.text] = demand
        for name in list(self.asked):
            own = {**self.asked[name], **self.bounds.get(name, {})}
            matches = self._source.matches(name, tuple(own.values()))
            if not matches:
                return False
            self._add(name, own, matches)
        return True

    def walk(self) -> bool:
        """Choose every project; False where the newest that fits are not enough."""
        while self._waiting:
            number, name = heapq.heappop(self._waiting)
            if name in self.chosen or number != len(self._matches[name]):
                continue  # chosen already, or pushed again with fewer candidates
            try:
                if not any(self._take(name, candidate) for candidate in self._matches[name]):
                    return False
            except _TakesSearchError:
                return False
        return True

    def _take(self, name: PyPIName, candidate: Candidate) -> bool:
        """Choose *candidate* if all that it requires still has a candidate."""
        added, expanded = self._required(name, candidate)
        matches: dict[PyPIName, Sequence[Candidate]] = {}
        for wanted, own in added.items():
            found = self._matches_with(wanted, own, candidate if wanted == name else self.chosen.get(wanted))
            if not found:
                return False
            matches[wanted] = found
        self.chosen[name] = candidate
        self._expanded |= expanded
        for wanted, own in added.items():
            self._add(wanted, own, matches[wanted])
        return True

    def _required(self, name: PyPIName, candidate: Candidate) -> tuple[Asked, set[Identifier]]:
        """What *candidate* requires that is not asked yet, also by extras it brings to projects that are chosen."""
        extras = {frozenset[str](), *(demand.requirement.extras for demand in self.asked[name].values())}
        agenda = [(candidate, extra) for extra in extras]
        expanded = {(name, extra) for extra in extras}
        added: Asked = {}
        for chosen, extra in agenda:  # grows while it is walked
            for dependency in self._source.dependencies(chosen, extra):
                wanted, text = dependency.requirement.name, dependency.requirement.text
                if text in self.asked.get(wanted, ()):
                    continue
                added.setdefault(wanted, {})[text] = dependency
                other = candidate if wanted == name else self.chosen.get(wanted)
                identifier = wanted, dependency.requirement.extras
                if other is not None and identifier not in expanded and identifier not in self._expanded:
                    expanded.add(identifier)
                    agenda.append((other, identifier[1]))
        return added, expanded

    def _matches_with(self, wanted: PyPIName, own: dict[str, Demand], chosen: Candidate | None) -> Sequence[Candidate]:
        """The candidates of *wanted* once *own* is asked too.

        Raises: _TakesSearchError where there are some, but not the one that is *chosen* already.
        """
        known = self.asked.get(wanted) or self.bounds.get(wanted)
        matches = self._source.matches(wanted, (*known.values(), *own.values()) if known else tuple(own.values()))
        if matches and chosen is not None and not all(self._source.is_satisfied(d, chosen) for d in own.values()):
            raise _TakesSearchError
        return matches

    def _add(self, name: PyPIName, own: dict[str, Demand], matches: Sequence[Candidate]) -> None:
        """Add demands to a project, with the constraints on it when it is asked for first."""
        asked = self.asked.setdefault(name, {})
        asked.update(own)
        asked.update(self.bounds.pop(name, {}))
        self._matches[name] = matches
        if matches[0].version is None:
            self.chosen[name] = matches[0]  # requires nothing, and fits whatever leaves a version open
        elif name not in self.chosen:
            heapq.heappush(self._waiting, (len(matches), name))

    def picks(self) -> dict[PyPIName, Pick]:
        """What was chosen, by project."""
        return {name: Pick(candidate, tuple(self.asked[name].values())) for name, candidate in self.chosen.items()}
