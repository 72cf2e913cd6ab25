"""``lock --check``: whether locks still do for their input, told offline from the locks and the input alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from compat.api.lock_findings import problem_findings
from compat.api.lock_inputs import Inputs, folder_of, read_inputs
from compat.api.lock_options import LockOptions
from compat.api.lock_reading import is_own, read_lock
from compat.api.lock_report import ReportedFile, to_report
from compat.api.project import config as find_config
from compat.api.roots import load
from compat.lock import LockProblem, ReadLock, check_lock, to_target_text
from compat.model.diagnostics import Report
from compat.model.errors import UsageError
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.targets import Target
from compat.resolve.wheel_fit import Fit, parse_wheel


class _Question(NamedTuple):
    """``stated``: the call or the configuration names the targets; ``named``: the call names the locks."""

    inputs: Inputs
    stated: bool
    named: bool


def check_locks(paths: Sequence[str], options: LockOptions, locks: Sequence[str] = ()) -> Report:
    """The report on *locks*, or on every lock in the folder of *options* that is for the files at *paths*.

    Where nobody names targets, those of the locks count, which our own locks hold.

    Raises: UsageError where there is no lock; FileProblem where a file does not parse.
    """
    config = find_config(paths)
    stated = bool(options.targets or config.targets)
    folder = folder_of(paths, options)
    found = [read_lock(path) for path in locks or _find(folder, paths)]
    whole = [lock for lock in found if os.path.basename(lock.path) == "pylock.toml" and not locks]
    # The file for all targets says which they are; one beside it that is for another is left from an earlier run.
    texts = tuple(dict.fromkeys(text for lock in whole or found for _, text in lock.targets))
    inputs, _ = read_inputs(paths, options if stated or not texts else options._replace(targets=texts))
    if not found:
        raise UsageError(
            f"there is no lock in `{folder}`", hint="make one with `compat lock`, or name one with `--lock`"
        )
    extras, groups = (frozenset(map(to_pypi_name, names)) for names in (options.extras, options.groups))
    problems: list[LockProblem] = []
    covered: set[Target] = set()
    used: list[ReadLock] = []
    for lock in found:
        targets = _targets_of(lock, _Question(inputs, stated, bool(locks)))
        if targets:
            used.append(lock)
            covered.update(targets)
            problems += check_lock(lock, inputs.environment.pip, targets, _fits, extras=extras, groups=groups)
    problems += _uncovered([target for target in inputs.targets if target not in covered], inputs)
    reported = [ReportedFile(lock.path, lock.kind) for lock in used]
    return to_report(load(config.names)[0], inputs.documents, problem_findings(problems), reported)


@lru_cache(maxsize=64)
def _fit(target: Target) -> Fit:
    assert target.python is not None  # filled in
    return Fit(target, target.python)


def _fits(name: str, target: Target) -> int | None:
    wheel = parse_wheel(name)
    return _fit(target).rank(wheel.tags) if wheel is not None else None


def _targets_of(lock: ReadLock, question: _Question) -> Sequence[Target]:
    """Those that *lock* has to do for: all, or those of a file that is for one target of several."""
    inputs = question.inputs
    texts = {text for _, text in lock.targets}
    own = [target for target in inputs.targets if to_target_text(target) in texts]
    if not lock.targets or os.path.basename(lock.path) == "pylock.toml":
        return inputs.targets
    if question.named:
        return inputs.targets if question.stated else own
    name = _name_in(lock.path)
    return own or [target for target, other in zip(inputs.targets, inputs.names, strict=True) if other == name]


def _uncovered(targets: Sequence[Target], inputs: Inputs) -> Iterator[LockProblem]:
    for target in targets:
        text = to_target_text(target)
        place = Place(inputs.environment.root)
        yield LockProblem("target", "", f"no lock is for `{text}`", None, place, (text,))


def _name_in(path: str) -> str:
    """NAME of ``pylock.NAME.toml`` and ``requirements.NAME.txt``."""
    return os.path.basename(path).partition(".")[2].rpartition(".")[0]


def _find(folder: str, paths: Sequence[str]) -> Iterator[str]:
    """Our own locks in *folder*; and those that uv and pip-tools put beside the input."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise UsageError(f"cannot read the folder `{folder}`: {error.strerror or error}") from error
    for name in names:
        path = os.path.join(folder, name) if folder != "." else name
        is_pylock = name == "pylock.toml" or (name.startswith("pylock.") and name.endswith(".toml"))
        is_requirements = name.startswith("requirements.") and name.endswith(".txt")
        if (is_pylock or is_requirements) and (name == "pylock.toml" or is_own(path)):
            yield path
    yield from _of_others(paths)


def _of_others(paths: Sequence[str]) -> Iterator[str]:
    """``uv.lock`` beside a pyproject.toml, and what was compiled from ``NAME.in`` into ``NAME.txt``."""
    for path in paths:
        file = os.path.join(path, "pyproject.toml") if os.path.isdir(path) else path
        uv_lock = os.path.join(os.path.dirname(file), "uv.lock")
        if os.path.basename(file) == "pyproject.toml" and os.path.isfile(file) and os.path.isfile(uv_lock):
            yield uv_lock
        compiled = f"{file.removesuffix('.in')}.txt"
        is_input = file.endswith(".in") and compiled not in paths
        if is_input and os.path.isfile(compiled) and read_lock(compiled).creator:
            yield compiled
