"""What must hold whatever is chosen: the requirements of every release that is the only one left.

Most conflicts show without any search: following the only candidates, and leaving out those that exclude all of another
project's, leads to a project that no release satisfies. Each project remembers which root demands bear on it, so a
clash names its culprits.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Candidate, Demand
from compat.resolve.admission import exact_versions
from compat.resolve.ports import CandidateSource

Asked = dict[PyPIName, dict[str, Demand]]
"""Demands by project, each text once: who else asks the same changes nothing."""

#: Projects with more candidates than this are not looked through one by one: a search is as quick.
MAX_CANDIDATES = 250

_BASE: frozenset[str] = frozenset()


def is_constraint(demand: Demand) -> bool:
    """Whether *demand* is of a constraint file: it bounds a project that something else asks for, and installs nothing."""
    return isinstance(demand.entry, PipEntry) and demand.entry.constraint


def propagate(demands: Sequence[Demand], source: CandidateSource) -> tuple[Demand, ...] | None:
    """Root demands that cannot hold together, found without a search.

    None where that shows no clash, which does not mean that there is none.
    """
    walk = _Walk(demands, source)
    clash = walk.follow(list(walk.asked))
    while clash is None:
        clash, narrowed = walk.narrow()
        if clash is None and not narrowed:
            return None
        if clash is None:
            clash = walk.follow(narrowed)
    return tuple(demand for position, demand in enumerate(demands) if clash >> position & 1)


class _Walk:
    """Demands by project and, as bits, the root demands that bear on each. A clash is the bits of its culprits."""

    def __init__(self, demands: Sequence[Demand], source: CandidateSource) -> None:
        self._source = source
        self.asked: Asked = {}
        self._bounds: Asked = {}
        self._origins: dict[PyPIName, int] = {}
        self._limits: dict[PyPIName, int] = {}
        self._expanded: set[tuple[PyPIName, frozenset[str]]] = set()
        self._only: dict[PyPIName, Candidate] = {}
        for position, demand in enumerate(demands):
            is_bound = is_constraint(demand)
            group, marks = (self._bounds, self._limits) if is_bound else (self.asked, self._origins)
            name = demand.requirement.name
            group.setdefault(name, {})[demand.requirement.text] = demand
            marks[name] = marks.get(name, 0) | 1 << position

    def follow(self, agenda: list[PyPIName]) -> int | None:
        """Ask for what the only candidates require, until nothing is new; the clash where a project has no candidate."""
        for name in agenda:  # grows while it is walked
            if name in self._bounds:
                self.asked[name].update(self._bounds.pop(name))
                self._origins[name] |= self._limits[name]
            only = self._only.get(name)
            if only is None:
                matches = self._source.matches(name, tuple(self.asked[name].values()))
                if not matches:
                    return self._origins[name]
                if len(matches) > 1:
                    continue
                only = matches[0]
            elif not all(self._source.is_satisfied(demand, only) for demand in self.asked[name].values()):
                return self._origins[name]
            for extras in {_BASE, *(demand.requirement.extras for demand in self.asked[name].values())}:
                if (name, extras) not in self._expanded:
                    self._expanded.add((name, extras))
                    self._ask(self._source.dependencies(only, extras), self._origins[name], agenda)
        return None

    def _ask(self, dependencies: Sequence[Demand], origin: int, agenda: list[PyPIName]) -> None:
        for dependency in dependencies:
            wanted, text = dependency.requirement.name, dependency.requirement.text
            own = self.asked.setdefault(wanted, {})
            if text not in own:
                own[text] = dependency
                self._origins[wanted] = self._origins.get(wanted, 0) | origin
                agenda.append(wanted)

    def narrow(self) -> tuple[int | None, list[PyPIName]]:
        """Leave out candidates that exclude all of another project's: a clash, or the projects with one candidate left."""
        narrowed: list[PyPIName] = []
        for name, own in self.asked.items():
            matches = self._source.matches(name, tuple(own.values()))
            if name in self._only or not 1 < len(matches) <= MAX_CANDIDATES:
                continue
            left: list[Candidate] = []
            against = 0
            extras = {_BASE, *(demand.requirement.extras for demand in own.values())}
            for candidate in matches:
                blocker = self._blocker(name, candidate, extras)
                if blocker is None:
                    left.append(candidate)
                    if len(left) > 1:
                        break
                else:
                    against |= self._origins[blocker]
            if not left:
                return self._origins[name] | against, []
            if len(left) == 1:
                self._origins[name] |= against
                self._only[name] = left[0]
                narrowed.append(name)
        return None, narrowed

    def _blocker(
        self, name: PyPIName, candidate: Candidate, extras: Iterable[frozenset[str]], *, deeper: bool = True
    ) -> PyPIName | None:
        """A project that is left without a candidate if *candidate* is chosen; *name* where that is one it brings.

        What it pins exactly is looked through too: a project that is split by platform is two steps from what it needs.
        """
        for dependency in itertools.chain.from_iterable(self._source.dependencies(candidate, e) for e in extras):
            wanted = dependency.requirement.name
            own = self.asked.get(wanted)
            if own is None:
                if deeper and exact_versions(dependency):
                    matches = self._source.matches(wanted, (dependency,))
                    if not matches:
                        return name
                    further = {_BASE, dependency.requirement.extras}
                    blocker = self._blocker(name, matches[0], further, deeper=False) if len(matches) == 1 else None
                    if blocker is not None:
                        return blocker
                continue
            if dependency.requirement.text in own or wanted == name:
                continue
            only = self._only.get(wanted)
            if only is not None and not self._source.is_satisfied(dependency, only):
                return wanted
            if not self._source.matches(wanted, (*own.values(), dependency)):
                return wanted
        return None
