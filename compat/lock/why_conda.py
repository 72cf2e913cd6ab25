"""The conda packages of a target as nodes: who of them asks for whom, which lines of the input do, and what bounds a version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from compat.lock.conda_check import fits_spec
from compat.lock.reading import ReadRecord
from compat.model.conda_order import Cut
from compat.model.conda_records import CondaRecord
from compat.model.environments import CondaEntry
from compat.model.locking import Asker
from compat.model.matchspec import InvalidMatchSpec, parse_matchspec
from compat.model.names import PyPIName, to_conda_name


class Node(NamedTuple):
    """A package of one target: its version and who asks for it. ``conda`` says that conda installs it."""

    version: str
    askers: tuple[Asker, ...]
    conda: bool = False


def conda_nodes(records: Mapping[CondaRecord, tuple[Asker, ...]], taken: Iterable[PyPIName]) -> dict[PyPIName, Node]:
    """Nodes of *records*, which have the lines of the input that ask for each.

    One whose name pip's part has *taken* stands under `twin_of` it.
    """
    names = {str(name) for name in taken}
    keys = {r.name: twin_of(PyPIName(r.name)) if r.name in names else PyPIName(r.name) for r in records}
    askers: dict[PyPIName, list[Asker]] = {keys[record.name]: list(lines) for record, lines in records.items()}
    for record in records:
        for words in record.depends:
            key = keys.get(to_conda_name(words.split(maxsplit=1)[0]))
            if key is not None:
                askers[key].append(Asker(words, keys[record.name]))
    return {
        keys[r.name]: Node(
            f"{r.version} ({r.build})" if r.build else r.version, tuple(askers[keys[r.name]]), conda=True
        )
        for r in records
    }


def twin_of(name: PyPIName) -> PyPIName:
    """Under what conda's package stands where pip installs one of the same name."""
    return PyPIName(f"{name} (conda)")


def lines_of(records: Iterable[ReadRecord], entries: Iterable[CondaEntry]) -> dict[CondaRecord, tuple[Asker, ...]]:
    """Each record with those of *entries* that ask for it."""
    found = list(entries)
    return {
        each.record: tuple(
            Asker(entry.spec.text, place=entry.place)
            for entry in found
            if entry.name == each.record.name and fits_spec(entry.spec, each)
        )
        for each in records
    }


class Bound(NamedTuple):
    """A bound from above, as it is written. Of several the one of the lowest ``rank`` decides: pins, then the tightest."""

    is_pin: bool
    end: Cut
    words: str

    @property
    def rank(self) -> tuple[bool, Cut]:
        return not self.is_pin, self.end


def upper_bound(words: str) -> Bound | None:
    """How the MatchSpec *words* bounds from above; None where it does not."""
    try:
        spec = parse_matchspec(words)
    except InvalidMatchSpec:
        return None
    version = spec.version
    if version is None or not version.cuts or len(version.cuts) % 2:
        return None
    written = words if spec.version_span is None else words[slice(*spec.version_span)]
    return Bound(bool(version.is_exact), version.cuts[-1], written)
