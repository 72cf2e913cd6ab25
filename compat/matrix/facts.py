"""What every table shares: the source of a row, dotted numbers, and patterns of releases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from compat.matrix.tables import Table
from compat.model.knowledge import Fact, Numbers

#: One row of a table, as read.
Row = Mapping[str, Any]


@lru_cache(maxsize=4096)
def numbers(text: str) -> Numbers:
    """``12.8`` to (12, 8)."""
    return tuple(int(part) for part in text.split("."))


def architecture(sm: int) -> Numbers:
    """The compute capability of an ``sm`` number: 90 is (9, 0), 120 is (12, 0)."""
    return sm // 10, sm % 10


def python_minor(text: str) -> tuple[int, int]:
    """``3.12`` to (3, 12)."""
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


def strings(value: str | Sequence[str]) -> Sequence[str]:
    """A field that takes one string or a list of them, as a list."""
    return (value,) if isinstance(value, str) else value


def fact_reader(table: Table) -> Callable[[Row], Fact]:
    """A function from a row of *table* to its Fact: short source names resolved, the table's day by default."""
    sources: Mapping[str, str] = table.get("sources", {})
    day = _day(table["read_on"])

    def read(row: Row) -> Fact:
        source = row["source"]
        read_on = row.get("read_on")
        return Fact(sources.get(source, source), day if read_on is None else _day(read_on), row.get("thin", False))

    return read


def matching(patterns: str | Sequence[str], releases: Iterable[str]) -> list[str]:
    """The *releases* that any pattern names: ``2.5.1`` exactly, ``2.5.*`` as a prefix."""
    exact, prefixes = set(), []
    for pattern in strings(patterns):
        if pattern.endswith("*"):
            prefixes.append(pattern[:-1])
        else:
            exact.add(pattern)
    stems = tuple(prefixes)
    return [release for release in releases if release in exact or (stems and release.startswith(stems))]


@lru_cache(maxsize=512)
def _day(text: str) -> date:
    return date.fromisoformat(text)
