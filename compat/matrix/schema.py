"""The schema of the curated tables: a table that contradicts itself or lacks a source does not pass.

Run by the tests and by whatever compiles the tables, never by a check: an installed table has passed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compat.matrix import schema_fields as f
from compat.matrix.facts import Row
from compat.matrix.schema_fields import Field
from compat.matrix.schema_rules import RULES, between
from compat.matrix.schema_sections import SECTIONS, TABLE_KEYS, Section
from compat.matrix.tables import Table
from compat.model.errors import MatrixError


def verify_tables(tables: Mapping[str, Table]) -> None:
    """Pass *tables*, by name, each alone and then against each other.

    Raises: MatrixError with every defect, one a line, each with its table and row.
    """
    defects = [defect for name, table in tables.items() for defect in _defects(name, table)]
    if not defects:
        defects = list(between(tables))
    if defects:
        raise MatrixError("\n".join(defects))


def verify_table(name: str, table: Table) -> None:
    """Pass one table. Raises: MatrixError with every defect, one a line."""
    verify_tables({name: table})


def _defects(name: str, table: Table) -> Iterator[str]:
    if name.startswith("projects/"):
        yield from _project_defects(name, table)
    elif name == "matrix":
        if f.day(table.get("version")):
            yield "matrix: `version` is not a day"
    elif name not in SECTIONS:
        yield f"{name}: the schema knows no such table"
    else:
        structure = list(_structure_defects(name, table))
        yield from (f"{name}: {defect}" for defect in structure)
        if not structure and name in RULES:
            yield from (f"{name}: {defect}" for defect in RULES[name](table))


def _project_defects(name: str, table: Table) -> Iterator[str]:
    from compat.matrix.project_schema import verify_project  # a schema of its own, one for all projects

    try:
        verify_project(table)
    except MatrixError as error:
        yield from (f"{name}: {line}" for line in str(error).splitlines())


def _structure_defects(name: str, table: Table) -> Iterator[str]:
    sections, keys = SECTIONS[name], {"read_on": Field(f.day), **TABLE_KEYS.get(name, {})}
    sources: Mapping[str, str] = table.get("sources", {})
    for key, field in keys.items():
        if wrong := field.check(table.get(key)):
            yield f"`{key}` {wrong}"
    for key in sorted(table.keys() - sections.keys() - keys.keys() - {"sources"}):
        yield f"unknown section `{key}`"
    for section, shape in sections.items():
        yield from _section_defects(section, table.get(section, ()), shape, sources)
    yield from _source_defects(sources, [row.get("source") for section in sections for row in table.get(section, ())])


def _section_defects(section: str, rows: Sequence[Row], shape: Section, sources: Mapping[str, str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for position, row in enumerate(rows, 1):
        place = f"{section} row {position}"
        yield from (f"{place}: {defect}" for defect in _row_defects(row, shape, sources))
        identity = repr([row.get(key) for key in shape.key])
        if identity in seen:
            yield f"{place}: says again what row {seen[identity]} says"
        seen[identity] = position


def _source_defects(sources: Mapping[str, str], used: Sequence[object]) -> Iterator[str]:
    for alias, target in sources.items():
        if wrong := f.source(target):
            yield f"source `{alias}` {wrong}"
        if alias not in used:
            yield f"source `{alias}` is never used"


def _row_defects(row: Row, shape: Section, sources: Mapping[str, str]) -> Iterator[str]:
    for key, field in shape.fields.items():
        if key not in row:
            if field.required:
                yield f"lacks `{key}`"
        elif wrong := field.check(row[key]):
            yield f"`{key}` {wrong}"
    for key in sorted(row.keys() - shape.fields.keys()):
        yield f"unknown field `{key}`"
    source = row.get("source", "")
    if source and source not in sources and (wrong := f.source(source)):
        yield f"`source` {wrong}"
