"""Which projects the project tables speak about at all: those they cover, and those that these require.

Every check asks this first, and reading all the tables for it would cost more than the check. So the compiler of the
tables writes the answer down, with the state of every table that it read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from compat.matrix.tables import COMPILED, Table, data_folder, is_installed, stamp
from compat.model.names import to_pypi_name

#: Beside the compiled tables: the names, and the stamps of the tables they were taken from.
FILE = "mentioned.json"

#: A list of requirements as `tools/refresh_projects.py` writes it: it ends where a bracket ends a line.
#: A plain string, as the next: where the tables are compiled, neither is needed.
_LIST = r"(?ms)^requires = \[(.*?)\]$"
#: A TOML string, and in it the name of the project.
_ENTRY = r"""(["'])\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\\.|(?!\1).)*\1"""


def mentioned_names() -> frozenset[str]:
    """The normalised names, from the compiled list where it is current, else from the texts of the tables."""
    folder = data_folder() / "projects"
    try:
        document = json.loads((COMPILED / FILE).read_bytes())
    except OSError:
        return frozenset(names_in_texts(folder))
    if is_installed() or document["stamps"] == stamps(folder):
        return frozenset(document["names"])
    return frozenset(names_in_texts(folder))


def stamps(folder: Path) -> dict[str, list[int]]:
    """The state of every project table."""
    return {path.stem: stamp(path) for path in sorted(folder.glob("*.toml"))}


def names_in_table(table: Table) -> Iterator[str]:
    """The project of a table, and every project that one of its releases requires, by the requirements themselves."""
    from compat.model.requirements import parse_requirement

    yield to_pypi_name(table["project"])
    for row in table["release"]:
        for texts in (row.get("requires", ()), *(entry["requires"] for entry in row.get("differs", ()))):
            yield from (parse_requirement(text).name for text in texts)


def names_in_texts(folder: Path) -> Iterator[str]:
    """The same from the texts of all tables, twenty times faster than by parsing them."""
    for path in sorted(folder.glob("*.toml")):
        yield to_pypi_name(path.stem)
        for entries in set(re.findall(_LIST, path.read_text(encoding="utf-8"))):
            yield from (to_pypi_name(name) for _, name in re.findall(_ENTRY, entries))
