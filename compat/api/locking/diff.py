"""``diff``: what changed between two lock files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from compat.api.locking.reading import read_lock
from compat.api.project import config as find_config
from compat.api.roots import DEFAULT_TARGETS, load, parse_targets
from compat.lock import ReadLock, to_file_names
from compat.lock.diff import Compared, is_for
from compat.lock.diff import diff_locks as compare
from compat.model.errors import UsageError
from compat.model.knowledge import Matrix
from compat.model.lock_changes import LockDiff
from compat.model.targets import SUBDIRS, Target
from compat.resolve.pip.wheel_fit import with_glibc

_Pair = tuple[Target | None, Target | None]


def diff_locks(old: str, new: str, *, targets: Sequence[str] = ()) -> LockDiff:
    """What changed from the lock at *old* to that at *new*, whatever formats they have.

    Without *targets*, those that the locks name themselves, else the platforms that they hold packages for, else the
    usual ones. Raises: UsageError where a file does not exist, locks nothing, or neither is for *targets*; FileProblem
    where one does not parse.
    """
    before, after = read_lock(old), read_lock(new)
    for lock in (before, after):
        if not (lock.packages or lock.conda or lock.targets or lock.subdirs or lock.creator):
            raise UsageError(f"`{lock.path}` locks nothing", hint="name two lock files")
    matrix, _ = load(find_config([new]).names)
    pairs = list(_given(parse_targets(targets, matrix), before, after)) if targets else _own(before, after, matrix)
    pairs = [pair for pair in pairs if pair != (None, None)]
    if not pairs:
        raise UsageError(f"neither lock is for {' or '.join(f'`{text}`' for text in targets or DEFAULT_TARGETS)}")
    names = to_file_names([right or left for left, right in pairs if (right or left) is not None])  # type: ignore[misc]
    return compare(before, after, [Compared(name, *pair) for name, pair in zip(names, pairs, strict=True)])


def _given(targets: Sequence[Target], old: ReadLock, new: ReadLock) -> Iterator[_Pair]:
    """*targets* for each lock that is for them."""
    for target in dict.fromkeys(targets):
        pair = _filled(target, old, new), _filled(target, new, old)
        left, right = (one if is_for(lock, one) else None for lock, one in zip((old, new), pair, strict=True))
        yield left, right


def _own(old: ReadLock, new: ReadLock, matrix: Matrix) -> list[_Pair]:
    """The targets that the locks name, paired by platform where each has one for it, else by all that is said of them."""
    left, right = (_named(lock, matrix) for lock in (old, new))
    if not left or not right:
        return list(_given(right or left or parse_targets(DEFAULT_TARGETS, matrix), old, new))
    partner = {target: _partner(target, left, right) for target in right}
    pairs: list[_Pair] = [(partner[target], target) for target in right]
    pairs += [(target, None) for target in left if target not in partner.values()]
    return [(one and _filled(one, old, new), two and _filled(two, new, old)) for one, two in pairs]


def _partner(target: Target, left: Sequence[Target], right: Sequence[Target]) -> Target | None:
    same = [other for other in left if other.subdir == target.subdir]
    if len(same) == 1 and sum(other.subdir == target.subdir for other in right) == 1:
        return same[0]
    return next((other for other in same if other == target), None)


def _named(lock: ReadLock, matrix: Matrix) -> list[Target]:
    texts = [text for _, text in lock.targets] or [subdir for subdir in lock.subdirs if subdir in SUBDIRS]
    return list(dict.fromkeys(parse_targets(texts, matrix))) if texts else []


def _filled(target: Target, lock: ReadLock, other: ReadLock) -> Target:
    """*target* with a Python, for the markers of the pip part: that of *lock*, else of *other*, else of this process."""
    if target.python is None:
        found = next((python for one in (lock, other) for python in _pythons(target, one)), None)
        target = target._replace(python=found or sys.version_info[:2])
    return with_glibc(target)


def _pythons(target: Target, lock: ReadLock) -> Iterator[tuple[int, int]]:
    for record in lock.conda:
        if record.subdir == target.subdir and record.record.name == "python":
            major, _, rest = record.record.version.partition(".")
            minor = rest.partition(".")[0]
            if major.isdigit() and minor.isdigit():
                yield int(major), int(minor)
