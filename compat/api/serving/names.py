"""What a package is called on the other side, as JSON values."""

from __future__ import annotations

from typing import Any

from compat.matrix import load_matrix
from compat.matrix.tables import read_table
from compat.model.errors import UsageError
from compat.model.knowledge import NameMapping
from compat.model.names import to_conda_name, to_pypi_name
from compat.version import __version__

ECOSYSTEMS = ("conda", "pypi")


def find_names(ecosystem: str, name: str) -> dict[str, Any]:
    """The rows of the name table for *name*; none where the table does not know it, which says nothing about the name.

    Raises: UsageError for another ecosystem than `ECOSYSTEMS`.
    """
    if ecosystem not in ECOSYSTEMS:
        raise UsageError(f"unknown ecosystem `{ecosystem}`", hint=f"one of {', '.join(ECOSYSTEMS)}")
    matrix = load_matrix()
    found = list(matrix.conda_names(to_pypi_name(name))) if ecosystem == "pypi" else _of_conda(name)
    return {
        "schema": 1,
        "tool": f"compat {__version__}",
        "data_version": matrix.version,
        "ecosystem": ecosystem,
        "name": name,
        "known": bool(found),
        "mappings": [_to_json(mapping) for mapping in dict.fromkeys(found)],
    }


def _of_conda(name: str) -> list[NameMapping]:
    """The rows of every channel that has one of its own for *name*, and of those that hold for any channel."""
    matrix = load_matrix()
    channels = dict.fromkeys(row["channel"] for row in read_table("conda_names")["name"])
    rows = [(channel, matrix.pypi_names(to_conda_name(name), channel)) for channel in channels]
    return [row for channel, row in rows if row is not None and row.channel in {channel, ""}]


def _to_json(mapping: NameMapping) -> dict[str, Any]:
    fact = mapping.fact
    return {
        "conda": str(mapping.conda),
        "channel": mapping.channel,
        "pypi": [str(name) for name in mapping.pypi],
        "implies": [str(name) for name in mapping.implies],
        "evidence": {"source": fact.source, "read_on": fact.read_on.isoformat(), "thin": fact.thin},
    }
