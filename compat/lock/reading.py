"""A lock as it was read, whoever wrote it: its packages with their markers, and what of them holds on a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from compat.lock.markers import holds
from compat.model.conda_records import CondaRecord
from compat.model.distributions import DistFile
from compat.model.locking import Asker
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.pythons import admits_minor
from compat.model.targets import Target

_NONE: frozenset[str] = frozenset()
_NO_NUMBERS: frozenset[int] = frozenset()


class ReadPackage(NamedTuple):
    """One entry of a lock. ``version`` is "" where the lock does not say (a repository, a folder).

    ``files`` is None where the lock names no files: a requirements file has hashes only, which are in ``hashes``.
    ``extras`` are those that the entry itself names. ``subdirs`` are the platforms that the entry is for, empty for all.
    """

    name: PyPIName
    version: str
    place: Place
    marker: Marker | None = None
    files: tuple[DistFile, ...] | None = None
    hashes: tuple[tuple[str, str], ...] = ()
    index_url: str = ""
    url: str | None = None
    requires_python: str = ""
    dependencies: tuple[PyPIName, ...] = ()
    askers: tuple[Asker, ...] = ()
    extras: frozenset[str] = _NONE
    subdirs: frozenset[str] = _NONE


class ReadRecord(NamedTuple):
    """One conda package of a lock, for the platform ``subdir`` (that of the record may be ``noarch``).

    What the lock does not say of the record is empty, as its fields allow.
    """

    record: CondaRecord
    subdir: str
    place: Place


class Link(NamedTuple):
    """One package asks for another, both by their numbers, where ``marker`` holds.

    ``needs`` is the extra or group that the parent must be asked for with (``extra:NAME``, ``group:NAME``), or "";
    ``extras`` are those that the child is asked for with.
    """

    parent: int
    child: int
    marker: Marker | None = None
    needs: str = ""
    extras: frozenset[str] = _NONE


class ReadLock(NamedTuple):
    """One file. ``kind`` is that of the report's schema; ``creator`` the tool that wrote it, where it says so.

    ``targets`` are pairs of NAME and target text, which only locks of ours give. ``linked`` says that the lock tells
    which package depends on which; without it nothing is said about dependencies. ``roots`` are where the packages
    of a target are found from, along ``links`` and past ``members``, which are not installed from the lock themselves;
    without roots each package has a marker of its own.
    """

    path: str
    kind: str
    packages: tuple[ReadPackage, ...]
    creator: str = ""
    environments: tuple[Marker, ...] = ()
    requires_python: SpecifierSet | None = None
    targets: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, ...] = ()
    groups: frozenset[str] = _NONE
    linked: bool = False
    links: tuple[Link, ...] = ()
    roots: frozenset[int] = _NO_NUMBERS
    members: frozenset[int] = _NO_NUMBERS
    conda: tuple[ReadRecord, ...] = ()
    subdirs: tuple[str, ...] = ()
    """The platforms of a conda lock, in its order; its packages are each for one of them."""
    channels: tuple[str, ...] = ()

    def for_target(
        self, target: Target, extras: frozenset[str] = _NONE, groups: frozenset[str] = _NONE
    ) -> tuple[ReadPackage, ...]:
        """The packages that an installer takes on *target*, which has a Python."""
        chosen = groups or self.groups
        if self.roots:
            reached = self._reach(target, extras, chosen) - self.members
            return tuple(self.packages[number] for number in sorted(reached))
        return tuple(
            package
            for package in self.packages
            if (not package.subdirs or target.subdir in package.subdirs)
            and holds(package.marker, target, extras, chosen)
        )

    def _reach(self, target: Target, extras: frozenset[str], groups: frozenset[str]) -> set[int]:
        """The numbers of the packages that the roots lead to."""
        wanted = ["", *(f"extra:{name}" for name in extras), *(f"group:{name}" for name in groups)]
        pending = [(root, need) for root in self.roots for need in wanted]
        by_parent: dict[tuple[int, str], list[Link]] = {}
        for link in self.links:
            by_parent.setdefault((link.parent, link.needs), []).append(link)
        seen = set(pending)
        chosen = self._encoded(extras, groups)
        while pending:
            for link in by_parent.get(pending.pop(), ()):
                if holds(link.marker, target, chosen, only=True):
                    states = {(link.child, ""), *((link.child, f"extra:{name}") for name in link.extras)} - seen
                    seen |= states
                    pending += states
        return {number for number, _ in seen}

    def _encoded(self, extras: frozenset[str], groups: frozenset[str]) -> frozenset[str]:
        """*extras* and *groups* as uv spells them in the markers of those that exclude each other.

        Source: https://github.com/astral-sh/uv/blob/main/crates/uv-resolver/src/universal_marker.rs
        """
        names = [self.packages[root].name for root in self.roots]
        chosen = [*(("extra", name) for name in extras), *(("group", name) for name in groups)]
        found = frozenset(f"{kind}-{len(name)}-{name}-{own}" for name in names for kind, own in chosen)
        if len(found) < 2:
            return found
        named = " ".join({str(link.marker) for link in self.links if link.marker is not None})
        return frozenset(text for text in found if f'"{text}"' in named)

    def gap(self, target: Target) -> str | None:
        """Why the lock is not for *target* at all, as a clause; None where it is, or does not say."""
        assert target.python is not None, target
        python = f"{target.python[0]}.{target.python[1]}"
        if self.requires_python is not None and not admits_minor(self.requires_python, target.python):
            return f"it is for Python `{self.requires_python}`, not {python}"
        if self.environments:
            covered = any(holds(marker, target) for marker in self.environments)
            return None if covered else f"none of its environments is {target.subdir} with Python {python}"
        if self.targets and not any(_is_for(text, target, python) for _, text in self.targets):
            return f"it is for {' and '.join(f'`{text}`' for _, text in self.targets)}"
        if self.subdirs and target.subdir not in self.subdirs:
            return f"it is for {' and '.join(self.subdirs)}"
        return self._conda_gap(target, python)

    def _conda_gap(self, target: Target, python: str) -> str | None:
        """The same, by the Python that the conda part has; a lock of ours says more than that."""
        if self.targets:
            return None
        versions = {
            each.record.version for each in self.conda if each.subdir == target.subdir and each.record.name == "python"
        }
        if versions and not any(f"{version}.".startswith(f"{python}.") for version in versions):
            return f"it is for Python {' and '.join(sorted(versions))}, not {python}"
        return None

    def preferences(self, target: Target) -> dict[PyPIName, str]:
        """The version of each package that a new solve for *target* should keep.

        A target that the lock is not for yet prefers what the others have, where they agree.
        """
        versions: dict[PyPIName, set[str]] = {}
        for package in self.packages:
            if package.version:
                versions.setdefault(package.name, set()).add(package.version)
        agreed = {name: next(iter(found)) for name, found in versions.items() if len(found) == 1}
        if self.gap(target) is not None:
            return agreed
        return agreed | {package.name: package.version for package in self.for_target(target) if package.version}


def _is_for(text: str, target: Target, python: str) -> bool:
    subdir, *pairs = text.split(",")
    own = dict(_pairs(pairs))
    return subdir == target.subdir and own.get("python", python) == python


def _pairs(texts: list[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        key, _, value = text.partition("=")
        yield key.strip(), value.strip()
