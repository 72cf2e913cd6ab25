"""Which locks an export is made from: the one that is named, with those that belong to it, or one beside the input."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compat.api.locking.check import check_locks
from compat.api.locking.files import format_of, is_whole, name_in
from compat.api.locking.find import find_locks
from compat.api.locking.options import LockOptions
from compat.api.locking.reading import is_own
from compat.model.diagnostics import Severity
from compat.model.errors import CompatError

#: Which of several locks is taken, the best first: one file for all, then one for each target. An environment.NAME.yml
#: names no files to download, and is no lock that an image can be made from.
_ORDER = ("conda-lock.yml", "pixi.lock", "pylock.toml", "uv.lock")
_SINGLE = ("conda-lock", "explicit", "pylock", "requirements")


class Chosen(NamedTuple):
    """Locks to read together, and why there are none, as sentences."""

    paths: tuple[str, ...]
    notes: tuple[str, ...] = ()


def family_of_lock(path: str) -> tuple[str, ...]:
    """The lock at *path* and the others of the same run: for the other targets, and for the pip part."""
    own = format_of(os.path.basename(path))
    if own is None or is_whole(path) or not is_own(path):
        return (path,)
    folder = os.path.dirname(path)
    ours = [os.path.join(folder, name) for name in sorted(os.listdir(folder or "."))]
    by_format = {
        name: [one for one in ours if format_of(os.path.basename(one)) == name and not is_whole(one) and is_own(one)]
        for name in _SINGLE
    }
    explicit = {name_in(one) for one in by_format["explicit"]}
    if own == "requirements" and name_in(path) in explicit:
        own = "explicit"  # it is the pip part of that
    if own == "explicit":
        parts = [one for one in by_format["requirements"] if name_in(one) in explicit]
        return (*by_format["explicit"], *parts)
    return tuple(by_format.get(own) or (path,))


def current_locks(path: str, options: LockOptions, *, conda: bool) -> Chosen:
    """The locks beside the input at *path* that still do for it. *conda* asks for one that holds the conda part."""
    folder = os.path.dirname(path) or "."
    found = [one for one in find_locks(folder, [path]) if not _is_pip_alone(one) or not conda]
    notes: list[str] = []
    for candidate in _candidates(found):
        problem = _problem(path, options, candidate)
        if problem is None:
            return Chosen(candidate)
        notes.append(f"{candidate[0]} is not used, as it no longer does for {path}: {problem}")
    return Chosen((), tuple(notes))


def _candidates(found: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name in _ORDER:
        yield from ((path,) for path in found if os.path.basename(path) == name)
    seen: set[str] = set()
    for path in found:
        own = format_of(os.path.basename(path))
        if own in _SINGLE and not is_whole(path) and path not in seen:
            candidate = family_of_lock(path)
            seen.update(candidate)
            yield candidate


def _is_pip_alone(path: str) -> bool:
    name = os.path.basename(path)
    return name == "uv.lock" or format_of(name) in ("pylock", "requirements")


def _problem(path: str, options: LockOptions, locks: Sequence[str]) -> str | None:
    """Why *locks* do not do for the input, None where they do."""
    try:
        report = check_locks([path], options, locks)
    except CompatError as error:
        return str(error).partition("\n")[0]
    errors = [one for one in report.diagnostics if one.severity is Severity.ERROR]
    return errors[0].message if errors else None
