"""What must hold whatever is chosen: the requirements of every release that is the only one left.

Most conflicts are between pins, and show without any search: following the only candidates leads to a project that no
release satisfies. Each project remembers which root demands it was asked for by, so a clash names its culprits.
"""

from __future__ import annotations

from collections.abc import Sequence

from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Demand
from compat.resolve.ports import CandidateSource

Asked = dict[PyPIName, dict[str, Demand]]
"""Demands by project, each text once: who else asks the same changes nothing."""


def is_constraint(demand: Demand) -> bool:
    """Whether *demand* is of a constraint file: it bounds a project that something else asks for, and installs nothing."""
    return isinstance(demand.entry, PipEntry) and demand.entry.constraint


def propagate(demands: Sequence[Demand], source: CandidateSource) -> tuple[Demand, ...] | None:
    """Root demands that cannot hold together, found by following the projects that have one candidate left.

    None where that shows no clash, which does not mean that there is none.
    """
    asked: Asked = {}
    bounds: Asked = {}
    origins: dict[PyPIName, int] = {}  # a bit for each root demand
    limits: dict[PyPIName, int] = {}
    for position, demand in enumerate(demands):
        group, marks = (bounds, limits) if is_constraint(demand) else (asked, origins)
        name = demand.requirement.name
        group.setdefault(name, {})[demand.requirement.text] = demand
        marks[name] = marks.get(name, 0) | 1 << position
    expanded: set[tuple[PyPIName, frozenset[str]]] = set()
    agenda = list(asked)
    for name in agenda:  # grows while it is walked
        if name in bounds:
            asked[name].update(bounds.pop(name))
            origins[name] |= limits[name]
        matches = source.matches(name, tuple(asked[name].values()))
        if not matches:
            return tuple(demand for position, demand in enumerate(demands) if origins[name] >> position & 1)
        if len(matches) > 1:
            continue
        for extras in {frozenset[str](), *(demand.requirement.extras for demand in asked[name].values())}:
            if (name, extras) in expanded:
                continue
            expanded.add((name, extras))
            for dependency in source.dependencies(matches[0], extras):
                wanted, text = dependency.requirement.name, dependency.requirement.text
                own = asked.setdefault(wanted, {})
                if text not in own:
                    own[text] = dependency
                    origins[wanted] = origins.get(wanted, 0) | origins[name]
                    agenda.append(wanted)
    return None
