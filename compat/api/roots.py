"""What a call is about: the files that it names or that stand in its folders, the targets, and the matrix to judge by."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from compat.api.environments import Gathered
from compat.api.files import Library, walk
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
    """The roots with their includes. A walked file that another file includes is no root; a named one always is."""
    roots: list[Gathered] = []
    problems: list[Problem] = []
    unread: list[tuple[str, str]] = []
    for path in (*named, *walked):
        kind = detect(path, _bytes(library, path))
        if kind is None and path not in library.failures:
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
