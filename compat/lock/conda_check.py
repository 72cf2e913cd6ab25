"""The conda packages of a lock on one target: do they go together, run on the machine, and do for the input.

What a record asks of others is in the lock itself (``depends``), so that no channel is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compat.lock.problems import LockProblem
from compat.lock.reading import ReadLock, ReadRecord
from compat.model.conda_order import InvalidVersion
from compat.model.environments import CondaEntry
from compat.model.matchspec import MatchSpec, find_matchspec
from compat.model.names import CondaName
from compat.model.places import Place
from compat.model.targets import SUBDIRS, Target

#: Virtual package to its version on the target, which claims it; "" where it has none. Others are not known.
Machine = Mapping[str, str]

#: What a system is by its subdir: a package that asks for another is for another system.
_SYSTEMS = {
    "linux": frozenset({"__unix", "__linux"}),
    "osx": frozenset({"__unix", "__osx"}),
    "win": frozenset({"__win"}),
}
_SUBDIRS = frozenset({"noarch", *SUBDIRS})
_ALL_SYSTEMS = frozenset().union(*_SYSTEMS.values())


def records_for(lock: ReadLock, target: Target) -> tuple[ReadRecord, ...]:
    """The conda packages that *lock* has for *target*."""
    return tuple(each for each in lock.conda if each.subdir in (target.subdir, ""))


def record_problems(lock: ReadLock, target: Target, machine: Machine) -> Iterator[LockProblem]:
    """What is wrong with the conda packages by themselves."""
    records = records_for(lock, target)
    by_name = {each.record.name: each for each in records}
    here = {*by_name, *lock_names(lock, target)}
    for each in records:
        if (subdir := _subdir_of(each)) not in (target.subdir, "noarch", ""):
            text = f"{_title(each)} is a package for {subdir}, not for {target.subdir}"
            yield LockProblem("hole", each.record.name, text, None, each.place)
        for words in each.record.depends:
            spec = find_matchspec(words)
            if spec is None:
                continue
            if spec.name.startswith("__"):
                yield from _on_machine(each, spec, target, machine)
            elif (other := by_name.get(spec.name)) is not None:
                if not fits_spec(spec, other):
                    text = f"{_title(each)} depends on `{spec.text}`, but {_title(other)} is locked"
                    yield LockProblem("open", spec.name, text, None, each.place)
            elif spec.name not in here:
                text = f"{_title(each)} depends on `{spec.text}`, which is not locked for {target.subdir}"
                yield LockProblem("open", spec.name, text, None, each.place)
        yield from _constrained(each, by_name)


def _subdir_of(each: ReadRecord) -> str:
    """The platform by the address of the file: early locks of pixi have that of the solve for noarch packages as well."""
    folder = each.record.url.rpartition("/")[0].rpartition("/")[2]
    return folder if folder in _SUBDIRS else each.record.subdir


def lock_names(lock: ReadLock, target: Target) -> frozenset[str]:
    """What the pip part installs: conda-lock takes conda packages out of one that pip brings."""
    return frozenset(str(p.name) for p in lock.packages if not p.subdirs or target.subdir in p.subdirs)


def _constrained(each: ReadRecord, by_name: Mapping[CondaName, ReadRecord]) -> Iterator[LockProblem]:
    for words in each.record.constrains:
        spec = find_matchspec(words)
        other = by_name.get(spec.name) if spec is not None else None
        if spec is not None and other is not None and not fits_spec(spec, other):
            text = f"{_title(each)} goes with `{spec.text}` only, but {_title(other)} is locked"
            yield LockProblem("open", spec.name, text, None, each.place)


def _on_machine(each: ReadRecord, spec: MatchSpec, target: Target, machine: Machine) -> Iterator[LockProblem]:
    if spec.name in _ALL_SYSTEMS and spec.name not in _SYSTEMS[target.subdir.partition("-")[0]]:
        text = f"{_title(each)} asks for `{spec.text}`, which no {target.subdir} has"
        yield LockProblem("hole", each.record.name, text, None, each.place)
    version = machine.get(spec.name)
    # Whether a build for CUDA is of use without a GPU, other rules say; here is what a machine with one lacks.
    if version and spec.version is not None and not _admits(spec, version):
        kind = "driver" if spec.name == "__cuda" else "machine"
        text = f"{_title(each)} asks for `{spec.text}`, but `{target.text}` has {spec.name} {version}"
        yield LockProblem(kind, each.record.name, text, None, each.place)


def entry_problems(lock: ReadLock, entries: Sequence[CondaEntry], target: Target) -> Iterator[LockProblem]:
    """What the input asks of conda, which the lock does not hold. *entries* are those that apply on *target*."""
    by_name = {each.record.name: each for each in records_for(lock, target)}
    for entry in entries:
        each = by_name.get(entry.name)
        if each is None:
            yield LockProblem(
                "missing", entry.name, f"`{entry.spec.text}` is not locked", entry.place, Place(lock.path)
            )
        elif not fits_spec(entry.spec, each):
            record = each.record
            text = f"`{entry.spec.text}` is locked to {record.version} ({record.build})"
            yield LockProblem("version", entry.name, text, entry.place, each.place)
        elif entry.spec.channel and not is_same_channel(entry.spec.channel, each.record.channel):
            text = f"`{entry.spec.text}` is locked from {short_channel(each.record.channel)}"
            yield LockProblem("source", entry.name, text, entry.place, each.place)


def unasked_problems(
    lock: ReadLock, entries: Sequence[CondaEntry], target: Target, *, pip: bool
) -> Iterator[LockProblem]:
    """The conda packages that no entry leads to, where the lock says who depends on whom."""
    records = {each.record.name: each for each in records_for(lock, target)}
    if not any(each.record.depends for each in records.values()):
        return
    # Python comes with its installer, and with what a pip part needs, whoever asks.
    pending = [*(entry.name for entry in entries), CondaName("pip"), *([CondaName("python")] if pip else [])]
    reached: set[CondaName] = set()
    while pending:
        name = pending.pop()
        if name in records and name not in reached:
            reached.add(name)
            pending += [CondaName(words.split(maxsplit=1)[0]) for words in records[name].record.depends]
    for name, each in records.items():
        if name not in reached:
            yield LockProblem("unasked", name, f"nobody asks for {_title(each)}", None, each.place)


def fits_spec(spec: MatchSpec, each: ReadRecord) -> bool:
    """Whether *each* is what *spec* asks for; what is no version of conda's is not told."""
    try:
        return spec.matches(each.record.version, each.record.build or None)
    except InvalidVersion:
        return True


def short_channel(channel: str) -> str:
    """A channel as people write it: without the address of Anaconda's server."""
    return channel.rstrip("/").removeprefix("https://conda.anaconda.org/")


def is_same_channel(asked: str, channel: str) -> bool:
    """Whether a channel as it is asked for is the one of the address *channel*, which a mirror may be as well."""
    wanted, found = short_channel(asked), short_channel(channel)
    if wanted == "defaults":
        return found == wanted or "/pkgs/" in found or not found
    return found in (wanted, "") or ("://" not in wanted and found.endswith(f"/{wanted}"))


def _title(each: ReadRecord) -> str:
    return f"`{each.record.title}`" if each.record.build else f"`{each.record.name} {each.record.version}`"


def _admits(spec: MatchSpec, version: str) -> bool:
    try:
        return spec.matches(version)
    except InvalidVersion:
        return True
