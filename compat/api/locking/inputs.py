"""What a lock is made from: all PATHs as one environment, its extras and groups, and targets with nothing left open."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from compat.api.environments import Gathered, join_all
from compat.api.files import DiskFiles, Library
from compat.api.locking.options import LockOptions
from compat.api.locking.reading import is_own
from compat.api.project import config as find_config
from compat.api.roots import DEFAULT_TARGETS, find_roots, gather, load, parse_targets
from compat.lock import to_file_names
from compat.model.config import Config
from compat.model.environments import Document, Environment, Variant
from compat.model.errors import UsageError
from compat.model.names import PyPIName, to_pypi_name
from compat.model.targets import Target
from compat.resolve.pip.wheel_fit import with_glibc
from compat.resolve.situation import admitted_pythons

if TYPE_CHECKING:
    from compat.api.members.member_projects import Builder
    from compat.api.members.members import Members
    from compat.index.files.builds import Built


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
    members: Members | None = None

    @property
    def has_conda(self) -> bool:
        """Whether conda installs anything."""
        return bool(self.environment.conda)

    @property
    def needs_conda(self) -> bool:
        """Whether the pip part cannot be known without solving what conda installs."""
        return any(entry.name not in ("python", "pip") for entry in self.environment.conda)


def read_inputs(paths: Sequence[str], options: LockOptions) -> tuple[Inputs, tuple[str, ...]]:
    """What is locked, and notes on what was not read.

    Raises: UsageError; FileProblem for a file that does not parse.
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
        raise UsageError(
            "no file that can be locked", hint="name an environment.yml, a requirements file or a pyproject.toml"
        )
    environment = locked_environment(roots, options.extras, options.groups)
    _refuse_invalid(environment)
    folder = folder_of(paths, options)
    environment, members = _followed(environment, library, files, folder, options)
    targets = tuple(
        filled_target(target, environment)
        for target in parse_targets(options.targets or config.targets or DEFAULT_TARGETS, matrix)
    )
    notes = [f"{problem.place}: {problem.message}" for problem in problems]
    notes += [f"{path}: files of kind {kind} are not locked" for path, kind in unread]
    documents = {document.path: document for gathered in roots for document, _, _ in gathered}
    if members is not None:
        notes += members.notes
        documents |= {document.path: document for document in members.documents}
    inputs = Inputs(environment, tuple(documents.values()), targets, to_file_names(targets), folder, config, members)
    return inputs, tuple(notes)


def _followed(
    environment: Environment, library: Library, files: DiskFiles, folder: str, options: LockOptions
) -> tuple[Environment, Members | None]:
    """*environment* with what its members require, if it has any, and its archives by their path from *folder*."""
    if not environment.pip and not environment.members and {d.kind for d in environment.documents} == {"environment"}:
        return environment, None
    from compat.api.members.member_archives import localized  # a conda part has neither
    from compat.api.members.members import follow

    environment, members = follow(environment, library, files, folder, _builder(options))
    return environment._replace(pip=localized(environment.pip, files, folder)), members


def _refuse_invalid(environment: Environment) -> None:
    invalid = next((p for document in environment.documents for p in document.problems if p.kind == "invalid"), None)
    if invalid is not None:
        raise UsageError(f"{invalid.place}: {invalid.message}", hint=invalid.hint)


def _builder(options: LockOptions) -> Builder | None:
    """What builds the metadata of members that may be built."""
    allowed = options.allowed
    if not allowed:
        return None

    def build(name: PyPIName, folder: str) -> Built | None:
        from compat.index.files.builds import build_metadata

        return build_metadata(folder, shown=f"the member {name}") if name in allowed else None

    return build


def _is_no_root(path: str) -> bool:
    """Whether a file found in a folder asks for nothing by itself: constraints, and what an earlier run has locked."""
    return "constraint" in os.path.basename(path) or is_own(path)


def folder_of(paths: Sequence[str], options: LockOptions) -> str:
    """Where the locks of *paths* are: where the call says, else in the folder of the first."""
    if options.output:
        return options.output
    path = paths[0] if paths else "."
    return path if os.path.isdir(path) else os.path.dirname(path) or "."


def locked_environment(roots: Sequence[Gathered], extras: Collection[str], groups: Collection[str]) -> Environment:
    """All *roots* as one environment, with the entries of *extras* and *groups*.

    Raises: UsageError for an extra or a group that no root has.
    """
    known: dict[str, set[str]] = {}
    for variant in (variant for gathered in roots for variant in gathered[0][0].variants):
        kind, _, name = variant.name.partition(":")
        known.setdefault(f"{kind}:{to_pypi_name(name)}" if name else variant.name, set()).update(variant.scopes)
    wanted = [
        f"{kind}:{to_pypi_name(name)}" for kind, names in (("extra", extras), ("group", groups)) for name in names
    ]
    for scope in wanted:
        if scope not in known:
            kind, _, name = scope.partition(":")
            have = sorted(found.partition(":")[2] for found in known if found.startswith(f"{kind}:"))
            raise UsageError(f"there is no {kind} `{name}`", hint=f"there are: {', '.join(have)}" if have else None)
    # The scopes of the base may hold what is only there without extras, so it counts alone.
    scopes = {scope for name in wanted or [""] for scope in known.get(name, {""})}
    return join_all(roots, Variant("", frozenset(scopes)))


def filled_target(target: Target, environment: Environment) -> Target:
    """*target* with a Python and a glibc: the file's lowest Python, else that of this process; glibc 2.28 on Linux."""
    python = target.python
    if python is None:
        pythons, bounds, _ = admitted_pythons(environment, target)
        if bounds and not pythons:
            raise UsageError("the files admit no Python at all", hint=f"{bounds[0].place}")
        python = pythons[-1] if bounds else sys.version_info[:2]
    return with_glibc(target)._replace(python=python)
