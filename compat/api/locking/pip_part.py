"""The pip part of a lock: URLs pinned, indexes opened, requirements solved over them, members and builds added."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from compat.api.locking.inputs import Inputs
from compat.api.locking.options import LockOptions, Progress
from compat.api.members.members import add_members
from compat.index import IndexOptions, SourceSettings, find_source_settings, open_source
from compat.model.distributions import PackageSource
from compat.model.environments import Environment, Index
from compat.model.locking import LockedTarget
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict
from compat.model.targets import Target
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.solve import Settings, Undecided, solve_target
from compat.resolve.pip.wheel_fit import Fit

if TYPE_CHECKING:
    from compat.api.locking.direct import Pinned
    from compat.api.locking.torch_backend import Backend
    from compat.index.source import IndexPackages
    from compat.model.knowledge import Matrix
    from compat.resolve.joint.pip_side import IndexPipSide
    from compat.resolve.offline import Cache


class PipPart:
    """The requirements that pip installs, for all targets of a run. What it opens, *stack* closes.

    ``notes`` are sentences about what was chosen. Raises: UnreachedError, UsageError.
    """

    def __init__(
        self,
        inputs: Inputs,
        options: LockOptions,
        knowledge: tuple[Matrix, Cache],
        stack: ExitStack,
        progress: Progress,
    ) -> None:
        moment = SourceSettings((), exclude_newer=options.exclude_newer).before
        self._newest = options.exclude_newer if len(options.exclude_newer) == len("2026-01-31") else moment
        self._inputs = inputs
        self._options = options
        self._matrix, self._cache = knowledge
        self._stack = stack
        self._allowed = options.allowed
        self._open: dict[str, Shared] = {}
        self._backends: dict[Target, Backend | None] = {}
        self._progress = progress
        self.notes: list[str] = []

    def solve(self, target: Target, name: str, previous: Mapping[PyPIName, str]) -> LockedTarget | Conflict | Undecided:
        """What is locked for *target*, where pip installs everything."""
        shared = self._shared(target)
        return solve_target(self._entries, target, shared.packages, self._choice(previous), shared=shared, name=name)

    def beside_conda(self, target: Target, name: str, previous: Mapping[PyPIName, str]) -> IndexPipSide:
        """The same question, of which the joint solve asks what goes beside conda's packages."""
        from compat.resolve.joint.pip_side import IndexPipSide  # most locks have no conda part

        return IndexPipSide(self._entries, target, self._shared(target), self._choice(previous), name)

    def _choice(self, previous: Mapping[PyPIName, str]) -> Settings:
        pages = self._pinned.pages if self._pinned is not None else {}
        return Settings(previous, upgrade=self._options.upgraded, exclude_newer=self._newest, pages=pages)

    @property
    def _entries(self) -> Sequence[PipEntry]:
        return self._pinned.entries if self._pinned is not None else self._inputs.environment.pip

    def completed(self, found: LockedTarget) -> LockedTarget:
        """*found* with the members, and with notes on what was built for it and on where its torch comes from."""
        notes = [*found.notes, *self._gpu_notes(found)]
        if self._pinned is not None or self._allowed:
            from compat.api.locking.building import build_notes
            from compat.api.locking.direct import with_versions

            built = getattr(self._shared(found.target).packages, "built", {})
            notes += build_notes(found, [*built, *(self._pinned.built if self._pinned is not None else ())])
            found = with_versions(found, self._pinned) if self._pinned is not None else found
        found = found._replace(notes=tuple(notes))
        return found if self._inputs.members is None else add_members(found, self._inputs.members)

    def expect(self, target: Target) -> None:
        """Let the pages of what the files ask for come in while something else is under way.

        Not where URLs have to be pinned first: none of those is asked for before the conda part is known to have a solution.
        """
        if self._has_urls:
            return
        self._shared(target).packages.expect([entry.name for entry in self._inputs.environment.pip])

    @property
    def default_index(self) -> str:
        """The index that an installer asks anyway, so that a lock needs not name it: none where the call chose it."""
        if self._options.index_url is not None:
            return ""
        return next(iter(self._usual_settings.index_urls[-1:]), "")

    @property
    def _has_urls(self) -> bool:
        entries = self._inputs.environment.pip
        return any(entry.requirement.url is not None and not entry.editable for entry in entries)

    @cached_property
    def _pinned(self) -> Pinned | None:
        """What URLs stand for, where any are named."""
        if not self._has_urls:
            return None
        from compat.api.locking.direct import Pinning, previous_urls

        self._progress("pinning what is named by URL")

        def open_indexes() -> IndexPackages:
            return self._stack.enter_context(open_source(self._usual_settings))

        folder, options = self._inputs.folder, self._options
        before = {} if options.upgrade else previous_urls(folder, options.upgraded)
        pinning = Pinning(open_indexes, folder, offline=options.offline, allowed=self._allowed, before=before)
        pinned = pinning.pin(self._inputs.environment.pip)
        self.notes += pinned.notes
        return pinned

    def _backend(self, target: Target) -> Backend | None:
        """PyTorch's own index, where *target* needs it; most locks need neither the question nor the rules behind it."""
        if target not in self._backends:
            self._backends[target] = self._find_backend(target)
        return self._backends[target]

    def _find_backend(self, target: Target) -> Backend | None:
        wanted = self._options.torch_backend
        labels = any(entry.requirement.labels for entry in self._inputs.environment.pip)
        if wanted is None and not labels and not target.wants_gpu:
            return None
        from compat.api.locking.torch_backend import find_backend

        return find_backend(self._inputs.environment, target, self._matrix, self._cache, wanted)

    @property
    def choices(self) -> tuple[str, ...]:
        """Where the torch family was looked for, of each target for which that was chosen here."""
        chosen = ((target, backend) for target, backend in self._backends.items() if backend is not None)
        return tuple(f"{target.text}: {backend.why}: {backend.index_url}" for target, backend in chosen)

    def _gpu_notes(self, found: LockedTarget) -> Iterator[str]:
        backend = self._backend(found.target)
        if backend is not None:  # which does not matter where nothing brings torch, or conda does
            if any(package.name in backend.pins for package in found.packages):
                yield f"{backend.why}: {backend.index_url}"
        elif found.target.wants_gpu:
            from compat.api.locking.torch_backend import idle_gpu

            if (note := idle_gpu(found, self._matrix)) is not None:
                yield note

    def _shared(self, target: Target) -> Shared:
        """The indexes for *target*, and what the targets that share them have read so far."""
        backend = self._backend(target)
        key = backend.index_url if backend is not None else ""
        if key not in self._open:
            assert target.python is not None  # filled in
            settings = self._usual_settings if backend is None else self._settings(backend)
            packages = open_source(settings, likely=Fit(target, target.python).best)
            self._open[key] = Shared(self._with_builds(self._stack.enter_context(packages)))
        return self._open[key]

    def _with_builds(self, packages: IndexPackages) -> PackageSource:
        if self._pinned is None and not self._allowed:
            return packages
        from compat.api.locking.building import BuildingSource

        declared = self._pinned.declared if self._pinned is not None else {}
        return BuildingSource(packages, declared, self._allowed, self._inputs.folder)

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


def index_options(environment: Environment) -> IndexOptions:
    """What the files say about indexes: those for all packages, and those that an entry is bound to."""
    default: str | None = None
    extra: list[str] = []
    links: list[str] = []
    closed = False
    for index in environment.indexes:
        if index.role == "index":
            default = default or index.url
        elif index.role == "extra":
            extra.append(index.url)
        elif index.role == "find-links":
            links.append(_link(index))
        closed = closed or index.role == "none"
    pins = {entry.name: entry.index_url for entry in environment.pip if entry.index_url is not None}
    return IndexOptions(default, tuple(extra), tuple(links), pins, closed)


def _link(index: Index) -> str:
    """A place of ``--find-links``; a path is relative to the file that names it."""
    if "://" in index.url:
        return index.url
    return os.path.normpath(os.path.join(os.path.dirname(index.place.path), index.url))
