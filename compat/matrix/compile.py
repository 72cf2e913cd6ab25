"""Compiling the curated tables: TOML to JSON of the same structure, which loads fifty times faster.

    python -m compat.matrix.compile [--check]

Writes ``compat/matrix/_compiled``, which git ignores and a wheel ships. ``--check`` only verifies the tables.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from compat.matrix import mentioned
from compat.matrix.schema import verify_tables
from compat.matrix.tables import COMPILED, Table, data_folder, read_toml, stamp, table_names
from compat.model.errors import MatrixError


def read_all(folder: Path) -> dict[str, Table]:
    """Every table of *folder* from its TOML, by name, verified.

    Raises: MatrixError where a table does not parse, breaks its schema or contradicts another.
    """
    tables = {name: read_toml(folder / f"{name}.toml") for name in table_names(folder)}
    verify_tables(tables)
    return tables


def compile_tables(folder: Path, output: Path) -> list[Path]:
    """Write every table of *folder* as JSON under *output*, which is emptied first; the files written.

    Raises: MatrixError as `read_all`; OSError where *output* cannot be written.
    """
    tables = read_all(folder)
    shutil.rmtree(output, ignore_errors=True)
    written = [
        _write(output / f"{name}.json", {"stamp": stamp(folder / f"{name}.toml"), "table": table})
        for name, table in tables.items()
    ]
    projects = [table for name, table in tables.items() if name.startswith("projects/")]
    names = sorted({name for table in projects for name in mentioned.names_in_table(table)})
    written.append(_write(output / mentioned.FILE, {"stamps": mentioned.stamps(folder / "projects"), "names": names}))
    return written


def main(arguments: Sequence[str]) -> int:
    """The command line: 0 written or verified, 1 a table is wrong, 2 wrong usage."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        if arguments:
            read_all(data_folder())
        else:
            compile_tables(data_folder(), COMPILED)
    except MatrixError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
