"""Answers to questions about the matrix: tables of short texts, every row with the facts that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from compat.model import words
from compat.model.knowledge import Fact, Release, Wheels
from compat.version import __version__

#: What stands in a cell where the matrix holds no fact; an empty cell would read like a no.
UNKNOWN = "unknown"


class Row(NamedTuple):
    """The cells of one row and the facts that they rest on."""

    cells: tuple[str, ...]
    facts: tuple[Fact, ...] = ()

    @property
    def is_thin(self) -> bool:
        return any(fact.thin for fact in self.facts)

    @property
    def evidence(self) -> str:
        """How firm the row is, in a word."""
        return ("thin" if self.is_thin else "solid") if self.facts else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; where some facts are thin, a last column says of each row whether it rests on one."""

    title: str
    heads: tuple[str, ...] = ()
    records: tuple[Row, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.heads, "evidence") if self._has_thin else self.heads

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        if not self._has_thin:
            return tuple(row.cells for row in self.records)
        return tuple((*row.cells, row.evidence) for row in self.records)

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks, and when the facts of the rows were read."""
        days = sorted({fact.read_on for row in self.records for fact in row.facts})
        if not days:
            return self.remarks
        thin = "; thin facts rest on one indirect source" if self._has_thin else ""
        span = f"{days[0]}" if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
        return (*self.remarks, f"read on {span}{thin}")

    @property
    def _has_thin(self) -> bool:
        return any(row.is_thin for row in self.records)

    def to_json(self) -> dict[str, Any]:
        rows = [
            {**dict(zip(self.heads, row.cells, strict=True)), "evidence": [_fact_json(fact) for fact in row.facts]}
            for row in self.records
        ]
        return {"title": self.title, "columns": list(self.heads), "rows": rows, "notes": list(self.remarks)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question; a table without columns holds notes alone."""

    title: str
    tables: tuple[Table, ...]
    data_version: str

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": 1,
            "tool": f"compat {__version__}",
            "data_version": self.data_version,
            "title": self.title,
            "tables": [table.to_json() for table in self.tables],
        }


def make_table(
    title: str,
    heads: Sequence[str],
    records: Iterable[Row],
    *remarks: str,
    empty: str = "unknown: the matrix has no row for it",
) -> Table:
    """A table; one without rows says *empty* instead."""
    rows = tuple(records)
    if not rows:
        return Table(title=title, remarks=(empty, *remarks))
    return Table(title=title, heads=tuple(heads), records=rows, remarks=remarks)


def make_row(cells: Sequence[str], facts: Iterable[Fact | None]) -> Row:
    """A row; each fact once, those that are not there left out."""
    return Row(
        tuple(cell or UNKNOWN for cell in cells), tuple(dict.fromkeys(fact for fact in facts if fact is not None))
    )


def _fact_json(fact: Fact) -> dict[str, Any]:
    return {"source": fact.source, "read_on": fact.read_on.isoformat(), "thin": fact.thin}


# -- words for cells ---------------------------------------------------------------------------------------------------


def dotted(numbers: Sequence[int] | None) -> str:
    """(12, 8) as ``12.8``; nothing as unknown."""
    return words.dotted(numbers) if numbers else UNKNOWN


def driver_words(numbers: Sequence[int] | None) -> str:
    """A driver as NVIDIA writes it: (450, 80, 2) is ``450.80.02``."""
    return ".".join([str(numbers[0]), *(f"{number:02d}" for number in numbers[1:])]) if numbers else UNKNOWN


def minors(pythons: Iterable[tuple[int, int]]) -> str:
    """Python minors with neighbours joined: ``3.8, 3.10-3.13``."""
    spans: list[list[tuple[int, int]]] = []
    for python in sorted(pythons):
        if spans and (spans[-1][-1][0], spans[-1][-1][1] + 1) == python:
            spans[-1].append(python)
        else:
            spans.append([python])
    return ", ".join(dotted(span[0]) if len(span) == 1 else f"{dotted(span[0])}-{dotted(span[-1])}" for span in spans)


def wheel_words(wheels: Wheels) -> str:
    """The Pythons of some wheels: ``3.9-3.13``, ``3.8 and later``, ``any``."""
    onwards = wheels.from_python
    exact = minors(python for python in wheels.pythons if onwards is None or python < onwards)
    if onwards is None:
        return exact
    later = "any" if onwards <= (3, 0) else f"{dotted(onwards)} and later"
    return f"{exact}, {later}" if exact else later


def platform_words(release: Release, subdir: str | None = None) -> str:
    """Each platform with wheels and its Pythons; equal platforms together."""
    by_words: dict[str, list[str]] = {}
    for platform, wheels in release.wheels.items():
        if subdir is None or platform in {subdir, "any"}:
            by_words.setdefault(wheel_words(wheels), []).append(platform)
    if not by_words:
        return "source only" if release.sdist else "none"
    return "; ".join(f"{' '.join(platforms)}: {words}" for words, platforms in by_words.items())
