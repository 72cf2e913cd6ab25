"""What an sdist declares without being built: by its PKG-INFO, else by its pyproject.toml.

Sources: https://packaging.python.org/en/latest/specifications/source-distribution-format/
https://packaging.python.org/en/latest/specifications/pyproject-toml/#dynamic
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import tarfile
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from compat.index.faults import UnreadableError
from compat.index.files.declared import parse_static_pkg_info
from compat.model.distributions import CoreMetadata

#: Bytes of one file, and of all that is unpacked to find it.
_MAX_FILE = 16 * 1024 * 1024
_MAX_UNPACKED = 2 * 1024**3
_MAX_PIECE = 64 * 1024 * 1024

_WANTED = frozenset({"PKG-INFO", "pyproject.toml"})
_BY_BUILD = frozenset({"dependencies", "optional-dependencies", "requires-python"})
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
)


def read_sdist(name: str, content: bytes) -> CoreMetadata | None:
    """What the sdist *name* declares; None where only a build will tell. Raises: UnreadableError."""
    found: dict[str, bytes] = {}
    try:
        for file, data in _members(name, content):
            found.setdefault(file, data)
            if file == "PKG-INFO" and (static := _static(data)) is not None:
                return static
            if found.keys() >= _WANTED:
                break
    except (*_BROKEN, NotImplementedError) as error:
        raise UnreadableError("the archive cannot be read") from error
    return read_pyproject(found["pyproject.toml"]) if "pyproject.toml" in found else None


def _static(pkg_info: bytes) -> CoreMetadata | None:
    try:
        return parse_static_pkg_info(pkg_info)
    except UnreadableError:
        return None  # of a tool of long ago; a build may still work


def _members(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The two files at the top of the archive, each as soon as it is met."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for item in archive.infolist():
                if _is_wanted(item.filename) and item.file_size <= _MAX_FILE:
                    yield item.filename.rpartition("/")[2], archive.read(item)
        return
    with tarfile.open(fileobj=_Unpacked(name, content), mode="r|") as tar:
        for member in tar:
            if member.isfile() and _is_wanted(member.name) and member.size <= _MAX_FILE:
                file = tar.extractfile(member)
                assert file is not None
                yield member.name.rpartition("/")[2], file.read()


class _Unpacked(io.RawIOBase):
    """The tar file in a compressed one, which may not be as long as a small file can be made to unpack to."""

    def __init__(self, name: str, content: bytes) -> None:
        self._file = _decompressed(name, io.BytesIO(content))
        self._left = _MAX_UNPACKED

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _MAX_PIECE or self._left < size:
            raise ValueError("too long when unpacked")
        self._left -= size
        return bytes(self._file.read(size))


def _decompressed(name: str, content: io.BytesIO) -> gzip.GzipFile | lzma.LZMAFile | bz2.BZ2File:
    if name.endswith(".bz2"):
        return bz2.BZ2File(content)
    return lzma.LZMAFile(content) if name.endswith(".xz") else gzip.GzipFile(fileobj=content)


def _is_wanted(path: str) -> bool:
    folder, _, file = path.removeprefix("./").partition("/")
    return bool(folder) and file in _WANTED


@contextmanager
def unpack_sdist(name: str, content: bytes) -> Iterator[str]:
    """The folder of the project in the sdist *name*, which is gone afterwards. Raises: UnreadableError."""
    with tempfile.TemporaryDirectory(prefix="compat-sdist-") as folder:
        try:
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED:
                        raise ValueError("too long when unpacked")
                    archive.extractall(folder)  # noqa: S202 - zipfile takes off roots and `..`
            else:
                with tarfile.open(fileobj=_Unpacked(name, content), mode="r|") as tar:
                    _extract(tar, folder)
            (top,) = (entry.path for entry in os.scandir(folder) if entry.is_dir())
        except (*_BROKEN, NotImplementedError) as error:
            raise UnreadableError("the archive cannot be unpacked") from error
        yield top


def _extract(tar: tarfile.TarFile, folder: str) -> None:
    """Files and folders of *tar* below *folder*; links and devices are left out, as hardly an sdist has any.

    Not ``filter="data"``, which CPython has from 3.11.4 on (Debian 12 has 3.11.2).
    Raises: ValueError for a name that leads out of *folder*.
    """
    for item in tar:
        path = os.path.normpath(os.path.join(folder, item.name))
        if not path.startswith(folder + os.sep) and path != folder:
            raise ValueError(f"`{item.name}` leads out of the archive")
        if item.isdir():
            os.makedirs(path, exist_ok=True)
        elif item.isreg() and (source := tar.extractfile(item)) is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                shutil.copyfileobj(source, file)


def read_pyproject(content: bytes) -> CoreMetadata | None:
    """What a pyproject.toml declares by its ``[project]``; None where only a build will tell."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    project = table.get("project")
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        return None
    dynamic = project.get("dynamic", [])
    if not isinstance(dynamic, list) or _BY_BUILD & {item for item in dynamic if isinstance(item, str)}:
        return None
    if "dependencies" not in project and "poetry" in table.get("tool", {}):
        return None  # Poetry 1 adds its own dependencies to a [project] that does not name them
    return _to_metadata(project)


def _to_metadata(project: dict[str, Any]) -> CoreMetadata | None:
    own, optional = project.get("dependencies", []), project.get("optional-dependencies", {})
    python = project.get("requires-python", "")
    if not _are_texts(own) or not isinstance(optional, dict) or not isinstance(python, str):
        return None
    if not all(_are_texts(texts) for texts in optional.values()):
        return None
    try:
        more = [_for_extra(text, extra) for extra, texts in optional.items() for text in texts]
    except InvalidRequirement:
        return None
    return CoreMetadata((*own, *more), python, tuple(optional))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _for_extra(text: str, extra: str) -> str:
    """*text* as Requires-Dist has it: with the extra in the marker."""
    requirement = Requirement(text)
    condition = f"({requirement.marker}) and " if requirement.marker else ""
    requirement.marker = None
    return f'{requirement} ; {condition}extra == "{extra}"'
