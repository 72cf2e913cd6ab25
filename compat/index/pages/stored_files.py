"""The files of one version as a page in the cache holds them: each is read when somebody wants it, by its name.

Most files of a version are for other machines. Reading all of them would take longer than the rest of a solve.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from compat.index.pages.listing import to_file
from compat.model.distributions import DistFile

#: Between the rows of `stored_page`, which are compact JSON. A quote inside a string has a backslash before it, so only a
#: string that ends in ``],[`` could look like this; what comes after it then begins with one of `_NO_NAME`.
_BETWEEN = '],["'
_NO_NAME = frozenset(",]}: \t")

_read = json.JSONDecoder().raw_decode


class StoredFiles:
    """The files of *text*, a line of a page whose address is *base*."""

    def __init__(self, text: str, base: str) -> None:
        self._base = base
        rows = text[len('[["') : -len("]]\n")].split(_BETWEEN)
        self._names = [row[: row.find('"')] for row in rows]
        self._files: list[DistFile | str | None] = [*rows]
        """Each is the rest of its row after ``["`` until it is wanted; None for what an index has written as nonsense."""
        if "\\" in text or _NO_NAME & {name[:1] for name in self._names}:
            read = json.loads(text)
            self._names = [row[0] for row in read]
            self._files = [to_file(row, base) for row in read]

    def find(self, wanted: Callable[[str], bool] | None) -> list[DistFile]:
        """The files whose names are *wanted*."""
        found: list[DistFile] = []
        for number, name in enumerate(self._names):
            if wanted is None or wanted(name):
                file = self._files[number]
                if isinstance(file, str):
                    file = self._files[number] = to_file(_read(f'["{file}]')[0], self._base)
                if file is not None:
                    found.append(file)
        return found
