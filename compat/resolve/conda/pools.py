"""The records of each conda package as numbers, and which of them a MatchSpec admits: what an explanation counts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from compat.model.conda_order import InvalidVersion
from compat.model.conda_records import CondaChannels, CondaRecord, VirtualPackage
from compat.model.matchspec import MatchSpec, find_matchspec
from compat.model.names import CondaName, to_conda_name

Numbers = frozenset[int]
NOTHING: Numbers = frozenset()
#: Between the MatchSpecs that one record has on one package, all of which hold.
AND = " & "


class Pools:
    """All records of the packages asked for so far, on one platform.

    Those of all channels count, whatever the priority: what is proved by them holds under each.
    """

    def __init__(self, channels: CondaChannels, subdir: str, virtual: Sequence[VirtualPackage]) -> None:
        self._channels = channels
        self._subdir = subdir
        self._virtual = {package.name: package for package in virtual}
        self._records: dict[CondaName, tuple[CondaRecord, ...]] = {}
        self._admitted: dict[str, Numbers] = {}
        self._needs: dict[tuple[CondaName, int], tuple[Mapping[CondaName, str], Mapping[CondaName, str]]] = {}

    def records(self, name: CondaName) -> tuple[CondaRecord, ...]:
        """Newest first within a channel; of a virtual package the one of the machine, or none."""
        found = self._records.get(name)
        if found is None:
            found = (
                self._virtual_record(name)
                if is_virtual(name)
                else _one_format(self._channels.records(name, self._subdir))
            )
            self._records[name] = found
        return found

    def _virtual_record(self, name: CondaName) -> tuple[CondaRecord, ...]:
        own = self._virtual.get(name)
        return () if own is None else (CondaRecord(name, own.version, own.build, 0, self._subdir, "", ""),)

    def everything(self, name: CondaName) -> Numbers:
        return frozenset(range(len(self.records(name))))

    def admitted(self, text: str) -> Numbers:
        """The records that *text* admits, which is one or several MatchSpecs on one package, joined by `AND`."""
        found = self._admitted.get(text)
        if found is None:
            first, *others = map(self._admitted_by, text.split(AND))
            found = self._admitted[text] = first.intersection(*others)
        return found

    def _admitted_by(self, text: str) -> Numbers:
        spec = read_spec(text)
        if spec is None:
            return NOTHING
        return frozenset(n for n, record in enumerate(self.records(spec.name)) if admits(spec, record))

    def needs(self, name: CondaName, number: int) -> tuple[Mapping[CondaName, str], Mapping[CondaName, str]]:
        """Package to MatchSpec text of what one record depends on, and of what it constrains."""
        key = name, number
        found = self._needs.get(key)
        if found is None:
            record = self.records(name)[number]
            found = self._needs[key] = _by_name(record.depends), _by_name(record.constrains)
        return found


def _one_format(records: Sequence[CondaRecord]) -> tuple[CondaRecord, ...]:
    """Without the ``.tar.bz2`` of what is there as ``.conda``, too, which solvers leave out."""
    modern = {record.url.removesuffix(".conda") for record in records if record.url.endswith(".conda")}
    return tuple(record for record in records if record.url.removesuffix(".tar.bz2") not in modern)


def is_virtual(name: str) -> bool:
    """Whether *name* is a fact about the machine, such as ``__cuda``."""
    return name.startswith("__")


def _by_name(texts: Sequence[str]) -> Mapping[CondaName, str]:
    """The texts by the package that they are about; two on one package are joined."""
    found: dict[CondaName, str] = {}
    for text in texts:
        spec = read_spec(text)
        if spec is not None:
            known = found.get(spec.name)
            found[spec.name] = text if known is None or known == text else f"{known}{AND}{text}"
    return found


@lru_cache(maxsize=65536)
def read_spec(text: str) -> MatchSpec | None:
    """A dependency of a record; None where it cannot be read, and for one that holds under a condition alone."""
    if "when=" in text or text[:1] in ("*", "^"):
        return None
    return find_matchspec(text)


def admits(spec: MatchSpec, record: CondaRecord) -> bool:
    """Whether *record* is what *spec* asks for: version, build, channel and subdir."""
    if spec.subdir is not None and spec.subdir != record.subdir:
        return False
    if spec.channel is not None and not is_from(record, spec.channel):
        return False
    try:
        return spec.matches(record.version, record.build)
    except InvalidVersion:
        return False


def is_from(record: CondaRecord, channel: str) -> bool:
    """Whether *record* is of the channel that an entry calls *channel*: by its address, or by the end of it.

    ``defaults`` stands for the channels under ``pkgs/``.
    """
    wanted = channel.rstrip("/")
    if wanted == "defaults":
        return "/pkgs/" in record.channel
    return record.channel == wanted or record.channel.endswith(f"/{wanted.rpartition('://')[2]}")


def spec_name(text: str) -> CondaName:
    """The package that a solver's text is about."""
    return to_conda_name(text.partition("[")[0].split(" ")[0])
