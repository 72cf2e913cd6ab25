"""``lock --check``: whether locks still do for their input, told offline from the locks and the input alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from compat.api.lock import Inputs, LockOptions, read_inputs
from compat.api.lock_findings import problem_findings
from compat.api.lock_report import to_report
from compat.api.project import config as find_config
from compat.api.roots import load
from compat.lock import ReadLock, check_lock, is_lock, read_pylock, read_requirements_lock
from compat.model.diagnostics import Report
from compat.model.errors import UsageError
from compat.model.targets import Target
from compat.resolve.wheel_fit import Fit


def check_locks(paths: Sequence[str], options: LockOptions) -> Report:
    """The report on every lock in the folder of *options* that is for the files at *paths*.

    Raises: UsageError where there is no lock, or a file does not parse.
    """
    inputs, _ = read_inputs(paths, options)
    matrix, _ = load(find_config(paths).names)
    folder = options.output or (paths[0] if os.path.isdir(paths[0]) else os.path.dirname(paths[0]) or ".")
    locks = list(_locks(folder, inputs))
    if not locks:
        raise UsageError(f"there is no lock in `{folder}`", hint="make one with `compat lock`")
    problems = [
        problem for lock, targets in locks for problem in check_lock(lock, inputs.environment.pip, targets, _fits)
    ]
    return to_report(matrix, inputs.documents, problem_findings(problems))


def _fits(name: str, target: Target) -> int | None:
    return Fit.of(target).rank(name)


def _locks(folder: str, inputs: Inputs) -> Iterator[tuple[ReadLock, Sequence[Target]]]:
    """``pylock.toml`` against all targets, and the files of single targets against theirs."""
    named = dict(zip(inputs.names, inputs.targets, strict=True))
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name == "pylock.toml":
            yield read_pylock(path, _bytes(path)), inputs.targets
        elif name.startswith("pylock.") and name.endswith(".toml") and name[7:-5] in named:
            yield read_pylock(path, _bytes(path)), [named[name[7:-5]]]


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


__all__ = ["check_locks", "is_lock", "read_requirements_lock"]
