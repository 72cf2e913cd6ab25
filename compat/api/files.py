"""Where bytes come from: the disk or a request; walking folders; and following includes within the repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from compat.formats import READABLE_KINDS, detect, read
from compat.model.environments import Document, Include, Problem
from compat.model.errors import FileProblem

#: Folders that hold other people's files, never the project's own descriptors.
SKIPPED_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".tox",
        ".nox",
        ".venv",
        "venv",
        "env",
        "node_modules",
        "__pycache__",
        "site-packages",
        ".pixi",
        "build",
        "dist",
    }
)

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

#: Includes of includes deeper than this are a loop in all but name.
MAX_DEPTH = 20


class Files(Protocol):
    """Files by path, with ``/``; paths are as the user gave them."""

    def read(self, path: str) -> bytes:
        """Raises: FileNotFoundError, or FileProblem for what is no readable file."""
        ...

    def is_inside(self, path: str, root: str) -> bool:
        """Whether an include of the file *root* may be followed to *path*."""
        ...


class DiskFiles:
    """Files on disk; an include may not leave the repository of the file that was asked for.

    That is the nearest folder upwards with a ``.git``, else the working folder, else (for a file outside it) the file's.
    """

    def __init__(self, stdin: Mapping[str, bytes] | None = None) -> None:
        self._given = dict(stdin or {})
        self._repositories: dict[str, str] = {}

    def read(self, path: str) -> bytes:
        if path in self._given:
            return self._given[path]
        try:
            with open(path, "rb") as file:
                return file.read()
        except NotADirectoryError as error:  # `requirements.txt/base.txt`
            raise FileNotFoundError(path) from error
        except FileNotFoundError:
            raise
        except OSError as error:
            raise FileProblem(path, f"cannot be read: {error.strerror or error}") from error

    def is_inside(self, path: str, root: str) -> bool:
        return _is_within(os.path.realpath(path), self._repository(os.path.realpath(os.path.dirname(root))))

    def _repository(self, folder: str) -> str:
        if folder not in self._repositories:
            working = os.path.realpath(os.curdir)
            holds_git = (above for above in upwards(folder) if os.path.exists(os.path.join(above, ".git")))
            self._repositories[folder] = next(holds_git, working if _is_within(folder, working) else folder)
        return self._repositories[folder]


def upwards(folder: str) -> Iterator[str]:
    """*folder* and every folder above it."""
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


class RequestFiles:
    """The files of one request: nothing else exists."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise FileNotFoundError(path)
        return self._files[path]

    def is_inside(self, path: str, root: str) -> bool:  # noqa: ARG002 - what the request holds may be read
        return True


def is_skipped(name: str) -> bool:
    """Whether a walk leaves the folder *name* out."""
    return name in SKIPPED_FOLDERS or name.endswith(".egg-info")


def walk(folder: str, kinds: frozenset[str] = READABLE_KINDS) -> Iterator[str]:
    """The files of *folder* that are of one of *kinds* by their names, sorted; other people's folders are left out."""
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_skipped(name))
        for name in sorted(names):
            path = os.path.normpath(os.path.join(current, name)).replace(os.sep, "/")
            kind = detect(path, None)
            if kind in kinds or (kind is None and "kubernetes" in kinds and _is_for_cluster(path)):
                yield path


def _is_for_cluster(path: str) -> bool:
    """Whether a file whose name says nothing is one for a cluster, by its content."""
    if not path.endswith((".yml", ".yaml")):
        return False
    from compat.api.workloads.kinds import is_by_content

    return is_by_content(path)


def include_path(document: Document, include: Include) -> str:
    """The path of an include, relative to the same folder as the path of the file that names it."""
    joined = os.path.normpath(os.path.join(os.path.dirname(document.path), include.path))
    return joined.replace(os.sep, "/")


class Library:
    """Documents by path, each read once; what does not parse is remembered as its problem."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.documents: dict[str, Document] = {}
        self.failures: dict[str, FileProblem] = {}

    def peek(self, path: str) -> bytes | None:
        """The bytes of *path*, or None where they cannot be read (see ``failures``). Raises: FileNotFoundError."""
        try:
            return self._files.read(path)
        except FileProblem as problem:
            self.failures[path] = problem
            return None

    def is_inside(self, path: str, root: str) -> bool:
        """Whether what the file *root* names may be followed to *path*."""
        return self._files.is_inside(path, root)

    def load(self, path: str, kind: str | None = None) -> Document | None:
        """The document at *path*, or None where it does not parse (see ``failures``). Raises: FileNotFoundError."""
        if path in self.failures:
            return None
        if path not in self.documents:
            try:
                data = self._files.read(path)
                self.documents[path] = read(path, data, kind)
            except FileProblem as problem:
                self.failures[path] = problem
                return None
        return self.documents[path]

    def gather(self, root: Document) -> tuple[list[tuple[Document, bool, str]], list[Problem]]:
        """*root* and what it includes, each with whether it is a constraint file and the scope it was included for.

        A missing include, or one outside the repository, is a problem at the line that names it.
        """
        found: list[tuple[Document, bool, str]] = [(root, False, "")]
        problems: list[Problem] = []
        seen = {(root.path, False, "")}
        for document, constraint, scope in found:  # grows while it is walked
            for include in document.includes if len(found) <= MAX_DEPTH * 10 else ():
                path = include_path(document, include)
                key = (path, constraint or include.constraint, include.scope or scope)
                if key in seen:
                    continue
                seen.add(key)
                included = self._include(path, include, root.path, problems)
                if included is not None:
                    found.append((included, *key[1:]))
        return found, problems

    def _include(self, path: str, include: Include, root: str, problems: list[Problem]) -> Document | None:
        if _URL.match(include.path):
            why = "is a URL and is not read offline"
        elif not self._files.is_inside(path, root):
            why = "is outside the repository and is not read"
        else:
            try:
                kind = detect(path, None)
                return self.load(path, kind if kind in READABLE_KINDS else "requirements")
            except FileNotFoundError:
                why = "does not exist"
        problems.append(Problem("include", f"`{include.path}` {why}", include.place))
        return None
