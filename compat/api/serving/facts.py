"""The rows of the curated tables, each by an id that stays while the row does.

An id is ``TABLE/NAME``: the name that the row has in its table, else a hash of what it says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from compat.matrix import load_matrix
from compat.matrix.tables import read_table, table_names
from compat.version import __version__

Row = Mapping[str, Any]


def find_facts(identifier: str) -> dict[str, Any] | None:
    """The fact *identifier*, or all facts where it names a table; None where there is neither."""
    table, name = _split(identifier)
    if table is None:
        return None
    rows = _rows(table)
    found = list(rows.values()) if not name else [rows[name]] if name in rows else []
    if not found:
        return None
    head = {"schema": 1, "tool": f"compat {__version__}", "data_version": load_matrix().version}
    return {**head, "table": table, "facts": found}


def _split(identifier: str) -> tuple[str | None, str]:
    """The table, whose name may have a slash, and the name of the row."""
    for table in _tables():
        if identifier == table or identifier.startswith(f"{table}/"):
            return table, identifier[len(table) + 1 :]
    return None, ""


@lru_cache(maxsize=1)
def _tables() -> tuple[str, ...]:
    return tuple(sorted(table_names(), key=len, reverse=True))


@lru_cache(maxsize=64)
def _rows(table: str) -> dict[str, dict[str, Any]]:
    data = read_table(table)
    return {name: fact for section, row in _sections(data) for name, fact in [_to_fact(table, section, row, data)]}


def _sections(data: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    for section, rows in data.items():
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                yield section, row


def _to_fact(table: str, section: str, row: Row, data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    name = str(row["id"]) if "id" in row else _hash(section, row)
    says = {key: value for key, value in row.items() if key not in ("id", "source", "read_on", "thin")}
    source = str(row.get("source", data.get("source", "")))
    evidence = {
        "source": data.get("sources", {}).get(source, source),
        "read_on": row.get("read_on", data.get("read_on")),
        "thin": bool(row.get("thin", False)),
    }
    return name, {"id": f"{table}/{name}", "section": section, "says": says, "evidence": evidence}


def _hash(section: str, row: Row) -> str:
    text = json.dumps([section, row], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
