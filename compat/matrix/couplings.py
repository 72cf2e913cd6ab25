"""Pairs that solve and break, releases with undeclared needs, and TensorFlow's tested builds."""

from __future__ import annotations

from collections.abc import Iterator

from compat.matrix.facts import fact_reader, numbers, strings
from compat.matrix.tables import Table
from compat.model.knowledge import Coupling, TestedBuild, Undeclared
from compat.model.requirements import parse_requirement


def parse_couplings(table: Table) -> tuple[Coupling, ...]:
    """The pairs in the order of the table; a row with several ``first`` gives one pair each."""
    fact = fact_reader(table)
    return tuple(
        Coupling(
            id=row["id"],
            first=parse_requirement(first),
            second=parse_requirement(row["second"]),
            subdirs=frozenset(row.get("subdirs", ())),
            severity=row["severity"],
            effect=row["effect"],
            remedy=row["remedy"],
            fact=fact(row),
            second_cuda=numbers(row["second_cuda"]) if "second_cuda" in row else None,
        )
        for row in table["coupling"]
        for first in strings(row["first"])
    )


def parse_undeclared(table: Table) -> tuple[Undeclared, ...]:
    """The releases that need more than they declare."""
    fact = fact_reader(table)
    return tuple(
        Undeclared(
            id=row["id"],
            first=parse_requirement(row["first"]),
            needs=parse_requirement(row["needs"]),
            severity=row["severity"],
            effect=row["effect"],
            remedy=row["remedy"],
            fact=fact(row),
        )
        for row in table.get("undeclared", ())
    )


def parse_tested(table: Table) -> tuple[TestedBuild, ...]:
    """The rows of TensorFlow's tables, newest first on each system."""
    fact = fact_reader(table)
    return tuple(
        TestedBuild(
            version=row["version"],
            pythons=tuple(python_range(row["python"])),
            cuda=numbers(row["cuda"]),
            cudnn=numbers(row["cudnn"]),
            system=row["system"],
            fact=fact(row),
        )
        for row in table["tested"]
    )


def python_range(text: str) -> Iterator[tuple[int, int]]:
    """``2.7, 3.3-3.7`` to (2, 7), (3, 3) ... (3, 7)."""
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        low, high = numbers(first), numbers(last or first)
        for minor in range(low[1], high[1] + 1):
            yield low[0], minor
