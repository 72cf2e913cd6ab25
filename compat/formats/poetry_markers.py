"""Conditions on Poetry's dependencies: ``markers``, ``python`` and ``platform``, and markers that ask for an extra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import Specifier

from compat.formats.markers import join_markers, parse_marker, under_extra
from compat.formats.poetry_versions import to_specifier


def read_marker(details: Mapping[str, Any]) -> Marker | None:
    """``markers``, ``python`` and ``platform`` in one. Raises: ValueError."""
    marker: Marker | None = None
    if isinstance(text := details.get("markers"), str) and text.strip():
        try:
            marker = parse_marker(text)
        except InvalidMarker as error:
            raise ValueError(str(error).partition("\n")[0]) from error
    if isinstance(text := details.get("python"), str):
        clauses = [_to_python_marker(clause) for clause in to_specifier(text)]
        marker = join_markers(marker, parse_marker(" and ".join(clauses)) if clauses else None)
    if isinstance(text := details.get("platform"), str) and text.replace("_", "").isalnum():
        marker = join_markers(marker, parse_marker(f"sys_platform == '{text}'"))
    return marker


def _to_python_marker(clause: Specifier) -> str:
    """A bound on Python by its minor release: that of a patch release is widened to the whole minor."""
    version, operator = clause.version, clause.operator
    parts = version.removesuffix(".*").split(".")
    if len(parts) <= 2:  # major and minor
        return f"python_version {operator} '{version}'"
    minor = ".".join(parts[:2])
    widened = {"<": "<=" if any(map(int, filter(str.isdigit, parts[2:]))) else "<", ">": ">=", "!=": ">="}
    return f"python_version {widened.get(operator, operator)} '{'0' if operator == '!=' else minor}'"


def spread(marker: Marker | None, scope: str, extras: Sequence[str]) -> list[tuple[str, Marker | None]]:
    """The scopes where *marker* can hold, and what it then still asks.

    Markers like ``extra == 'cpu'`` are settled here: a variant is the base or has one extra. What does not hold the
    same everywhere gets the scope of each, ``extra:`` for the base alone.
    """
    if scope or marker is None or "extra" not in str(marker):
        holds, rest = under_extra(marker, scope.removeprefix("extra:") if scope.startswith("extra:") else "")
        return [(scope, rest)] if holds else []
    outcomes = [(f"extra:{extra}", *under_extra(marker, extra)) for extra in ("", *extras)]
    if len({(holds, rest) for _, holds, rest in outcomes}) == 1:
        _, holds, rest = outcomes[0]
        return [("", rest)] if holds else []
    return [(where, rest) for where, holds, rest in outcomes if holds]
