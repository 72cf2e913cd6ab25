"""Conflicts between the pip part and the conda part: which torch pip brings, and what conda compiled for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.builds import TORCH_FAMILY
from compat.model.knowledge import Release
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Provided
from compat.rules.base import Subject

_TORCH = PyPIName("torch")


class Broken(NamedTuple):
    """A conda build of torchvision, torchaudio or torchtext, the torch it was built for, and who brings another."""

    companion: Provided
    built_for: Version
    bringer: PipEntry


def broken_builds(subject: Subject, conflict: Conflict) -> tuple[Broken, ...]:
    """The conda builds that cannot load any torch which the pip side of *conflict* brings; empty where one may.

    A compiled extension of torch is good for its minor release only.
    """
    for entry in [entry for entry in conflict.entries if isinstance(entry, PipEntry)]:
        asked = _torch_ranges(subject, entry)
        if not asked:
            continue
        found = []
        for companion in subject.situation.provided:
            if companion.name in TORCH_FAMILY - {_TORCH} and companion.name not in subject.situation.overlaps:
                built_for = _built_for(subject, companion)
                if built_for and not any(_can_be(subject, minor, asked) for minor in map(_minor, built_for)):
                    found.append(Broken(companion, built_for[0], entry))
        if found:
            return tuple(found)
    return ()


def _torch_ranges(subject: Subject, entry: PipEntry) -> list[SpecifierSet]:
    """What *entry* asks of torch: itself, or by each release that it admits; empty where one of them asks nothing."""
    if entry.name == _TORCH:
        return [entry.requirement.public] if entry.requirement.specifier else []
    found: dict[str, SpecifierSet] = {}
    for release in _admitted(subject, entry.name, entry.requirement.public.contains):
        own = [r.public for r in release.requires_for(subject.target.subdir) if r.name == _TORCH]
        if not own or not str(own[0]):
            return []
        found[str(own[0])] = own[0]
    return list(found.values())


def _built_for(subject: Subject, companion: Provided) -> list[Version]:
    """The torch releases that the releases of *companion* are pinned to, newest first; empty where one is not."""
    found: list[Version] = []
    for release in _admitted(subject, companion.name, lambda version: companion.entry.spec.matches(str(version))):
        pins = [s.version for r in release.requires if r.name == _TORCH for s in r.public if s.operator == "=="]
        if not pins or pins[0].endswith(".*"):
            return []
        found.append(Version(pins[0]))
    return found


def _admitted(subject: Subject, name: PyPIName, admits: Callable[[Version], bool]) -> Iterator[Release]:
    project = subject.matrix.project(name)
    return (release for release in (project.releases if project is not None else ()) if admits(release.version))


def _can_be(subject: Subject, minor: tuple[int, int], asked: list[SpecifierSet]) -> bool:
    """Whether a torch release of *minor* satisfies any of *asked*."""
    project = subject.matrix.project(_TORCH)
    releases = [r.version for r in project.releases if _minor(r.version) == minor] if project is not None else []
    # Without a list of releases nothing is excluded.
    return not releases or any(specifier.contains(version) for specifier in asked for version in releases)


def _minor(version: Version) -> tuple[int, int]:
    return version.major, version.minor
