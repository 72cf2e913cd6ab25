"""``lock``: read the files, solve their conda part and their pip part for every target, and answer with the lock files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from compat.api.locking.files import previous_versions, stale_notes, without_foreign
from compat.api.locking.inputs import Inputs, read_inputs
from compat.api.locking.options import LockOptions, LockResult, Progress
from compat.api.locking.report import target_notes, to_report
from compat.api.roots import load
from compat.index import WrongFileError
from compat.lock import FORMATS, LockFile, UnwritableError, import_writers, write_lock
from compat.model.distributions import UnreachedError
from compat.model.errors import UsageError
from compat.model.locking import Lock, LockedTarget

if TYPE_CHECKING:  # a lock of conda packages alone needs no solver for pip's, one of pip's none for conda's
    from compat.api.locking.mixed import Mixed
    from compat.api.locking.pip_part import PipPart
    from compat.model.diagnostics import Diagnostic
    from compat.model.solutions import Conflict
    from compat.model.targets import Target
    from compat.resolve.pip.solve import Undecided

__all__ = ["LockOptions", "LockResult", "Progress", "lock"]

#: Formats that hold what pip installs, and nothing else.
_PIP_FORMATS = frozenset({"pylock", "requirements"})
#: In place of a format: all that can hold the lock.
_ALL = "all"


def lock(paths: Sequence[str], options: LockOptions = LockOptions(), *, progress: Progress | None = None) -> LockResult:  # noqa: B008 - a constant
    """Solve the files at *paths* as one environment for every target. Nothing is written.

    Raises: UsageError for what is wrong in the call, the configuration, or a file that does not parse.
    """
    run = _Run(paths, options, progress or (lambda _: None))
    try:
        with run.stack:
            return run.lock()
    except UnreachedError as error:
        return run.failed(run.findings, unreached=error.why)
    except WrongFileError as error:
        return run.failed([], unreached=str(error))


class _Run:
    """One call. ``findings`` are the conflicts seen so far: one that is known stays one, whatever is not reached later."""

    def __init__(self, paths: Sequence[str], options: LockOptions, progress: Progress) -> None:
        unknown = [name for name in options.formats if name not in FORMATS and name != _ALL]
        if unknown:
            raise UsageError(f"unknown lock format `{unknown[0]}`", hint=f"one of {', '.join((*FORMATS, _ALL))}")
        self._paths = tuple(paths)
        self._options = options
        self._progress = progress
        self._inputs, self._read = read_inputs(paths, options)
        self._formats = _formats(options, self._inputs)
        self._matrix, self._cache = load(self._inputs.config.names)
        self._notes: list[str] = []
        self._pip: PipPart | None = None
        self.stack = ExitStack()
        self.findings: list[Diagnostic] = []

    def lock(self) -> LockResult:
        inputs, options = self._inputs, self._options
        self._notes += self._read
        previous = {} if options.upgrade else previous_versions(inputs.folder, inputs.targets)
        mixed = self._mixed()
        locked: list[LockedTarget] = []
        for target, name in self._in_turn(mixed):
            self._progress(f"solving for {target.text}")
            kept = previous.get(target, {})
            found = self._pip_part().solve(target, name, kept) if mixed is None else mixed.solve(target, name, kept)
            if not isinstance(found, LockedTarget):
                self.findings += self._tell(found, target if mixed is None else mixed.settled(target))
            else:
                locked.append(found if self._pip is None else self._pip.completed(found))
        self._notes += [
            *(mixed.notes if mixed is not None else ()),
            *(self._pip.notes if self._pip is not None else ()),
        ]
        if self.findings:
            self._notes += self._pip.choices if self._pip is not None else ()
            return self.failed(self.findings if mixed is None else mixed.merged(self.findings))
        self._notes += target_notes(locked)
        channels = mixed.channels if mixed is not None else ()
        return self._written(
            Lock(tuple(locked), self._paths, channels, inputs.environment),
            self._default_index(),
            mixed.warnings if mixed is not None else (),
        )

    def _in_turn(self, mixed: Mixed | None) -> Sequence[tuple[Target, str]]:
        """The targets with their NAMEs; those that have no conda part first, as that holds whatever is not reached for pip's."""
        named = list(zip(self._inputs.targets, self._inputs.names, strict=True))
        return named if mixed is None else sorted(named, key=lambda one: not mixed.is_refused(one[0]))

    def _pip_part(self) -> PipPart:
        """What pip installs, which most environments of conda do not ask about."""
        if self._pip is None:
            from compat.api.locking.pip_part import PipPart

            knowledge = (self._matrix, self._cache)
            self._pip = PipPart(self._inputs, self._options, knowledge, self.stack, self._progress)
        return self._pip

    def _default_index(self) -> str:
        """The index that an installer asks anyway; pixi.lock names it, whether something is from there or not."""
        return self._pip_part().default_index if self._pip is not None or "pixi" in self._formats else ""

    def _mixed(self) -> Mixed | None:
        """The conda part with the pip part on top, where conda installs something that the lock is about."""
        inputs = self._inputs
        if not inputs.needs_conda and (not inputs.has_conda or _PIP_FORMATS.issuperset(self._formats)):
            return None
        from compat.api.locking.mixed import Mixed

        knowledge = (self._matrix, self._cache)
        mixed = Mixed(inputs, self._options, knowledge, self._pip_part, self.stack, self._progress)
        import_writers(self._formats)  # conda is being solved meanwhile
        return mixed

    def _tell(self, found: Conflict | Undecided | list[Diagnostic], target: Target) -> list[Diagnostic]:
        if isinstance(found, list):
            return found
        from compat.api.locking.findings import conflict_findings, undecided_finding
        from compat.resolve.pip.solve import Undecided

        environment = self._inputs.environment
        if isinstance(found, Undecided):
            return [undecided_finding(found.why, environment, target)]
        return conflict_findings(found, environment, target, self._matrix, self._cache)

    def _written(self, locked: Lock, default_index: str, warnings: Sequence[Diagnostic]) -> LockResult:
        files: list[LockFile] = []
        for name in self._formats:
            try:
                written = write_lock(locked, name, default_index, self._inputs.folder)
            except UnwritableError as error:
                if _ALL not in self._options.formats:
                    raise UsageError(f"the format `{name}` cannot hold this lock: {error.why}") from error
                self._notes.append(f"nothing is written in the format `{name}`: {error.why}")
                continue
            files += written.files
            self._notes += written.notes
        if any(one.conda for one in locked.targets) and _PIP_FORMATS.issuperset(self._formats):
            self._notes.append("this is the pip part alone: `--format conda-lock` or `explicit` holds the conda part")
        folder = self._inputs.folder
        # Two formats may bring the same file: the hashed requirements of the pip part.
        files, notes = without_foreign(folder, list({file.name: file for file in reversed(files)}.values())[::-1])
        self._notes += notes
        self._notes += stale_notes(folder, [file.name for file in files])
        report = to_report(self._matrix, self._inputs.documents, warnings)
        return LockResult(locked, tuple(files), folder, report, tuple(dict.fromkeys(self._notes)))

    def failed(self, findings: Sequence[Diagnostic], *, unreached: str | None = None) -> LockResult:
        """The answer without a lock."""
        report = to_report(self._matrix, self._inputs.documents, findings)
        return LockResult(None, (), self._inputs.folder, report, tuple(dict.fromkeys(self._notes)), unreached)


def _formats(options: LockOptions, inputs: Inputs) -> tuple[str, ...]:
    """Those asked for, else the one that holds the whole environment."""
    if _ALL in options.formats:
        return tuple(name for name in FORMATS if inputs.has_conda or name in _PIP_FORMATS)
    return tuple(dict.fromkeys(options.formats)) or ("conda-lock" if inputs.has_conda else "pylock",)
