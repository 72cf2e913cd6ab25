"""Pairs of conda requirements that solve together and do not give what was meant: which of them a file holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from compat.model.conda_version import VersionSpec
from compat.model.diagnostics import Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import CondaCoupling
from compat.model.matchspec import MatchSpec, parse_matchspec
from compat.rules.base import Subject
from compat.rules.channels import CONDA_FORGE, PYTORCH, canonical, channel_of, channels_of, is_within
from compat.rules.conda_torch import entries_named, is_replaced, newest_release


class BrokenPair(NamedTuple):
    """A coupling that both of its halves are in the file for."""

    coupling: CondaCoupling
    first: CondaEntry
    second: CondaEntry


def broken_pairs(subject: Subject, *ids: str) -> Iterator[BrokenPair]:
    """The couplings among *ids* whose halves are both certain here."""
    for coupling in subject.matrix.conda_couplings() if subject.situation.conda else ():
        if coupling.id not in ids or (coupling.subdirs and subject.target.subdir not in coupling.subdirs):
            continue
        halves = [_first_that_is(subject, parse_matchspec(text)) for text in (coupling.first, coupling.second)]
        if halves[0] is not None and halves[1] is not None:
            yield BrokenPair(coupling, halves[0], halves[1])


def _first_that_is(subject: Subject, half: MatchSpec) -> CondaEntry | None:
    return next((entry for entry in entries_named(subject, half.name) if _is_half(subject, entry, half)), None)


def _is_half(subject: Subject, entry: CondaEntry, half: MatchSpec) -> bool:
    """Whether whatever *entry* installs is what *half* describes."""
    if half.channel is not None and half.channel not in (
        channel_of(subject, entry),
        canonical(entry.spec.channel or ""),
    ):
        return False
    if (half.build is not None and half.build != entry.spec.build) or is_replaced(subject, entry):
        return False
    return is_within(entry.spec.version, half.version) or _newest_is(subject, entry, half.version)


def _newest_is(subject: Subject, entry: CondaEntry, wanted: VersionSpec | None) -> bool:
    """Whether *wanted* holds the release that an open `pytorch` of the channel ``pytorch`` comes to."""
    if wanted is None or entry.name != "pytorch" or channel_of(subject, entry) != PYTORCH:
        return False
    newest = newest_release(subject)
    return newest is not None and wanted.matches(str(newest))


class BroughtPair(NamedTuple):
    """A pair whose second half comes as a dependency of the first; ``second`` is its entry where the file names it."""

    coupling: CondaCoupling
    first: CondaEntry
    second: CondaEntry | None
    severity: Severity


def brought_pairs(subject: Subject) -> Iterator[BroughtPair]:
    """The pairs whose first half brings the second, unless the file holds that one back.

    Where it says nothing, conda takes the newest: certainly of conda-forge, which always has new releases; other
    channels may have none, or hold it back by other packages.
    """
    for coupling in subject.matrix.conda_couplings() if subject.situation.conda else ():
        if not coupling.brought or (coupling.subdirs and subject.target.subdir not in coupling.subdirs):
            continue
        half = parse_matchspec(coupling.second)
        first = _first_that_is(subject, parse_matchspec(coupling.first))
        if first is None or any(d.exported for d in subject.environment.documents):
            continue
        named = entries_named(subject, half.name)
        if any(not _may_be(entry, half.version) for entry in named):
            continue
        second = named[0] if named else None
        certain = second is not None and is_within(second.spec.version, half.version)
        severity = Severity(coupling.severity) if certain or CONDA_FORGE in channels_of(subject) else Severity.INFO
        yield BroughtPair(coupling, first, second, severity)


def _may_be(entry: CondaEntry, wanted: VersionSpec | None) -> bool:
    version = entry.spec.version
    return version is None or wanted is None or not version.intersect(wanted).is_empty()
