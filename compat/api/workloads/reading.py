"""The workloads among the files of a call, and the files of the repository that they name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from compat.api.files import Library
from compat.api.locking.kinds import LOCK_KINDS
from compat.api.workloads.kinds import BY_CONTENT, WORKLOAD_KINDS
from compat.formats import detect
from compat.formats.workloads import read_workloads
from compat.model.containers import Install
from compat.model.errors import FileProblem
from compat.model.workloads import Container, LockUse, WorkloadFile

#: Folders above that of the file in which what it names may stand.
_MAX_ABOVE = 8


def read_roots(library: Library, unread: Sequence[tuple[str, str]], named: frozenset[str]) -> list[WorkloadFile]:
    """The workloads among the files that are no descriptors; one that does not parse is a failure of *library*.

    A template of Helm is none, unless the call names it: then its report says that it was not read. Nor is what a walk took for a file
    of a cluster and what is no YAML: most such files are templates of some tool.
    """
    found = []
    for path, kind in unread:
        data = library.peek(path) if kind in WORKLOAD_KINDS else None
        if data is None:
            continue
        try:
            file = read_workloads(path, data, kind)
        except FileProblem as problem:
            if path in named or kind not in BY_CONTENT:
                library.failures[path] = problem
            continue
        if not file.template or path in named:
            library.documents[path] = file.document
            found.append(file)
    return found


def locks_of(library: Library, file: WorkloadFile) -> Iterator[LockUse]:
    """The locks of the repository that containers install from."""
    for workload in file.workloads:
        for container in workload.containers:
            for command in container.commands:
                if command.install is not None:
                    yield from _locks(library, file, container, command.install)


def _locks(library: Library, file: WorkloadFile, container: Container, install: Install) -> Iterator[LockUse]:
    for include in install.includes:
        kind = detect(include.path, None)
        path = find_above(library, file.document.path, include.path) if kind in LOCK_KINDS else None
        data = library.peek(path) if path is not None else None
        if path is None or kind is None or data is None:
            continue
        from compat.api.locking.judge import read_root

        try:
            locks = read_root(path, kind, data, named=False).locks
        except FileProblem:  # told where the lock itself is checked
            continue
        subdirs = tuple(dict.fromkeys(subdir for lock in locks.values() for subdir in lock.subdirs))
        yield LockUse(container, path, include.place, subdirs)


def is_customized(library: Library, file: WorkloadFile) -> bool:
    """Whether a ``kustomization.yaml`` stands beside *file*."""
    folder = os.path.dirname(file.document.path)
    for name in ("kustomization.yaml", "kustomization.yml", "Kustomization"):
        if peek(library, os.path.join(folder, name)) is not None:
            return True
    return False


def peek(library: Library, path: str) -> bytes | None:
    """The bytes of a file that need not be there; what cannot be read (a folder) is no failure of the call."""
    known = path in library.failures
    try:
        data = library.peek(path)
    except FileNotFoundError:
        return None
    if data is None and not known:
        library.failures.pop(path, None)
    return data


def find_above(library: Library, origin: str, name: str) -> str | None:
    """The file *name* beside *origin* or in a folder above it, within the repository; of an absolute path only the name counts."""
    relative = os.path.basename(name) if name.startswith("/") else name
    folder = os.path.dirname(origin)
    for _ in range(_MAX_ABOVE):
        path = os.path.normpath(os.path.join(folder, relative)).replace(os.sep, "/")
        if not library.is_inside(path, origin):
            return None
        if peek(library, path) is not None:
            return path
        if folder in {"", "/"}:
            return None
        folder = os.path.dirname(folder)
    return None
