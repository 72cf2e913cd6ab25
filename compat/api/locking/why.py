"""``why``: who brought a package, read from a lock, or found by solving the input."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from compat.api.locking.inputs import read_inputs
from compat.api.locking.options import LockOptions, LockResult, Progress
from compat.api.locking.reading import is_lock_file, read_lock
from compat.api.locking.run import lock
from compat.api.locking.sides import locked_pythons
from compat.api.project import config as find_config
from compat.api.roots import DEFAULT_TARGETS, load, parse_targets
from compat.lock import (
    CondaLines,
    ReadLock,
    View,
    find_why,
    records_for,
    to_file_names,
    views_of,
    views_of_read,
)
from compat.model.environments import Environment
from compat.model.errors import CompatError, UsageError
from compat.model.knowledge import Matrix
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.targets import SUBDIRS, Target
from compat.model.why import Why
from compat.resolve.joint.installed import installed_projects
from compat.resolve.pip.wheel_fit import with_glibc
from compat.resolve.situation import applying_conda


class WhyResult(NamedTuple):
    """The answers for a package, targets with the same answer together.

    Without answers, *failed* is the solve that did not come to a lock, else the package is in no target, and *similar*
    is the name nearest to it that is.
    """

    answers: tuple[Why, ...]
    similar: str | None = None
    failed: LockResult | None = None


def why(
    name: str,
    paths: Sequence[str],
    options: LockOptions = LockOptions(),  # noqa: B008 - a constant
    *,
    progress: Progress | None = None,
) -> WhyResult:
    """Why *name* is in the lock at *paths*, or in what a lock of the files at *paths* would hold.

    Raises: UsageError, FileProblem.
    """
    locks = [path for path in paths if is_lock_file(path)]
    if locks and len(paths) > 1:
        raise UsageError(
            f"`{locks[0]}` is a lock, and read alone", hint="name one lock, or the files that one is made from"
        )
    if locks:
        return _answer(name, _views_of_lock(locks[0], options))
    result = lock(paths, options, progress=progress)
    if result.lock is None:
        return WhyResult((), failed=result)
    return _answer(name, views_of(result.lock))


def _answer(name: str, views: Sequence[View]) -> WhyResult:
    wanted = to_pypi_name(name)
    answers = find_why(views, wanted)
    if answers:
        return WhyResult(answers)
    import difflib

    known = sorted({one for view in views for one in view.nodes})
    return WhyResult((), next(iter(difflib.get_close_matches(wanted, known, n=1)), None))


def _views_of_lock(path: str, options: LockOptions) -> tuple[View, ...]:
    found = read_lock(path)
    matrix, _ = load(find_config([path]).names)
    texts = options.targets or [text for _, text in found.targets] or _platforms(found) or DEFAULT_TARGETS
    targets = [_filled(target, found) for target in parse_targets(texts, matrix)]
    gaps = {target: found.gap(target) for target in targets}
    if all(gaps.values()):
        raise UsageError(f"`{path}` is not for `{targets[0].text}`: {gaps[targets[0]]}")
    pairs = [pair for pair in zip(to_file_names(targets), targets, strict=True) if gaps[pair[1]] is None]
    extras, groups = (frozenset(map(to_pypi_name, names)) or _all(found, kind) for kind, names in _scopes(options))
    environment = _input_of(found, options)
    conda = {target: _conda_lines(found, target, environment, matrix) for _, target in pairs}
    return views_of_read(found, pairs, _entries(found, environment), extras=extras, groups=groups, conda=conda)


def _platforms(found: ReadLock) -> list[str]:
    return [subdir for subdir in found.subdirs if subdir in SUBDIRS]


def _conda_lines(found: ReadLock, target: Target, environment: Environment | None, matrix: Matrix) -> CondaLines:
    """What is known of the conda part besides *found* itself."""
    records = [each.record for each in records_for(found, target)]
    if not records:
        return CondaLines()
    provided = installed_projects(records, matrix).projects
    entries = applying_conda(environment, target) if environment is not None else ()
    return CondaLines(entries, {name: str(one.record.name) for name, one in provided.items()})


def _scopes(options: LockOptions) -> tuple[tuple[str, Sequence[str]], ...]:
    return ("extra", options.extras), ("group", options.groups)


def _all(found: ReadLock, kind: str) -> frozenset[PyPIName]:
    """The extras or groups of the project that a uv.lock holds: why a package is in it is asked of them all."""
    needs = (link.needs.partition(":") for link in found.links if link.parent in found.roots)
    return frozenset(to_pypi_name(name) for one, _, name in needs if one == kind)


def _filled(target: Target, found: ReadLock) -> Target:
    """*target* with the Python of the lock, else of this process, and the usual glibc, where it does not say."""
    own = locked_pythons(found, target)
    return with_glibc(target)._replace(python=target.python or (own[0] if own else sys.version_info[:2]))


def _input_of(found: ReadLock, options: LockOptions) -> Environment | None:
    """What the lock was made from, which it names relative to itself or to the working folder, if it can be read."""
    folder = os.path.dirname(found.path)
    for paths in (found.inputs, [os.path.join(folder, path) for path in found.inputs]):
        if paths and all(map(os.path.exists, paths)):
            try:
                return read_inputs(paths, options._replace(targets=()))[0].environment
            except CompatError:
                return None
    return None


def _entries(found: ReadLock, environment: Environment | None) -> Sequence[PipEntry]:
    """The lines of the input, which have numbers, where they are still those that the lock was made from."""
    entries = environment.pip if environment is not None else ()
    asked = {
        (package.name, asker.requirement)
        for package in found.packages
        for asker in package.askers
        if asker.parent is None
    }
    return entries if asked <= {(entry.name, entry.requirement.text) for entry in entries} else ()
