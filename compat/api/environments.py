"""From documents to environments: one for each variant of a root file, with everything that it includes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from compat.model.environments import Document, Environment, Variant
from compat.model.requirements import PipEntry

Gathered = Sequence[tuple[Document, bool, str]]

_Item = TypeVar("_Item")


def environments_of(gathered: Gathered) -> Iterator[Environment]:
    """The environments of a root (first in *gathered*) and its includes: the base, then base and each extra or group."""
    for variant in gathered[0][0].variants:
        yield join(gathered, variant)


def join(gathered: Gathered, variant: Variant) -> Environment:
    """One environment of what *gathered* says in the scopes of *variant*."""
    root = gathered[0][0]
    parts = [part for part in gathered if part[2] in variant.scopes]
    documents = tuple(document for document, _, _ in parts)
    scopes = variant.scopes
    return Environment(
        root=root.path,
        variant=variant.name,
        documents=documents,
        pip=tuple(
            entry for document, constraint, _ in parts for entry in _pip_of(document, scopes, constraint=constraint)
        ),
        conda=tuple(entry for document in documents for entry in document.conda if entry.scope in scopes),
        channels=tuple(channel for document in documents for channel in document.channels if channel.scope in scopes),
        indexes=tuple(index for document in documents for index in document.indexes if index.scope in scopes),
        pythons=tuple(bound for document in documents for bound in document.pythons if bound.scope in scopes),
        system=tuple(item for document in documents for item in document.system if item.scope in scopes),
        platforms=root.platforms,
        members=tuple(
            member
            for document, constraint, _ in parts
            for member in document.members
            if member.scope in scopes and not constraint
        ),
    )


def _pip_of(document: Document, scopes: frozenset[str], *, constraint: bool) -> Iterator[PipEntry]:
    for entry in document.pip:
        if entry.scope in scopes:
            yield entry._replace(constraint=True) if constraint and not entry.constraint else entry


def together(roots: Sequence[Gathered]) -> Environment:
    """All *roots* as one environment: the base of each, and what several of them say once."""
    return _merged([join(gathered, gathered[0][0].variants[0]) for gathered in roots])


def join_all(roots: Sequence[Gathered], variant: Variant) -> Environment:
    """All *roots* as one environment, in the scopes of *variant*."""
    return _merged([join(gathered, variant) for gathered in roots])


def _merged(bases: Sequence[Environment]) -> Environment:
    return bases[0]._replace(
        documents=tuple({document.path: document for base in bases for document in base.documents}.values()),
        pip=_once(base.pip for base in bases),
        conda=_once(base.conda for base in bases),
        channels=_once(base.channels for base in bases),
        indexes=_once(base.indexes for base in bases),
        pythons=_once(base.pythons for base in bases),
        system=_once(base.system for base in bases),
        members=_once(base.members for base in bases),
    )


def _once(groups: Iterable[Iterable[_Item]]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
