"""Reading the curated tables: precompiled JSON where it stands for the TOML exactly, else the TOML itself.

An installed wheel carries both, made together. A checkout has the TOML, and the JSON that its last build wrote; the
JSON holds size and time of the TOML that it was made from, and is passed over when either differs. Nothing is
written here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from compat.model.errors import MatrixError

#: A table as read: sections of rows. Dates are ISO strings, whichever file it came from.
Table = dict[str, Any]

_PACKAGE = Path(__file__).resolve().parent.parent
COMPILED = _PACKAGE / "matrix" / "_compiled"
_INSTALLED = _PACKAGE / "_data"
_CHECKOUT = _PACKAGE.parent / "data"


@lru_cache(maxsize=1)
def is_installed() -> bool:
    """Whether this is an installed wheel, which carries its tables beside the code and never changes them."""
    return _INSTALLED.is_dir()


def data_folder() -> Path:
    """Where the TOML tables are: inside an installed package, else at the top of the repository."""
    return _INSTALLED if is_installed() else _CHECKOUT


def table_names(folder: Path | None = None) -> Iterator[str]:
    """The names of all tables, sorted: ``cuda``, ``projects/torch``."""
    root = folder or data_folder()
    for path in sorted(root.rglob("*.toml")):
        yield path.relative_to(root).with_suffix("").as_posix()


def has_table(name: str) -> bool:
    """Whether there is a table of that name; *name* may come from a user's file, so it stays inside the folder."""
    return "." not in name and ((COMPILED / f"{name}.json").is_file() or (data_folder() / f"{name}.toml").is_file())


def read_table(name: str) -> Table:
    """The table *name*, about 1 ms per 100 KB from JSON and 50 times that from TOML.

    Raises: MatrixError where there is no such table or it cannot be read.
    """
    compiled = COMPILED / f"{name}.json"
    source = data_folder() / f"{name}.toml"
    found = _read_compiled(compiled, None if is_installed() else source)
    return read_toml(source) if found is None else found


def read_toml(path: Path) -> Table:
    """The TOML table at *path*, with dates as ISO strings."""
    import tomllib  # only a checkout that was never built gets here

    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise MatrixError(f"cannot read the table {path.name}: {error}") from error
    return {key: _with_iso_dates(value) for key, value in table.items()}


def stamp(path: Path) -> list[int]:
    """Size and modification time (ns) of a file: what a compiled table records of its source."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _read_compiled(compiled: Path, source: Path | None) -> Table | None:
    """The compiled table, if there is one and, where a *source* is given, it was made from exactly that."""
    try:
        current = stamp(source) if source else None
        document: dict[str, Any] = json.loads(compiled.read_bytes())
    except OSError:
        return None
    table: Table = document["table"]
    return table if current is None or document["stamp"] == current else None


def _with_iso_dates(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_iso_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_iso_dates(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
