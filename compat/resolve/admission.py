"""What a demand admits: versions, labels, and versions that no table lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.environments import CondaEntry
from compat.model.pythons import admits_minor
from compat.model.requirements import Requirement
from compat.model.solutions import Demand
from compat.model.targets import PYTHON_MINORS
from compat.model.versions import to_version

if TYPE_CHECKING:  # read only where there is a matrix
    from compat.model.builds import World
    from compat.model.knowledge import Project

#: A version above every real one: does a range reach beyond the newest release that the matrix knows?
_BEYOND = "999999"


def admits(demand: Demand, version: Version) -> bool:
    """Whether *version* satisfies *demand*; the MatchSpec of a conda entry judges by conda's order."""
    if isinstance(demand.entry, CondaEntry):
        # An exact conda version may be spelled as PEP 440 does not (``2.9.0post0``).
        return demand.entry.spec.matches(str(version)) or version in exact_versions(demand)
    return demand.requirement.public.contains(version, prereleases=True)


def labels_of(demands: Sequence[Demand]) -> tuple[str, ...]:
    """The local labels that *demands* fix."""
    return tuple(dict.fromkeys(label for demand in demands for label in demand.requirement.labels))


def exact_versions(demand: Demand) -> tuple[Version, ...]:
    """The versions that *demand* fixes with ``==``."""
    if isinstance(demand.entry, CondaEntry):
        exact = demand.entry.spec.version.is_exact if demand.entry.spec.version else None
        version = to_version(exact) if exact else None
        return () if version is None else (version,)
    return _pins(demand.requirement)


def _pins(requirement: Requirement) -> tuple[Version, ...]:
    return tuple(
        Version(spec.version)
        for spec in requirement.public
        if spec.operator == "==" and not spec.version.endswith(".*")
    )


def is_open(
    project: Project | None, world: World, demands: Sequence[Demand], python: tuple[int, int], *, conda: bool
) -> bool:
    """Whether some version that *project* does not list could satisfy *demands* on *python*.

    Only a project whose releases are all listed, taken from indexes whose contents are known, is closed: then such a
    version is a pre-release, or newer than the table.
    """
    newest = project.newest if project and project.complete else None
    free = newest is None or world.open or world.nightly or conda
    pins = [version for demand in demands for version in exact_versions(demand)]
    if pins:
        listed = {release.version for release in project.releases} if project else set()
        return any(
            pin not in listed and (free or pin.is_prerelease or (newest is not None and pin > newest))
            for pin in pins
            if all(admits(demand, pin) for demand in demands)
        )
    if conda:
        # A channel may hold versions that the index never had: those that a demand asks for and the table lacks.
        releases = project.releases if project else ()
        return any(not any(admits(demand, release.version) for release in releases) for demand in demands)
    if not free and project is not None and _has_left(project, demands, python):
        return False
    if project is None and len({demand.requirement.text for demand in demands}) == 1:
        return len(demands[0].requirement.public) < 2 or not demands[0].requirement.public.to_range().is_empty
    return _reaches(demands, None if newest is None or world.open or world.nightly else newest)


def _has_left(project: Project, demands: Sequence[Demand], python: tuple[int, int]) -> bool:
    """Whether *demands* admit listed releases, the newest of which is for newer Pythons than *python* only.

    A release that is newer still does not go back to a Python which its project has left.
    """
    newest = project.releases[0].requires_python
    return (
        not admits_minor(newest, python)
        and any(admits_minor(newest, minor) for minor in PYTHON_MINORS if minor > python)
        and any(all(admits(demand, release.version) for demand in demands) for release in project.releases)
    )


def _reaches(demands: Sequence[Demand], newest: Version | None) -> bool:
    """Whether the ranges of *demands* have a version in common, above *newest* if that is given."""
    from packaging.ranges import VersionRange  # a requirement with a range of its own seldom comes this far

    span = VersionRange.full()
    for demand in demands:
        if not isinstance(demand.entry, CondaEntry):
            span = span.intersection(demand.requirement.public.to_range())
        elif newest is not None and not demand.entry.spec.matches(_BEYOND):
            return False
    if newest is not None:
        span = span.intersection(SpecifierSet(f">{newest}").to_range())
    return not span.is_empty
