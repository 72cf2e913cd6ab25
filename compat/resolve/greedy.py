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


class Greedy:
    """The state of one walk: what is asked so far, what is chosen, and which projects are still to be chosen."""

    def __init__(self, source: CandidateSource) -> None:
        self._source = source
        self.asked: Asked = {}
        self.bounds: Asked = {}
        self.chosen: dict[PyPIName, Candidate] = {}
        self._matches: dict[PyPIName, tuple[Candidate, ...]] = {}
        self._expanded: dict[PyPIName, set[frozenset[str]]] = {}
        self._waiting: list[tuple[int, PyPIName]] = []

    def start(self, demands: Sequence[Demand]) -> bool:
        """Take the root demands; False where one project has no candidate."""
        for demand in demands:
            group = self.bounds if is_constraint(demand) else self.asked
            group.setdefault(demand.requirement.name, {})[demand.requirement.text] = demand
        return all(self._update(name, {}) for name in list(self.asked))

    def walk(self) -> bool:
        """Choose every project; False where the newest that fits are not enough."""
        while self._waiting:
            number, name = heapq.heappop(self._waiting)
            if name in self.chosen or number != len(self._matches[name]):
                continue  # chosen already, or pushed again with fewer candidates
            if not any(self._take(name, candidate) for candidate in self._matches[name]):
                return False
        return True

    def _take(self, name: PyPIName, candidate: Candidate) -> bool:
        """Choose *candidate* if all that it requires still has a candidate."""
        extras = {frozenset[str](), *(demand.requirement.extras for demand in self.asked[name].values())}
        added: Asked = {}
        for extra in extras:
            for dependency in self._source.dependencies(candidate, extra):
                wanted, text = dependency.requirement.name, dependency.requirement.text
                if text not in self.asked.get(wanted, ()):
                    added.setdefault(wanted, {})[text] = dependency
        if not all(self._is_possible(wanted, own, name, candidate) for wanted, own in added.items()):
            return False
        self.chosen[name] = candidate
        self._expanded[name] = extras
        return all(self._update(wanted, own) for wanted, own in added.items())

    def _is_possible(self, wanted: PyPIName, own: dict[str, Demand], name: PyPIName, candidate: Candidate) -> bool:
        chosen = candidate if wanted == name else self.chosen.get(wanted)
        if chosen is not None:
            if not all(self._source.is_satisfied(demand, chosen) for demand in own.values()):
                return False
            if wanted != name and any(d.requirement.extras not in self._expanded[wanted] for d in own.values()):
                return False  # an extra of a project that is chosen already: left to the search
        known = self.asked.get(wanted) or self.bounds.get(wanted) or {}
        return bool(self._source.matches(wanted, (*known.values(), *own.values())))

    def _update(self, name: PyPIName, own: dict[str, Demand]) -> bool:
        """Add demands to a project, with the constraints on it when it is asked for first."""
        asked = self.asked.setdefault(name, {})
        asked.update(own)
        asked.update(self.bounds.pop(name, {}))
        matches = self._matches[name] = self._source.matches(name, tuple(asked.values()))
        if name not in self.chosen:
            heapq.heappush(self._waiting, (len(matches), name))
        return bool(matches)

    def picks(self) -> dict[PyPIName, Pick]:
        """What was chosen, by project."""
        return {name: Pick(candidate, tuple(self.asked[name].values())) for name, candidate in self.chosen.items()}
