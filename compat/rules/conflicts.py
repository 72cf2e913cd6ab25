"""Sorting conflicts: each one is told by exactly one rule."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from compat.model.environments import CondaEntry
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry, is_empty
from compat.model.solutions import Conflict, Reason
from compat.rules.base import Subject


class Kind(Enum):
    """What a conflict is about, in the words of the rule that tells it."""

    EMPTY_RANGE = auto()
    CONTRADICTION = auto()
    NO_RELEASE = auto()
    NO_INDEX = auto()
    NO_BUILD = auto()
    PIP_AGAINST_CONDA = auto()
    PLATFORM = auto()
    PYTHON = auto()
    RELEASES = auto()


def kind_of(conflict: Conflict) -> Kind:
    """The one kind of *conflict*: what stands in the way first when it is read from the file outwards."""
    if len({isinstance(entry, CondaEntry) for entry in conflict.entries}) > 1:
        return Kind.PIP_AGAINST_CONDA
    if len(set(conflict.projects)) > 1:
        if conflict.python:
            return Kind.PYTHON
        return Kind.PLATFORM if conflict.platform else Kind.RELEASES
    return _kind_of_one_project(conflict)


def _kind_of_one_project(conflict: Conflict) -> Kind:
    if any(is_empty(entry.requirement) for entry in conflict.entries if isinstance(entry, PipEntry)):
        return Kind.EMPTY_RANGE
    if len(conflict.entries) > 1 and not conflict.python and not conflict.platform and not conflict.rejections:
        return Kind.CONTRADICTION
    reasons = {rejection.reason for rejection in conflict.rejections}
    for reason, kind in _BY_REASON:
        if reason in reasons:
            return kind
    if conflict.python:
        return Kind.PYTHON
    return Kind.PLATFORM if conflict.platform else Kind.RELEASES


_BY_REASON = (
    (Reason.NO_INDEX, Kind.NO_INDEX),
    (Reason.NO_BUILD, Kind.NO_BUILD),
    (Reason.NO_RELEASE, Kind.NO_RELEASE),
)


def cannot_be_installed(subject: Subject, name: PyPIName) -> bool:
    """Whether *name* alone has no release that can be installed as asked; an index that is missing may still mend it."""
    return any(
        set(conflict.projects) == {name}
        and any(rejection.reason is not Reason.NO_INDEX for rejection in conflict.rejections)
        for conflict in subject.situation.conflicts
    )


def conflicts_of(subject: Subject, kind: Kind) -> Iterator[Conflict]:
    """The conflicts of *subject* that are of *kind*."""
    return (conflict for conflict in subject.situation.conflicts if kind_of(conflict) is kind)
