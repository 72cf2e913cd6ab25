"""Pages in JSON to their stored form with msgspec, in a quarter of the time that `listing` and `stored_page` take.

Only for what nearly all pages are. Where a page holds anything unusual, the answer is None, and the others decide: what
they would make of a page is what is made of it here. msgspec need not be installed; this module needs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from packaging.version import Version

from compat.index.pages.filenames import WHEEL_DASHES, version_of
from compat.index.pages.stored_page import Encoded, dates_of, lay_out
from compat.model.names import PyPIName

_NULL = msgspec.Raw(b"null")


class _File(msgspec.Struct, gc=False):
    """In the order of `listing.Row`. What a page need not know to be stored stays as it was written."""

    name: str = msgspec.field(name="filename")
    url: str
    hashes: msgspec.Raw
    size: msgspec.Raw = _NULL
    requires_python: msgspec.Raw = msgspec.field(name="requires-python", default=_NULL)
    yanked: msgspec.Raw = _NULL
    uploaded: str | None = msgspec.field(name="upload-time", default=None)
    metadata: msgspec.Raw = msgspec.field(name="core-metadata", default=_NULL)


class _Meta(msgspec.Struct, gc=False):
    version: Literal["1.0", "1.1", "1.2", "1.3", "1.4"] = msgspec.field(name="api-version", default="1.0")


class _Page(msgspec.Struct, gc=False):
    files: list[_File]
    meta: _Meta


_read = msgspec.json.Decoder(_Page).decode
_write = msgspec.json.Encoder().encode

Group = dict[str, _File]

#: What a stored line may not hold, an older name of ``core-metadata``, a sign of credentials in an address.
_UNUSUAL = (b"\n", b'"dist-info-metadata"', b"@")


def encode_quickly(name: PyPIName, body: bytes, kind: str, base: str) -> Encoded | None:
    """What `encode_page` makes of the files on the page *body*, found at *base*; None where it is to be asked."""
    if not kind.partition(";")[0].strip().lower().endswith("json") or any(mark in body for mark in _UNUSUAL):
        return None
    try:
        if not body.isascii():
            body.decode()  # what is kept as it was written is not looked at
        groups = _group(name, _read(body).files)
        versions = sorted(groups, reverse=True)
        by_name = [[own[key] for key in sorted(own)] for own in (groups[version] for version in versions)]
        lines = [dates_of(by_name), *(list(map(msgspec.structs.astuple, files)) for files in by_name)]
        return lay_out(versions, base, [_write(line) + b"\n" for line in lines])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def _group(project: PyPIName, files: Iterable[_File]) -> dict[Version, Group]:
    """The files of each version; of two of one name the first.

    ``foo-1.0`` stands before the second dash of a wheel, and before the ending of an sdist, and is looked at once.
    """
    groups: dict[Version, Group] = {}
    known: dict[str, Group | None] = {}
    for file in files:
        key, file_name = "", file.name
        if "/" not in file_name and "\\" not in file_name:
            if file_name.endswith(".whl"):
                if file_name.count("-") in WHEEL_DASHES:
                    key = file_name[: file_name.find("-", file_name.find("-") + 1)]
            elif file_name.endswith(".tar.gz") and file_name.count("-") == 1:
                key = file_name[:-7]
        if not key or key not in known:
            version = version_of(project, file_name)
            known[key] = None if version is None else groups.setdefault(version, {})
        own = known[key]
        if own is not None:
            own.setdefault(file_name, file)
    return groups
