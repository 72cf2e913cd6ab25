"""``lock --check``: whether locks still do for their input, told offline from the locks and the input alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compat.api.locking.files import is_whole, name_in
from compat.api.locking.find import find_locks
from compat.api.locking.findings import problem_findings
from compat.api.locking.inputs import Inputs, folder_of, read_inputs
from compat.api.locking.options import LockOptions
from compat.api.locking.reading import read_lock
from compat.api.locking.report import ReportedFile, to_report
from compat.api.locking.sides import fits, installed_by, locked_pythons, machine_of
from compat.api.project import config as find_config
from compat.api.roots import load
from compat.lock import CondaSide, LockProblem, ReadLock, check_lock, records_for, to_target_text
from compat.model.diagnostics import Report
from compat.model.errors import UsageError
from compat.model.knowledge import Matrix
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.targets import SUBDIRS, Target
from compat.resolve.situation import applying_conda


class _Question(NamedTuple):
    """``stated``: the call or the configuration names the targets; ``named``: the call names the locks."""

    inputs: Inputs
    stated: bool
    named: bool


def check_locks(paths: Sequence[str], options: LockOptions, locks: Sequence[str] = ()) -> Report:
    """The report on *locks*, or on every lock in the folder of *options* that is for the files at *paths*.

    Where nobody names targets, those of the locks count, which our own locks hold, and of others' their platforms.

    Raises: UsageError where there is no lock; FileProblem where a file does not parse.
    """
    config = find_config(paths)
    matrix = load(config.names)[0]
    stated = bool(options.targets or config.targets)
    folder = folder_of(paths, options)
    found = [read_lock(path) for path in locks or find_locks(folder, paths)]
    texts = _texts_of(found, named=bool(locks))
    inputs, _ = read_inputs(paths, options if stated or not texts else options._replace(targets=texts))
    if not found:
        raise UsageError(
            f"there is no lock in `{folder}`", hint="make one with `compat lock`, or name one with `--lock`"
        )
    extras, groups = (frozenset(map(to_pypi_name, names)) for names in (options.extras, options.groups))
    problems: list[LockProblem] = []
    covered: set[Target] = set()
    used: list[ReadLock] = []
    sides = _Sides(inputs, found, matrix, options.channels)
    for lock in found:
        targets = _targets_of(lock, _Question(inputs, stated, bool(locks)))
        if targets:
            used.append(lock)
            covered.update(targets)
            asked = [_as_locked(lock, target, found) for target in targets]
            conda = {target: sides.of(lock, target) for target in asked}
            problems += check_lock(lock, inputs.environment.pip, asked, fits, extras=extras, groups=groups, conda=conda)
    problems += _uncovered([target for target in inputs.targets if target not in covered], inputs)
    reported = [ReportedFile(lock.path, lock.kind) for lock in used]
    return to_report(matrix, inputs.documents, problem_findings(problems), reported)


def _texts_of(found: Sequence[ReadLock], *, named: bool) -> tuple[str, ...]:
    """The targets that locks name, else the platforms that they hold.

    The file for all targets says which they are; one beside it that is for another is left from an earlier run.
    """
    whole = [lock for lock in found if is_whole(lock.path) and lock.targets and not named]
    texts = [text for lock in whole or found for _, text in lock.targets]
    return tuple(dict.fromkeys(texts or [subdir for lock in found for subdir in lock.subdirs if subdir in SUBDIRS]))


class _Sides:
    """What is known of the conda part, for each lock and target."""

    def __init__(self, inputs: Inputs, found: Sequence[ReadLock], matrix: Matrix, channels: Sequence[str]) -> None:
        self._inputs = inputs
        self._found = found
        self._matrix = matrix
        environment = inputs.environment
        self._channels = tuple(channels) or tuple(dict.fromkeys(channel.name for channel in environment.channels))

    def of(self, lock: ReadLock, target: Target) -> CondaSide:
        """A lock of the pip part alone rests on one of the conda part beside it, where the input has such a part."""
        holding = next((one for one in (lock, *self._found) if records_for(one, target)), None)
        installed = installed_by(holding, target, self._matrix) if holding is not None else None
        return CondaSide(
            entries=applying_conda(self._inputs.environment, target),
            installed=installed if holding is not None or self._inputs.needs_conda else {},
            machine=machine_of(target, self._matrix),
            channels=tuple(channel for channel in self._channels if channel != "nodefaults"),
        )


def _as_locked(lock: ReadLock, target: Target, found: Sequence[ReadLock]) -> Target:
    """*target* with the Python of the conda part, in *lock* or beside it, where the target does not say which it is for.

    Not where a lock of ours is for other targets: those say which Python was meant.
    """
    pythons = next((pythons for one in (lock, *found) if (pythons := locked_pythons(one, target))), ())
    if not pythons or "python=" in target.text or target.text.startswith("host"):
        return target
    asked = target._replace(python=pythons[0])
    return asked if not lock.targets or to_target_text(asked) in {text for _, text in lock.targets} else target


def _targets_of(lock: ReadLock, question: _Question) -> Sequence[Target]:
    """Those that *lock* has to do for: all, or those of a file that is for one target of several."""
    inputs = question.inputs
    texts = {text for _, text in lock.targets}
    own = [target for target in inputs.targets if to_target_text(target) in texts]
    if not question.named and lock.kind == "explicit" and not lock.targets:
        return [target for target in inputs.targets if target.subdir in lock.subdirs]
    if not lock.targets or is_whole(lock.path):
        return inputs.targets
    if question.named:
        return inputs.targets if question.stated else own
    name = name_in(lock.path)
    return own or [target for target, other in zip(inputs.targets, inputs.names, strict=True) if other == name]


def _uncovered(targets: Sequence[Target], inputs: Inputs) -> Iterator[LockProblem]:
    for target in targets:
        text = to_target_text(target)
        place = Place(inputs.environment.root)
        yield LockProblem("target", "", f"no lock is for `{text}`", None, place, (text,))
