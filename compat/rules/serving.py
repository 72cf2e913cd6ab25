"""Which Pythons and platforms the files of a release serve, whatever the target."""

from __future__ import annotations

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY
from compat.model.knowledge import Release
from compat.model.names import PyPIName
from compat.model.pythons import admits_minor
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict
from compat.model.targets import PYTHON_MINORS
from compat.rules.base import Subject


def serving_pythons(release: Release, subdir: str) -> frozenset[tuple[int, int]]:
    """The Python minors that *release* has a wheel for on *subdir*; those of Requires-Python where there is no wheel."""
    wheels = [release.wheels[key] for key in (subdir, "any") if key in release.wheels]
    return frozenset(
        minor
        for minor in PYTHON_MINORS
        if admits_minor(release.requires_python, minor) and (not wheels or any(w.serves(minor) for w in wheels))
    )


def names_no_index(subject: Subject, entry: PipEntry) -> bool:
    """Whether *entry* asks for a local version that no index of the environment holds; the default one holds none."""
    if not entry.requirement.labels or entry.requirement.url is not None:
        return False
    indexes = subject.environment.indexes if entry.indexes is None else entry.indexes
    if entry.name not in TORCH_FAMILY and any(index.role in {"index", "extra", "find-links"} for index in indexes):
        return False  # one that looks like a mirror by its name may be somebody's own
    world = subject.situation.worlds(entry.name)
    if world.every_variant or world.open or world.nightly or world.named:
        return False
    return not any(label in world.variants for label in entry.requirement.labels)


def asked_releases(subject: Subject, conflict: Conflict, name: PyPIName) -> tuple[Release, ...]:
    """The releases of *name*, newest first, that all entries of *conflict* for it admit by version."""
    project = subject.matrix.project(name)
    ranges = [e.requirement.public for e in conflict.entries if isinstance(e, PipEntry) and e.name == name]
    return tuple(
        release
        for release in (project.releases if project is not None else ())
        if all(spec.contains(release.version, prereleases=True) for spec in ranges)
    )


def working_pythons(subject: Subject, conflict: Conflict) -> frozenset[tuple[int, int]]:
    """The Python minors for which every project of *conflict* has a release that its entries admit, as far as is known."""
    found = frozenset(PYTHON_MINORS)
    for name in dict.fromkeys(conflict.projects):
        # The matrix lacks releases that an index has: what they serve is not known here.
        releases = asked_releases(subject, conflict, name)
        found &= frozenset[tuple[int, int]]().union(*(serving_pythons(r, subject.target.subdir) for r in releases))
    return found


def find_release(subject: Subject, name: PyPIName, version: Version) -> Release | None:
    """The release *version* of *name* in the matrix."""
    project = subject.matrix.project(name)
    releases = project.releases if project is not None else ()
    return next((release for release in releases if release.version == version), None)
