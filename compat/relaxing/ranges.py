"""Bounds as sets: which known releases they admit, and what is left of them when some must go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.conda_version import parse_version_spec
from compat.model.relaxation import Bounds
from compat.model.versions import to_version

#: So many excluded releases at the end of a range read worse than an earlier end.
_RIDDLED = 3


@lru_cache(maxsize=4096)
def specifier_of(text: str) -> SpecifierSet:
    """The specifier set that *text* spells."""
    return SpecifierSet(text)


def admits(bounds: Bounds, version: Version) -> bool:
    """Whether *bounds* admit *version*, by the order of PEP 440, or by conda's where they hold a conda version."""
    text = str(bounds)
    try:
        return specifier_of(text).contains(version, prereleases=True)
    except ValueError:
        return parse_version_spec(text).matches(str(version))


def without(
    bounds: Bounds, gone: Iterable[Version], known: Collection[Version], pinned: Version | None = None
) -> Bounds:
    """*bounds* without the versions *gone*, of the releases *known*.

    Where everything known from some release on goes, the range ends before it; else each one is excluded by ``!=``, and
    so it is where an end would shut out *pinned*: ``<2.0.0`` admits no 2.0.0rc1.
    """
    inside = sorted(version for version in known if admits(bounds, version))
    lost = {version for version in gone if version in inside}
    if not lost:
        return bounds
    tail: list[Version] = []
    while inside and inside[-1] in lost and (pinned is None or _ends_above(inside[-1], pinned)):
        tail.append(inside.pop())
    holes = [str(version) for version in inside if version in lost]
    kept = [hole for hole in bounds.excluded if not tail or (found := to_version(hole)) is None or found < tail[-1]]
    excluded = tuple(dict.fromkeys((*kept, *holes)))
    if tail:
        return Bounds(bounds.lower, str(tail[-1]), excluded=excluded)
    return bounds._replace(excluded=excluded)


def _ends_above(version: Version, pinned: Version) -> bool:
    """Whether ``<version`` admits *pinned*."""
    return specifier_of(f"<{version}").contains(pinned, prereleases=True)


def tidy(bounds: Bounds, known: Iterable[Version]) -> Bounds:
    """*bounds* that end where nothing known is left above, instead of excluding one release after the other there."""
    open_bounds = bounds._replace(excluded=())
    inside = sorted(version for version in known if admits(open_bounds, version))
    tail: list[Version] = []
    while inside and str(inside[-1]) in bounds.excluded:
        tail.append(inside.pop())
    if len(tail) < _RIDDLED or not inside:
        return bounds
    gone = {str(version) for version in tail}
    return Bounds(bounds.lower, str(tail[-1]), excluded=tuple(v for v in bounds.excluded if v not in gone))
