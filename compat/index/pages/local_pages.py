"""Folders of this machine as indexes: ``--find-links`` with wheels in it, and ``file:`` URLs of a simple repository.

They are read anew in each run. ``--exclude-newer`` leaves them alone: nobody uploaded what lies there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property

from compat.index.addresses import absolute_url, to_file_url, to_path
from compat.index.faults import UnreadableError
from compat.index.pages.filenames import SDIST_ENDS, version_of
from compat.index.pages.listing import Row, parse_page
from compat.index.pages.stored_page import StoredPage, encode_page
from compat.model.distributions import DistFile, UnreachedError
from compat.model.names import PyPIName

_ENDS = (".whl", *SDIST_ENDS)

#: Rows, and the address that theirs are relative to.
Listed = tuple[Sequence[Row], str]


class LocalPages:
    """Args: *location* is a path or ``file:`` URL; *flat* is a folder or HTML file of all projects (find-links)."""

    def __init__(self, location: str, *, flat: bool) -> None:
        self._path = os.path.abspath(to_path(location))
        self._flat = flat
        self._listed: Listed | None = None
        self.shown = to_file_url(self._path)

    def page(self, name: PyPIName) -> StoredPage | None:
        """The page of *name*, or None where nothing of it lies there. Raises: UnreachedError."""
        listed = self._from_all(name) if self._flat else self._from_own(name)
        return None if listed is None else _LocalPage(encode_page(name, *listed).content, 0, self.shown)

    def _from_all(self, name: PyPIName) -> Listed | None:
        if self._listed is None:
            self._listed = self._list()
        rows, base = self._listed
        own = [row for row in rows if version_of(name, row.name) is not None]
        return (own, base) if own else None

    def _list(self) -> Listed:
        if os.path.isdir(self._path):
            return _list_folder(self._path)
        if self._path.endswith(_ENDS) and os.path.isfile(self._path):
            return [_to_row(self._path)], ""
        return _read_html(self._path)

    def _from_own(self, name: PyPIName) -> Listed | None:
        folder = os.path.join(self._path, name)
        if not os.path.isdir(folder):
            if not os.path.isdir(self._path):
                raise UnreachedError(f"{self.shown}: there is no such folder")
            return None
        page = os.path.join(folder, "index.html")
        return _read_html(page) if os.path.isfile(page) else _list_folder(folder)


class _LocalPage(StoredPage):
    """A folder lists no hashes, but a lock needs them: they are taken of the files of versions that are asked for."""

    @cached_property
    def _hashed(self) -> dict[str, DistFile]:
        return {}

    def files(self, version: str, wanted: Callable[[str], bool] | None = None) -> tuple[DistFile, ...]:
        files = super().files(version, wanted)
        for file in files:
            if file.name not in self._hashed:
                self._hashed[file.name] = _hashed(file)
        return tuple(self._hashed[file.name] for file in files)


def _read_html(path: str) -> Listed:
    url = to_file_url(path)
    try:
        with open(path, "rb") as file:
            rows, base = parse_page(file.read(), "text/html")
    except (OSError, UnreadableError) as error:
        why = error if isinstance(error, UnreadableError) else "cannot be read"
        raise UnreachedError(f"{url}: {why}") from error
    return rows, absolute_url(url, base)


def _list_folder(folder: str) -> Listed:
    try:
        paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(_ENDS)]
    except OSError as error:
        raise UnreachedError(f"{to_file_url(folder)}: cannot be read") from error
    return [_to_row(path) for path in paths if os.path.isfile(path)], ""


def _to_row(path: str) -> Row:
    return Row(os.path.basename(path), to_file_url(path), {}, os.path.getsize(path))


def _hashed(file: DistFile) -> DistFile:
    if file.hashes or not file.url.startswith("file:"):
        return file
    try:
        with open(to_path(file.url), "rb") as content:
            return file._replace(hashes=(("sha256", hashlib.file_digest(content, "sha256").hexdigest()),))
    except OSError:
        return file
