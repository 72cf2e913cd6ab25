"""What changed between two locks, of whatever formats: package by package, for each target that both are for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from compat.lock.families import family_of
from compat.lock.reading import ReadLock, ReadPackage, ReadRecord
from compat.model.conda_order import InvalidVersion
from compat.model.conda_version import parse_conda_version
from compat.model.lock_changes import FAMILIES, Change, HashChange, LockDiff, OnTarget, Side
from compat.model.names import PyPIName
from compat.model.targets import Target
from compat.model.versions import to_version

#: What a format has room for, where that is not both.
_HOLDS = {
    "pylock": frozenset({"pip"}),
    "uv-lock": frozenset({"pip"}),
    "requirements": frozenset({"pip"}),
    "explicit": frozenset({"conda"}),
}
_BOTH = frozenset({"conda", "pip"})

_Hashes = Mapping[str, Mapping[str, frozenset[str]]]
"""File name, or "" where none is said, to algorithm to digests."""


class Compared(NamedTuple):
    """A target by its NAME, as each lock is asked for it: they may differ in Python. None where a lock is not for it."""

    name: str
    old: Target | None
    new: Target | None


class _Package(NamedTuple):
    side: Side
    build: str
    hashes: _Hashes


def diff_locks(old: ReadLock, new: ReadLock, targets: Sequence[Compared]) -> LockDiff:
    """The changes from *old* to *new*. Every target has a Python.

    Of locks that hold extras and groups all are compared. Which of the wheels of a release is listed is no change.
    """
    found: list[Change] = []
    same = 0
    parts: tuple[set[str], set[str]] = set(), set()
    holds = tuple(_HOLDS.get(lock.kind, _BOTH) for lock in (old, new))
    for name, old_target, new_target in targets:
        if old_target is None or new_target is None:
            continue
        before, after = _packages(old, old_target), _packages(new, new_target)
        parts[0].update(ecosystem for ecosystem, _ in before if ecosystem not in holds[1])
        parts[1].update(ecosystem for ecosystem, _ in after if ecosystem not in holds[0])
        before, after = (
            {key: one for key, one in each.items() if key[0] in holds[0] & holds[1]} for each in (before, after)
        )
        changes = [*_compare(name, before, after)]
        changed = sum(change.old is not None and change.new is not None for change in changes)
        same += len(before.keys() & after.keys()) - changed
        found += changes
    channels = (old.channels, new.channels)
    return LockDiff(
        old=old.path,
        new=new.path,
        targets=tuple(one.name for one in targets if one.old is not None and one.new is not None),
        changes=tuple(_merge(found)),
        same=same,
        only_old=tuple(one.name for one in targets if one.new is None),
        only_new=tuple(one.name for one in targets if one.old is None),
        parts_old=tuple(sorted(parts[0])),
        parts_new=tuple(sorted(parts[1])),
        channels=channels if all(channels) and [*map(_address, channels[0])] != [*map(_address, channels[1])] else None,
    )


def _address(channel: str) -> str:
    """Where conda looks for a channel that is given by its name."""
    return channel.rstrip("/") if "://" in channel else f"https://conda.anaconda.org/{channel}"


def is_for(lock: ReadLock, target: Target) -> bool:
    """Whether *lock* has something to say of *target*: a lock of conda's by its platforms, others by their markers."""
    if lock.subdirs:
        return target.subdir in lock.subdirs
    return lock.gap(target) is None


def _packages(lock: ReadLock, target: Target) -> dict[tuple[str, str], _Package]:
    """By ecosystem and name. Of one that stands there twice, the last."""
    found: dict[tuple[str, str], _Package] = {}
    for record in lock.conda:
        if record.subdir == target.subdir:
            found["conda", record.record.name] = _conda(record)
    extras, groups = (frozenset(_needs(lock, kind)) for kind in ("extra", "group"))
    for package in lock.for_target(target, extras, groups):
        found["pip", package.name] = _pip(package)
    return found


def _needs(lock: ReadLock, kind: str) -> Iterator[PyPIName]:
    for link in lock.links:
        one, _, name = link.needs.partition(":")
        if one == kind and link.parent in lock.roots:
            yield PyPIName(name)


def _conda(read: ReadRecord) -> _Package:
    record = read.record
    hashes = {
        algorithm: frozenset((digest,))
        for algorithm, digest in (("sha256", record.sha256), ("md5", record.md5))
        if digest
    }
    return _Package(Side(record.version, record.channel.rstrip("/")), record.build, {record.file_name: hashes})


def _pip(package: ReadPackage) -> _Package:
    hashes: dict[str, dict[str, set[str]]] = {}
    for file in package.files or ():
        for algorithm, digest in file.hashes:
            hashes.setdefault(file.name, {}).setdefault(algorithm, set()).add(digest)
    for algorithm, digest in package.hashes:
        hashes.setdefault("", {}).setdefault(algorithm, set()).add(digest)
    frozen = {name: {key: frozenset(value) for key, value in one.items()} for name, one in hashes.items()}
    origin = package.url.partition("#")[0] if package.url is not None else package.index_url.rstrip("/")
    return _Package(Side(package.version, origin), "", frozen)


def _compare(
    target: str, old: Mapping[tuple[str, str], _Package], new: Mapping[tuple[str, str], _Package]
) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        ecosystem, name = key
        before, after = old.get(key), new.get(key)
        hashes: tuple[HashChange, ...] = ()
        if before is None or after is None:
            kind = "added" if before is None else "removed"
        else:
            hashes = tuple(_contradictions(target, before.hashes, after.hashes))
            kind = _kind(ecosystem, before, after, differs=bool(hashes))
        if not kind:
            continue
        on = OnTarget(target, before.build if before else "", after.build if after else "")
        sides = (before.side if before else None, after.side if after else None)
        yield Change(family_of(name), name, ecosystem, kind, *sides, (on,), hashes if kind == "hashes" else ())


def _kind(ecosystem: str, old: _Package, new: _Package, *, differs: bool) -> str:
    """The first that applies; "" for the same. What one of the locks does not say is no change."""
    if old.side.version != new.side.version and old.side.version and new.side.version:
        return _direction(ecosystem, old.side.version, new.side.version)
    if old.build != new.build and old.build and new.build:
        return "rebuilt"
    if old.side.origin != new.side.origin and old.side.origin and new.side.origin:
        return "moved"
    return "hashes" if differs else ""


def _direction(ecosystem: str, old: str, new: str) -> str:
    """By the order of the ecosystem, which for ``1.0+cu118`` and ``1.0`` are opposite ones."""
    if ecosystem == "conda":
        try:
            before, after = parse_conda_version(old), parse_conda_version(new)
        except InvalidVersion:
            return "changed"
        if before == after:
            return "changed"
        return "upgraded" if before < after else "downgraded"
    first, second = to_version(old), to_version(new)
    if first is None or second is None or first == second:
        return "changed"
    return "upgraded" if first < second else "downgraded"


def _contradictions(target: str, old: _Hashes, new: _Hashes) -> Iterator[HashChange]:
    """Files of one name with different digests; where a lock names no files, no digest in common at all."""
    for file in sorted(old.keys() & new.keys() - {""}):
        for algorithm in sorted(old[file].keys() & new[file].keys()):
            before, after = old[file][algorithm], new[file][algorithm]
            if not before & after:
                yield HashChange(target, file, algorithm, min(before), min(after))
    if "" not in old and "" not in new:
        return
    all_old, all_new = _all(old), _all(new)
    for algorithm in sorted(all_old.keys() & all_new.keys()):
        if not all_old[algorithm] & all_new[algorithm]:
            yield HashChange(target, "", algorithm, min(all_old[algorithm]), min(all_new[algorithm]))


def _all(hashes: _Hashes) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in hashes.values():
        for algorithm, digests in one.items():
            found[algorithm] = found.get(algorithm, frozenset()) | digests
    return found


def _merge(changes: Iterable[Change]) -> Iterator[Change]:
    """One change for all targets on which the same happened, by family and name."""
    merged: dict[Change, list[Change]] = {}
    for change in changes:
        merged.setdefault(change._replace(targets=(), hashes=()), []).append(change)
    for bare in sorted(merged, key=lambda one: (FAMILIES.index(one.family), one.name, one.ecosystem, *_order(one))):
        several = merged[bare]
        on = tuple(each for one in several for each in one.targets)
        yield bare._replace(targets=on, hashes=tuple(each for one in several for each in one.hashes))


def _order(change: Change) -> tuple[Side, Side]:
    """The same for a change and for its reverse."""
    sides = sorted(side or Side("") for side in (change.old, change.new))
    return sides[0], sides[1]
