"""A tiny package universe as a `CandidateSource`, for scenarios and properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.version import Version

from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import parse_requirement
from compat.model.solutions import Candidate, Demand, Reason, Rejection

#: Project to version to requirements; a requirement list of None marks a release without a usable wheel.
Universe = Mapping[str, Mapping[str, Sequence[str] | None]]


class TableSource:
    """Candidates from a table, newest first (or oldest first, for the laws about order)."""

    def __init__(self, universe: Universe, *, newest_first: bool = True) -> None:
        self._universe = {to_pypi_name(name): releases for name, releases in universe.items()}
        self._newest_first = newest_first

    def matches(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Candidate, ...]:
        versions = sorted(map(Version, self._universe.get(name, {})), reverse=self._newest_first)
        return tuple(
            Candidate(name, version)
            for version in versions
            if self._universe[name][str(version)] is not None and all(_admits(d, version) for d in demands)
        )

    def dependencies(self, candidate: Candidate, extras: frozenset[str]) -> tuple[Demand, ...]:
        requires = self._universe[candidate.name][str(candidate.version)] or ()
        return () if extras else tuple(Demand(parse_requirement(text), None, candidate) for text in requires)

    def is_satisfied(self, demand: Demand, candidate: Candidate) -> bool:
        return candidate.version is not None and _admits(demand, candidate.version)

    def rejections(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Rejection, ...]:
        return tuple(
            Rejection(name, Version(version), Reason.WHEEL_PYTHON, f"{name} {version} has no wheel")
            for version, requires in self._universe.get(name, {}).items()
            if requires is None and all(_admits(d, Version(version)) for d in demands)
        )


def _admits(demand: Demand, version: Version) -> bool:
    return demand.requirement.public.contains(version, prereleases=True)


def demands_of(*texts: str) -> list[Demand]:
    """Root demands from requirement strings."""
    return [Demand(parse_requirement(text), None, None) for text in texts]
