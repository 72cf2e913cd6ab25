"""Entries that no record of the channels meets, taken alone: what is there instead, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from compat.model.conda_records import CondaChannels, CondaRecord
from compat.model.conda_solutions import ClashKind, CondaChange, CondaClash, CondaStep
from compat.model.distributions import UnreachedError
from compat.model.environments import CondaEntry
from compat.model.matchspec import MatchSpec
from compat.model.names import CondaName
from compat.model.targets import SUBDIRS
from compat.model.words import listed
from compat.resolve.conda.change import Changes, around
from compat.resolve.conda.pools import Pools, admits, is_from, is_virtual
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.conda.words import have_words, span_words, versions_of

#: From so many entries of one kind on, they are told as one: a file exported on another platform misses dozens.
GROUP = 4
#: Entries for which other platforms are looked up: each new platform is a further repodata.
MAX_ELSEWHERE = 40
#: Builds that are named.
_BUILDS = 3


class Missing(NamedTuple):
    """One entry by its number, and what the channels have instead."""

    number: int
    kind: ClashKind
    steps: tuple[CondaStep, ...]
    elsewhere: str = ""
    """Another platform that has it."""


def find_missing(question: CondaQuestion, pools: Pools, channels: CondaChannels) -> list[Missing]:
    """The entries that no record meets, in the order of the file."""
    elsewhere = _Elsewhere(channels, question.target.subdir)
    found = []
    for number, entry in enumerate(question.entries):
        if is_virtual(entry.name):
            continue
        records = pools.records(entry.name)
        if not any(admits(entry.spec, record) for record in records):
            other = elsewhere.platform(entry.spec)
            kind, text = _why(entry.spec, records, elsewhere, other)
            source = records[0].channel if records else next(iter(channels.urls), "")
            found.append(Missing(number, kind, (CondaStep(text, source),), other))
    return found


def _why(spec: MatchSpec, records: Sequence[CondaRecord], elsewhere: _Elsewhere, other: str) -> tuple[ClashKind, str]:
    subdir = elsewhere.subdir
    platforms = f" (it is there for {other})" if other else ""
    own = [record for record in records if spec.channel is None or is_from(record, spec.channel)]
    if not own and records:
        return (
            ClashKind.NOT_ON_CHANNEL,
            f"{spec.name} for {subdir} is in {listed_channels(records)}",
        )
    if not own:
        if not platforms:
            return ClashKind.NO_PACKAGE, f"no package is called so in {elsewhere.channel_words}"
        return ClashKind.NOT_ON_PLATFORM, f"no {spec.name} for {subdir} is in {elsewhere.channel_words}{platforms}"
    if any(admits(spec._replace(build=None), record) for record in own):
        return ClashKind.NO_BUILD, _builds(spec, own, subdir) + platforms
    return ClashKind.NO_VERSION, _versions(spec, own, subdir) + platforms


def _versions(spec: MatchSpec, own: Sequence[CondaRecord], subdir: str) -> str:
    """What there is for *subdir*: the versions on both sides of the one asked for, where it is between them."""
    versions = versions_of(own)
    older, newer = around(spec, versions)
    if older and newer and len(versions) > 2:
        return f"next to it, the channels have {spec.name} {older} and {newer} for {subdir}{_exactly(spec, versions)}"
    return f"{have_words(spec.name, versions)} for {subdir}{_exactly(spec, versions)}"


def _exactly(spec: MatchSpec, versions: Sequence[str]) -> str:
    """``=2.5`` is 2.5.*, and beside a build it is 2.5: most who write that mean the first."""
    exact = spec.version.is_exact if spec.version is not None and spec.build is not None else None
    if exact is None or not any(version.startswith(f"{exact}.") for version in versions):
        return ""
    return f"; before a build, conda takes `{exact}` for exactly that, and not for `{exact}.*`"


def _builds(spec: MatchSpec, own: Sequence[CondaRecord], subdir: str) -> str:
    bare = spec._replace(build=None)
    builds = list(dict.fromkeys(record.build for record in own if admits(bare, record)))
    shown = ", ".join(f"`{build}`" for build in builds[:_BUILDS])
    more = f" and {len(builds) - _BUILDS} more" if len(builds) > _BUILDS else ""
    version = span_words(versions_of([record for record in own if admits(bare, record)]))
    return f"{spec.name} {version} is there for {subdir} as {shown}{more}"


def channel_name(record: CondaRecord) -> str:
    """``conda-forge`` of its address."""
    return record.channel.rpartition("/")[2]


def listed_channels(records: Iterable[CondaRecord]) -> str:
    """The channels of *records*, in their order: ``conda-forge``, ``pytorch and conda-forge``."""
    names = list(dict.fromkeys(map(channel_name, records)))
    return listed(names)


class _Elsewhere:
    """Looks entries up on the other platforms, the other Linux first."""

    def __init__(self, channels: CondaChannels, subdir: str) -> None:
        self.subdir = subdir
        self._channels = channels
        self._left = MAX_ELSEWHERE
        family = subdir.partition("-")[0]
        self._others = sorted((s for s in SUBDIRS if s != subdir), key=lambda s: not s.startswith(family))
        self._unreached: set[str] = set()

    @property
    def channel_words(self) -> str:
        names = [url.rpartition("/")[2] for url in self._channels.urls]
        return listed(names)

    def platform(self, spec: MatchSpec) -> str:
        """The first other platform that has it; "" for none, and where too many were looked for."""
        self._left -= 1
        return next(self._having(spec), "") if self._left >= 0 else ""

    def _having(self, spec: MatchSpec) -> Iterator[str]:
        for subdir in self._others:
            if any(record.subdir != "noarch" and admits(spec, record) for record in self._records(spec.name, subdir)):
                yield subdir

    def _records(self, name: CondaName, subdir: str) -> tuple[CondaRecord, ...]:
        """None where a channel does not answer: then nothing is said of that platform."""
        if subdir in self._unreached:
            return ()
        try:
            return self._channels.records(name, subdir)
        except UnreachedError:
            self._unreached.add(subdir)
            return ()


def missing_clashes(question: CondaQuestion, missing: Sequence[Missing], changes: Changes) -> list[CondaClash]:
    """A clash for each of *missing*, those of one kind in one where they are many, with what is there instead."""
    by_kind: dict[ClashKind, list[Missing]] = {}
    for one in missing:
        by_kind.setdefault(one.kind, []).append(one)
    told = [part for ones in by_kind.values() for part in ([ones] if len(ones) >= GROUP else [[one] for one in ones])]
    told.sort(key=lambda part: part[0].number)
    edits = _instead(missing, changes)
    solves = changes.all_at_once(edits)
    if len(missing) == 1 and not solves and missing[0].kind is ClashKind.NO_VERSION:
        change = changes.nearest_version(missing[0].number) or _change(missing, edits, solves=False)
        return [_clash(question, missing, change)]
    return [_clash(question, part, _change(part, edits, solves=solves)) for part in told]


def _instead(missing: Sequence[Missing], changes: Changes) -> dict[int, tuple[CondaEntry, str]]:
    found = {
        one.number: changes.instead(one.number)
        for one in missing
        if one.kind in {ClashKind.NO_BUILD, ClashKind.NO_VERSION}
    }
    return {number: edit for number, edit in found.items() if edit is not None}


def _change(
    part: Sequence[Missing], edits: Mapping[int, tuple[CondaEntry, str]], *, solves: bool
) -> CondaChange | None:
    own = tuple(edits[one.number] for one in part if one.number in edits)
    return CondaChange(edits=own, solves=solves) if own else None


def _clash(question: CondaQuestion, part: Sequence[Missing], change: CondaChange | None) -> CondaClash:
    entries = tuple(question.entries[one.number] for one in part)
    steps = tuple(dict.fromkeys(step for one in part for step in one.steps))
    platforms = Counter(one.elsewhere for one in part if one.elsewhere)
    made_for = next((name for name, count in platforms.most_common(1) if 2 * count > len(part) >= GROUP), "")
    return CondaClash(part[0].kind, question.target, entries, steps, change=change, made_for=made_for)
