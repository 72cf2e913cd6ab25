"""What a call is about: the files that it names or that stand in its folders, the targets, and the matrix to judge by."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from compat.api.environments import Gathered
from compat.api.files import Library, is_skipped, walk
from compat.formats import READABLE_KINDS, detect
from compat.host import host_target
from compat.matrix import load_matrix
from compat.model.environments import Problem
from compat.model.errors import FileProblem, UsageError
from compat.model.targets import Target, parse_target

if TYPE_CHECKING:  # who asks the matrix imports them
    from compat.model.knowledge import Matrix
    from compat.resolve.offline import Cache

#: What `relax`, `recommend` and `lock` keep in view where neither call nor configuration names a target.
DEFAULT_TARGETS = ("linux-64", "linux-aarch64")


def find_roots(
    paths: Sequence[str],
    given: Mapping[str, bytes] = MappingProxyType({}),
    also: frozenset[str] = frozenset(),
) -> tuple[list[str], list[str]]:
    """Files that the call names, and files found in the folders that it names: descriptors, and the kinds in *also*.

    Raises: UsageError.
    """
    named: list[str] = []
    walked: list[str] = []
    for path in paths or ["."]:
        if path in given or os.path.isfile(path):
            named.append(path)
        elif os.path.isdir(path):
            walked.extend(walk(path, READABLE_KINDS | also))
        else:
            raise UsageError(f"`{path}` does not exist")
    return list(dict.fromkeys(named)), list(dict.fromkeys(walked))


def request_roots(files: Mapping[str, bytes], roots: Sequence[str]) -> tuple[list[str], list[str]]:
    """The same for the files of a request, of which the call names *roots*; a folder has a ``/`` behind it.

    In a folder the files are found that a walk of it would come to, in its order. Raises: UsageError.
    """
    named = [root for root in roots if root in files]
    folders = [os.path.normpath(root) for root in roots if root.endswith("/")]
    if missing := [root for root in roots if root not in files and not root.endswith("/")]:
        raise UsageError(f"`{missing[0]}` is a root, but none of the files")
    known = [name for name in files if _is_found(name, files[name])]
    walked = [(key, name) for name in known for folder in folders if (key := _walked(name, folder)) is not None]
    return list(dict.fromkeys(named)), list(dict.fromkeys(name for _, name in sorted(walked)))


def _is_found(name: str, data: bytes) -> bool:
    """Whether a walk takes the file, by its name or as one for a cluster."""
    if detect(name, None) is not None or not name.endswith((".yml", ".yaml")):
        return detect(name, None) is not None
    from compat.api.workloads.kinds import LOOKED_AT, says_cluster

    return says_cluster(name, data[:LOOKED_AT])


def _walked(name: str, folder: str) -> list[tuple[int, str]] | None:
    """When a walk of *folder* comes to *name*, to sort by: files before folders. None if it does not."""
    path, base = os.path.normpath(name), "" if folder == "." else folder + os.sep
    parts = path.removeprefix(base).split(os.sep)
    if not path.startswith(base) or parts[0] in ("..", "") or any(map(is_skipped, parts[:-1])):
        return None
    return [*((1, part) for part in parts[:-1]), (0, parts[-1])]


def load(names: Mapping[str, tuple[str, ...]]) -> tuple[Matrix, Cache]:
    """The matrix with the given name overrides, and what the solver has found out about it so far in this process."""
    return _loaded(tuple(sorted(names.items())))


@lru_cache(maxsize=8)
def _loaded(names: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Matrix, Cache]:
    return load_matrix(dict(names)), {}


def parse_targets(texts: Sequence[str], matrix: Matrix) -> tuple[Target, ...]:
    """Targets from their strings, each once; ``host`` looks at this machine. Raises: UsageError."""
    gpus = (
        {name: gpu.compute_capability for name, gpu in matrix.gpus().items()} if any("gpu" in t for t in texts) else {}
    )
    if not texts:
        return (host_target("host", gpus, platform_only=True),)
    return tuple(
        host_target(text, gpus) if text.split(",")[0].strip() == "host" else parse_target(text, gpus)
        for text in dict.fromkeys(texts)
    )


def gather(
    library: Library, named: Sequence[str], walked: Sequence[str]
) -> tuple[list[Gathered], list[Problem], list[tuple[str, str]]]:
    """The roots with their includes. A walked file that another file includes is no root; a named one always is.

    A walked file whose content is of no kind is passed over, as all others are whose names say nothing; a named one is a failure.
    """
    roots: list[Gathered] = []
    problems: list[Problem] = []
    unread: list[tuple[str, str]] = []
    for path in (*named, *walked):
        kind = detect(path, _bytes(library, path))
        if kind is None and path in named and path not in library.failures:
            library.failures[path] = FileProblem(path, "is no kind of file that compat knows, by name or by content")
        if kind not in READABLE_KINDS:
            if kind is not None:
                unread.append((path, kind))
            continue
        document = library.load(path, kind)
        if document is not None:
            gathered, own = library.gather(document)
            roots.append(gathered)
            problems.extend(own)
    return _not_included(roots, frozenset(named)), problems, unread


def _not_included(roots: Sequence[Gathered], named: frozenset[str]) -> list[Gathered]:
    """*roots* without those that another one includes; of files that include each other, the first stays."""
    includers: dict[str, set[str]] = {root[0][0].path: set() for root in roots}
    for root in roots:
        for document, _, _ in root[1:]:
            includers.get(document.path, set()).add(root[0][0].path)
    kept: list[Gathered] = []
    passed: set[str] = set()
    for root in roots:
        path = root[0][0].path
        others = includers[path] - {path}
        if path in named or all(path in includers[other] and other not in passed for other in others):
            kept.append(root)
        passed.add(path)
    return kept


def _bytes(library: Library, path: str) -> bytes | None:
    try:
        return library.peek(path)
    except FileNotFoundError:
        return None
