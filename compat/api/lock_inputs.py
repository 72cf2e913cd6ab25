"""What a lock is made from: all PATHs as one environment, its extras and groups, and targets with nothing left open."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence

from compat.api.environments import Gathered, join_all
from compat.index.sources import IndexOptions
from compat.model.environments import Environment, Index, Variant
from compat.model.errors import UsageError
from compat.model.names import to_pypi_name
from compat.model.targets import Target
from compat.resolve.situation import admitted_pythons
from compat.resolve.wheel_fit import with_glibc


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
