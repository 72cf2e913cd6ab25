"""All that can be said of a lock on one target without its input: both parts, and the CUDA of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compat.lock.conda_check import Machine, record_problems, records_for
from compat.lock.itself import Installed, OwnProblems
from compat.lock.problems import Fits, LockProblem
from compat.lock.reading import ReadLock, ReadPackage
from compat.model.places import Place
from compat.model.targets import Target

#: Projects that are built for one major of CUDA, which their names say: ``nvidia-cublas-cu12``, ``cupy-cuda12x``.
_SUFFIX = re.compile(r"nvidia-.*-cu(\d\d)|cupy-cuda(\d\d)x|jax-cuda(\d\d)-(?:plugin|pjrt)")
_LABEL = re.compile(r"\+cu(\d\d)\d")
#: Conda packages whose version is that of CUDA.
_RUNTIMES = ("cuda-version", "cudatoolkit")


def find_own_problems(
    lock: ReadLock,
    packages: Sequence[ReadPackage],
    target: Target,
    fits: Fits,
    *,
    installed: Installed | None,
    machine: Machine,
) -> tuple[LockProblem, ...]:
    """What is wrong with *packages* (those that pip installs on *target*, which has a Python) and with the conda part there."""
    found = [
        *record_problems(lock, target, machine),
        *map(_softened, OwnProblems(lock, target, packages, fits, installed=installed, shown=target.text).find()),
        *_majors(lock, packages, target),
    ]
    return tuple(dict.fromkeys(found))


def _softened(problem: LockProblem) -> LockProblem:
    """A version that a package does not ask for may be an override of the input, which the lock does not keep."""
    return problem._replace(kind="override") if problem.kind == "version" else problem


def _majors(lock: ReadLock, packages: Sequence[ReadPackage], target: Target) -> Iterator[LockProblem]:
    """Libraries of two majors of CUDA: the loader of one process finds those of one only."""
    found: dict[int, list[tuple[str, Place]]] = {}
    for package in packages:
        match = _SUFFIX.fullmatch(package.name)
        digits = next((group for group in match.groups() if group), "") if match else ""
        if label := _LABEL.search(package.version):
            digits = label[1]
        if digits:
            found.setdefault(int(digits), []).append((f"{package.name} {package.version}", package.place))
    for each in records_for(lock, target):
        if each.record.name in _RUNTIMES:
            major = each.record.version.partition(".")[0]
            if major.isdigit():
                found.setdefault(int(major), []).append((f"{each.record.name} {each.record.version}", each.place))
    if len(found) > 1:
        named = " and ".join(f"`{found[major][0][0]}` (CUDA {major})" for major in sorted(found))
        last = found[max(found)][0]
        yield LockProblem("majors", last[0].partition(" ")[0], f"{named} are locked together", None, last[1])
