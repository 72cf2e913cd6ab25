"""``lock``: read the files, solve their pip part for every target, and answer with the files of the lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from compat.api.files import DiskFiles, Library
from compat.api.lock_files import previous_versions
from compat.api.lock_inputs import filled_target, index_options, locked_environment
from compat.api.lock_report import to_report
from compat.api.project import config as find_config
from compat.api.roots import DEFAULT_TARGETS, find_roots, gather, load, parse_targets
from compat.index import IndexOptions, SourceSettings, find_source_settings, open_source
from compat.lock import FORMATS, LockFile, to_file_names, write_lock
from compat.model.diagnostics import Diagnostic, Report
from compat.model.distributions import UnreachedError
from compat.model.environments import Document, Environment
from compat.model.errors import UsageError
from compat.model.locking import Lock, LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.solutions import Conflict
from compat.model.targets import Target
from compat.resolve.index_listing import Shared
from compat.resolve.pip_solve import Settings, Undecided, solve_target
from compat.resolve.wheel_fit import Fit

if TYPE_CHECKING:
    from compat.api.torch_backend import Backend

Progress = Callable[[str], None]


class LockOptions(NamedTuple):
    """What a caller of `lock` may settle; the defaults lock for both Linux platforms into a pylock.toml.

    ``upgrade`` leaves the previous lock aside, ``upgrade_packages`` only for these. ``torch_backend`` is ``auto`` or a
    variant. ``exclude_newer`` is a day or a time in UTC.
    """

    targets: Sequence[str] = ()
    formats: Sequence[str] = ()
    output: str | None = None
    upgrade: bool = False
    upgrade_packages: Sequence[str] = ()
    extras: Sequence[str] = ()
    groups: Sequence[str] = ()
    index_url: str | None = None
    extra_index_urls: Sequence[str] = ()
    find_links: Sequence[str] = ()
    index_strategy: str = "first-index"
    offline: bool = False
    exclude_newer: str = ""
    cache_dir: str | None = None
    no_cache: bool = False
    torch_backend: str | None = None


class LockResult(NamedTuple):
    """The answer of ``lock``. Without a lock, *report* says why; *unreached* says which index did not answer.

    *files* are to be written into *folder*; *notes* are sentences about what was chosen and what could not be written.
    """

    lock: Lock | None
    files: tuple[LockFile, ...]
    folder: str
    report: Report
    notes: tuple[str, ...] = ()
    unreached: str | None = None


def lock(paths: Sequence[str], options: LockOptions = LockOptions(), *, progress: Progress | None = None) -> LockResult:  # noqa: B008 - a constant
    """Solve the files at *paths* as one environment for every target. Nothing is written.

    Raises: UsageError for what is wrong in the call, the configuration, or a file that does not parse.
    """
    run = _Run(paths, options, progress or (lambda _: None))
    try:
        return run.lock()
    except UnreachedError as error:
        return run.failed([], unreached=error.why)


class Inputs(NamedTuple):
    """The files of a call as one environment, and the machines to lock for, each with its NAME."""

    environment: Environment
    documents: tuple[Document, ...]
    targets: tuple[Target, ...]
    names: tuple[str, ...]


def read_inputs(paths: Sequence[str], options: LockOptions) -> tuple[Inputs, tuple[str, ...]]:
    """What is locked, and notes on what was not read.

    Raises: UsageError for a file that does not parse, or whose conda part this version cannot lock.
    """
    config = find_config(paths)
    matrix, _ = load(config.names)
    library = Library(DiskFiles())
    roots, problems, unread = gather(library, *find_roots(paths))
    for problem in library.failures.values():
        raise problem
    if not roots:
        raise UsageError("no file that can be locked", hint="name a requirements file or a pyproject.toml")
    environment = locked_environment(roots, options.extras, options.groups)
    _refuse(environment)
    targets = tuple(
        filled_target(target, environment)
        for target in parse_targets(options.targets or config.targets or DEFAULT_TARGETS, matrix)
    )
    notes = [f"{problem.place}: {problem.message}" for problem in problems]
    notes += [f"{path}: files of kind {kind} are not locked" for path, kind in unread]
    documents = {document.path: document for gathered in roots for document, _, _ in gathered}
    return Inputs(environment, tuple(documents.values()), targets, to_file_names(targets)), tuple(notes)


def _refuse(environment: Environment) -> None:
    conda = [entry for entry in environment.conda if entry.name not in ("python", "pip")]
    if conda:
        raise UsageError(
            f"{conda[0].place}: `{conda[0].spec.text}` is a conda requirement, and this version locks the pip part alone",
            hint="name a requirements file or a pyproject.toml",
        )
    invalid = next((p for document in environment.documents for p in document.problems if p.kind == "invalid"), None)
    if invalid is not None:
        raise UsageError(f"{invalid.place}: {invalid.message}", hint=invalid.hint)


class _Run:
    """One call."""

    def __init__(self, paths: Sequence[str], options: LockOptions, progress: Progress) -> None:
        unknown = [name for name in options.formats if name not in FORMATS]
        if unknown:
            raise UsageError(f"unknown lock format `{unknown[0]}`", hint=f"one of {', '.join(FORMATS)}")
        self._paths = tuple(paths)
        self._options = options
        self._progress = progress
        self._matrix, self._cache = load(find_config(paths).names)
        self._inputs, self._notes = read_inputs(paths, options)
        self.folder = options.output or _folder(paths[0] if paths else ".")
        self._open: dict[str, Shared] = {}

    def lock(self) -> LockResult:
        with ExitStack() as stack:
            return self._lock(stack)

    def _lock(self, stack: ExitStack) -> LockResult:
        locked: list[LockedTarget] = []
        findings: list[Diagnostic] = []
        notes = list(self._notes)
        previous = {} if self._options.upgrade else previous_versions(self.folder, self._inputs.targets)
        for target, name in zip(self._inputs.targets, self._inputs.names, strict=True):
            self._progress(f"solving for {target.text}")
            backend = self._backend(target)
            if backend is not None:
                notes.append(f"{target.text}: {backend.why}: {backend.index_url}")
            found = self._solve(target, name, self._shared(stack, target, backend), previous.get(target, {}))
            if isinstance(found, LockedTarget):
                locked.append(found)
                notes += [f"{target.text}: {note}" for note in found.notes]
            else:
                findings += self._tell(found, target)
        if findings:
            return self.failed(findings, notes=notes)
        return self._written(Lock(tuple(locked), self._paths), notes)

    def _backend(self, target: Target) -> Backend | None:
        """PyTorch's own index, where *target* needs it; most locks need neither the question nor the rules behind it."""
        wanted = self._options.torch_backend
        labels = any(entry.requirement.labels for entry in self._inputs.environment.pip)
        if wanted is None and not labels and not target.wants_gpu:
            return None
        from compat.api.torch_backend import find_backend

        return find_backend(self._inputs.environment, target, self._matrix, self._cache, wanted)

    def _shared(self, stack: ExitStack, target: Target, backend: Backend | None) -> Shared:
        """The indexes for *backend*, and what the targets that share them have read so far."""
        key = backend.index_url if backend is not None else ""
        if key not in self._open:
            assert target.python is not None  # filled in
            packages = open_source(self._settings(backend), likely=Fit(target, target.python).best)
            self._open[key] = Shared(stack.enter_context(packages))
        return self._open[key]

    def _solve(
        self, target: Target, name: str, shared: Shared, previous: Mapping[PyPIName, str]
    ) -> LockedTarget | Conflict | Undecided:
        upgrade = frozenset(map(to_pypi_name, self._options.upgrade_packages))
        choice = Settings(preferred=previous, upgrade=upgrade, exclude_newer=self._options.exclude_newer)
        return solve_target(self._inputs.environment.pip, target, shared.packages, choice, shared=shared, name=name)

    def _settings(self, backend: Backend | None) -> SourceSettings:
        options = self._options
        stated = IndexOptions(options.index_url, tuple(options.extra_index_urls), tuple(options.find_links))
        if backend is not None:
            stated = stated._replace(pins=backend.pins)
        return find_source_settings(
            stated,
            [index_options(self._inputs.environment)],
            strategy=options.index_strategy,
            offline=options.offline,
            cache_folder=options.cache_dir,
            no_cache=options.no_cache,
        )

    def _tell(self, found: Conflict | Undecided, target: Target) -> list[Diagnostic]:
        from compat.api.lock_findings import conflict_findings, undecided_finding

        environment = self._inputs.environment
        if isinstance(found, Undecided):
            return [undecided_finding(found.why, environment, target)]
        return conflict_findings(found, environment, target, self._matrix, self._cache)

    def _written(self, locked: Lock, notes: list[str]) -> LockResult:
        files: list[LockFile] = []
        default = self._settings(None).index_urls[-1:]
        for name in self._options.formats or ("pylock",):
            written = write_lock(locked, name, default[0] if default else "")
            files += written.files
            notes += written.notes
        report = to_report(self._matrix, self._inputs.documents, [])
        return LockResult(locked, tuple(files), self.folder, report, tuple(dict.fromkeys(notes)))

    def failed(
        self, findings: Sequence[Diagnostic], *, notes: Sequence[str] = (), unreached: str | None = None
    ) -> LockResult:
        """The answer without a lock."""
        report = to_report(self._matrix, self._inputs.documents, findings)
        return LockResult(None, (), self.folder, report, tuple(notes), unreached)


def _folder(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path) or "."
