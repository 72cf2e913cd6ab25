"""The packages of several targets as the packages of one file: what is the same stands once, with all its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from compat.lock.askers import sort_askers
from compat.lock.markers import Environment, environment_of, tell_apart
from compat.lock.names import to_target_text
from compat.model.distributions import DistFile
from compat.model.locking import LockedPackage, LockedTarget
from compat.model.names import PyPIName

_Key = tuple[str, str, str, str, str]
"""Name, version, index, URL, Requires-Python: what two packages share that are one."""


class Entry(NamedTuple):
    """A package of the file. ``marker`` is None where it is for every target. ``dependencies`` are places in the file."""

    package: LockedPackage
    marker: str | None
    dependencies: tuple[int, ...]


def find_clash(targets: Sequence[LockedTarget]) -> str | None:
    """Why *targets* cannot share a file, as a clause; None where they can.

    Those that markers cannot tell apart share one all the same, where the same packages are locked for them.
    """
    first: dict[Environment, LockedTarget] = {}
    for locked in targets:
        other = first.setdefault(environment_of(locked.target), locked)
        if {_key(package) for package in other.packages} != {_key(package) for package in locked.packages}:
            names = f"`{to_target_text(other.target)}` and `{to_target_text(locked.target)}`"
            return f"no marker tells {names} apart, for which different packages are locked"
    return None


def merge(targets: Sequence[LockedTarget]) -> tuple[Entry, ...]:
    """The packages of *targets*, which do not clash, by name and version."""
    found: dict[_Key, list[tuple[Environment, LockedPackage]]] = {}
    among = [environment_of(locked.target) for locked in targets]
    for environment, locked in zip(among, targets, strict=True):
        for package in locked.packages:
            found.setdefault(_key(package), []).append((environment, package))
    counts = Counter(key[0] for key in found)  # a version is only looked at where it decides
    ordered = sorted(found, key=lambda key: (key[0], _version(key) if counts[key[0]] > 1 else None, key))
    numbers = {key: number for number, key in enumerate(ordered)}
    by_environment = [_by_name(locked, numbers) for locked in targets]
    asked: dict[int, set[int]] = {number: set() for number in range(len(ordered))}
    for locked, names in zip(targets, by_environment, strict=True):
        for package in locked.packages:
            asked[names[package.name]].update(names[name] for name in package.dependencies if name in names)
    entries = []
    for number, key in enumerate(ordered):
        wanted = [environment for environment, _ in found[key]]
        package = _join([package for _, package in found[key]])
        entries.append(Entry(package, tell_apart(wanted, among), tuple(sorted(asked[number]))))
    return tuple(entries)


def _by_name(locked: LockedTarget, numbers: Mapping[_Key, int]) -> dict[PyPIName, int]:
    return {package.name: numbers[_key(package)] for package in locked.packages}


def _key(package: LockedPackage) -> _Key:
    return (package.name, package.version, package.index_url, package.url or "", package.requires_python)


def _version(key: _Key) -> Any:  # noqa: ANN401 - a Version, and nothing else is compared with it
    from packaging.version import InvalidVersion, Version

    try:
        return Version(key[1])
    except InvalidVersion:
        return Version("0")


def _join(packages: Sequence[LockedPackage]) -> LockedPackage:
    """One package for several targets: all files, each once, and all who ask for it."""
    files = sort_files(file for package in packages for file in package.files)
    askers = sort_askers(asker for package in packages for asker in package.askers)
    return packages[0]._replace(files=files, askers=askers)


def sort_files(files: Iterable[DistFile]) -> tuple[DistFile, ...]:
    """Each file once, wheels by name, then sdists: an order that does not depend on targets."""
    unique = {file.name: file for file in files}
    return tuple(sorted(unique.values(), key=lambda file: (not file.is_wheel, file.name)))
