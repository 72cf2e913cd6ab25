"""``lock``: read the files, solve their pip part for every target, and answer with the files of the lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from compat.api.files import DiskFiles, Library
from compat.api.lock_files import previous_versions, stale_notes
from compat.api.lock_inputs import filled_target, index_options, locked_environment
from compat.api.lock_reading import is_own
from compat.api.lock_report import to_report
from compat.api.members import Members, add_members, follow, localized
from compat.api.project import config as find_config
from compat.api.roots import DEFAULT_TARGETS, find_roots, gather, load, parse_targets
from compat.index import IndexOptions, SourceSettings, WrongFileError, find_source_settings, open_source
from compat.lock import FORMATS, LockFile, UnwritableError, to_file_names, write_lock
from compat.model.config import Config
from compat.model.diagnostics import Diagnostic, Report
from compat.model.distributions import PackageSource, UnreachedError
from compat.model.environments import Document, Environment
from compat.model.errors import UsageError
from compat.model.locking import Lock, LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict
from compat.model.targets import Target
from compat.resolve.index_listing import Shared
from compat.resolve.pip_solve import Settings, Undecided, solve_target
from compat.resolve.wheel_fit import Fit

if TYPE_CHECKING:
    from compat.api.direct import Pinned
    from compat.api.member_projects import Builder
    from compat.api.torch_backend import Backend
    from compat.index.builds import Built
    from compat.index.source import IndexPackages

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
    allow_build: Sequence[str] = ()
    torch_backend: str | None = None


class LockResult(NamedTuple):
    """The answer of ``lock``. Without a lock, *report* says why; *unreached* says which index did not answer, or wrongly.

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
    except WrongFileError as error:
        return run.failed([], unreached=str(error))


class Inputs(NamedTuple):
    """The files of a call as one environment, and the machines to lock for, each with its NAME.

    *folder* is that of the locks, *config* what the project has settled.
    """

    environment: Environment
    documents: tuple[Document, ...]
    targets: tuple[Target, ...]
    names: tuple[str, ...]
    folder: str
    config: Config
    members: Members = Members()


def read_inputs(paths: Sequence[str], options: LockOptions) -> tuple[Inputs, tuple[str, ...]]:
    """What is locked, and notes on what was not read.

    Raises: UsageError for a file that does not parse, or whose conda part this version cannot lock.
    """
    config = find_config(paths)
    matrix, _ = load(config.names)
    files = DiskFiles()
    library = Library(files)
    named, walked = find_roots(paths)
    roots, problems, unread = gather(library, named, [path for path in walked if not _is_no_root(path)])
    for problem in library.failures.values():
        raise problem
    if not roots:
        raise UsageError("no file that can be locked", hint="name a requirements file or a pyproject.toml")
    environment = locked_environment(roots, options.extras, options.groups)
    _refuse(environment)
    folder = folder_of(paths, options)
    environment, members = follow(environment, library, files, folder, _builder(options))
    environment = environment._replace(pip=localized(environment.pip, files, folder))
    targets = tuple(
        filled_target(target, environment)
        for target in parse_targets(options.targets or config.targets or DEFAULT_TARGETS, matrix)
    )
    notes = [f"{problem.place}: {problem.message}" for problem in problems]
    notes += [f"{path}: files of kind {kind} are not locked" for path, kind in unread]
    notes += members.notes
    documents = {document.path: document for gathered in roots for document, _, _ in gathered}
    documents |= {document.path: document for document in members.documents}
    inputs = Inputs(environment, tuple(documents.values()), targets, to_file_names(targets), folder, config, members)
    return inputs, tuple(notes)


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


def _builder(options: LockOptions) -> Builder | None:
    """What builds the metadata of members that may be built."""
    allowed = _allowed(options)
    if not allowed:
        return None

    def build(name: PyPIName, folder: str) -> Built | None:
        from compat.index.builds import build_metadata

        return build_metadata(folder, shown=f"the member {name}") if name in allowed else None

    return build


def _allowed(options: LockOptions) -> frozenset[PyPIName]:
    """The projects that may be built. Raises: UsageError."""
    if ":all:" in options.allow_build:
        raise UsageError("builds are allowed by name, not for `:all:`", hint="`--allow-build NAME`, once for each")
    return frozenset(map(to_pypi_name, options.allow_build))


class _Run:
    """One call."""

    def __init__(self, paths: Sequence[str], options: LockOptions, progress: Progress) -> None:
        unknown = [name for name in options.formats if name not in FORMATS]
        if unknown:
            raise UsageError(f"unknown lock format `{unknown[0]}`", hint=f"one of {', '.join(FORMATS)}")
        moment = SourceSettings((), exclude_newer=options.exclude_newer).before
        self._newest = options.exclude_newer if len(options.exclude_newer) == len("2026-01-31") else moment
        self._paths = tuple(paths)
        self._options = options
        self._progress = progress
        self._inputs, self._notes = read_inputs(paths, options)
        self._matrix, self._cache = load(self._inputs.config.names)
        self._allowed = _allowed(options)
        self._upgrade = frozenset(map(to_pypi_name, options.upgrade_packages))
        self._pinned: Pinned | None = None
        self._open: dict[str, Shared] = {}

    def lock(self) -> LockResult:
        with ExitStack() as stack:
            return self._lock(stack)

    def _lock(self, stack: ExitStack) -> LockResult:
        locked: list[LockedTarget] = []
        findings: list[Diagnostic] = []
        notes = list(self._notes)
        previous = {} if self._options.upgrade else previous_versions(self._inputs.folder, self._inputs.targets)
        self._pinned = self._pin(stack)
        notes += self._pinned.notes if self._pinned is not None else ()
        for target, name in zip(self._inputs.targets, self._inputs.names, strict=True):
            self._progress(f"solving for {target.text}")
            backend = self._backend(target)
            if backend is not None:
                notes.append(f"{target.text}: {backend.why}: {backend.index_url}")
            try:
                found = self._solve(target, name, self._shared(stack, target, backend), previous.get(target, {}))
            except UnreachedError as error:
                if findings:  # a conflict that is known stays one
                    return self.failed(findings, notes=notes, unreached=error.why)
                raise
            if isinstance(found, LockedTarget):
                found = self._completed(found, backend)
                locked.append(found)
                notes += [f"{target.text}: {note}" for note in (*found.notes, *self._gpu_notes(found, backend))]
            else:
                findings += self._tell(found, target)
        if findings:
            return self.failed(findings, notes=notes)
        return self._written(Lock(tuple(locked), self._paths), notes)

    def _pin(self, stack: ExitStack) -> Pinned | None:
        """What URLs stand for, where any are named."""
        entries = self._inputs.environment.pip
        if not any(entry.requirement.url is not None and not entry.editable for entry in entries):
            return None
        from compat.api.direct import Pinning, previous_urls

        self._progress("pinning what is named by URL")

        def open_indexes() -> IndexPackages:
            return stack.enter_context(open_source(self._usual_settings))

        before = {} if self._options.upgrade else previous_urls(self._inputs.folder, self._upgrade)
        pinning = Pinning(
            open_indexes, self._inputs.folder, offline=self._options.offline, allowed=self._allowed, before=before
        )
        return pinning.pin(entries)

    def _completed(self, found: LockedTarget, backend: Backend | None) -> LockedTarget:
        """*found* with the members, and with notes on what was built for it."""
        if self._pinned is not None or self._allowed:
            from compat.api.building import build_notes
            from compat.api.direct import with_versions

            built = getattr(self._open[backend.index_url if backend is not None else ""].packages, "built", {})
            names = [*built, *(self._pinned.built if self._pinned is not None else ())]
            found = found._replace(notes=(*found.notes, *build_notes(found, names)))
            found = with_versions(found, self._pinned) if self._pinned is not None else found
        return add_members(found, self._inputs.members)

    def _gpu_notes(self, found: LockedTarget, backend: Backend | None) -> Iterator[str]:
        if backend is None and found.target.wants_gpu:
            from compat.api.torch_backend import idle_gpu

            if (note := idle_gpu(found, self._matrix)) is not None:
                yield note

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
            settings = self._usual_settings if backend is None else self._settings(backend)
            packages = open_source(settings, likely=Fit(target, target.python).best)
            self._open[key] = Shared(self._with_builds(stack.enter_context(packages)))
        return self._open[key]

    def _with_builds(self, packages: IndexPackages) -> PackageSource:
        if self._pinned is None and not self._allowed:
            return packages
        from compat.api.building import BuildingSource

        declared = self._pinned.declared if self._pinned is not None else {}
        return BuildingSource(packages, declared, self._allowed, self._inputs.folder)

    def _solve(
        self, target: Target, name: str, shared: Shared, previous: Mapping[PyPIName, str]
    ) -> LockedTarget | Conflict | Undecided:
        choice = Settings(preferred=previous, upgrade=self._upgrade, exclude_newer=self._newest)
        entries: Sequence[PipEntry] = self._inputs.environment.pip
        if self._pinned is not None:
            entries, choice = self._pinned.entries, choice._replace(pages=self._pinned.pages)
        return solve_target(entries, target, shared.packages, choice, shared=shared, name=name)

    @cached_property
    def _usual_settings(self) -> SourceSettings:
        """Those without a backend. The configuration files of pip and uv are read for them."""
        return self._settings(None)

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
        default = self._usual_settings.index_urls[-1:]
        for name in self._options.formats or ("pylock",):
            try:
                written = write_lock(locked, name, default[0] if default else "")
            except UnwritableError as error:
                raise UsageError(f"the format `{name}` cannot hold this lock: {error.why}") from error
            files += written.files
            notes += written.notes
        notes += stale_notes(self._inputs.folder, [file.name for file in files])
        report = to_report(self._matrix, self._inputs.documents, [])
        return LockResult(locked, tuple(files), self._inputs.folder, report, tuple(dict.fromkeys(notes)))

    def failed(
        self, findings: Sequence[Diagnostic], *, notes: Sequence[str] = (), unreached: str | None = None
    ) -> LockResult:
        """The answer without a lock."""
        report = to_report(self._matrix, self._inputs.documents, findings)
        return LockResult(None, (), self._inputs.folder, report, tuple(notes), unreached)


def _is_no_root(path: str) -> bool:
    """Whether a file found in a folder asks for nothing by itself: constraints, and what an earlier run has locked."""
    return "constraint" in os.path.basename(path) or is_own(path)


def folder_of(paths: Sequence[str], options: LockOptions) -> str:
    """Where the locks of *paths* are: where the call says, else in the folder of the first."""
    if options.output:
        return options.output
    path = paths[0] if paths else "."
    return path if os.path.isdir(path) else os.path.dirname(path) or "."
