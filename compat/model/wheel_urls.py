"""Wheels that a file names by URL or path: what their file names promise."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.wheels import WheelTags, parse_wheel_name, read_tags

if TYPE_CHECKING:
    from packaging.version import Version


class WheelFile(NamedTuple):
    """A wheel by its file name; ``tags`` are the subdirs that it serves, none for PyPy, musl and 32 bit."""

    name: PyPIName
    version: Version
    tags: tuple[WheelTags, ...]
    text: str

    def for_subdir(self, subdir: str) -> tuple[WheelTags, ...]:
        """The tags that hold on *subdir*."""
        return tuple(tag for tag in self.tags if tag.subdir in {subdir, "any"})


def is_wheel_url(url: str) -> bool:
    """Whether *url* ends in ``.whl``, a query or fragment aside."""
    return re.split(r"[#?]", url, maxsplit=1)[0].endswith(".whl")


def is_source(entry: PipEntry) -> bool:
    """Whether *entry* names a source archive, repository or folder, whose version only building it would tell."""
    url = entry.requirement.url
    return entry.editable or (url is not None and not is_wheel_url(url))


@lru_cache(maxsize=1024)
def parse_wheel_url(url: str) -> WheelFile | None:
    """The wheel at *url*, or None where it is no wheel or its name is none that an installer takes.

    Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
    """
    from urllib.parse import unquote

    from packaging.version import InvalidVersion, Version

    text = unquote(re.split(r"[#?]", url, maxsplit=1)[0].rpartition("/")[2])
    parsed = parse_wheel_name(text)
    if parsed is None:
        return None
    version, _, python, abi, platform = parsed
    try:
        return WheelFile(
            name=to_pypi_name(text.partition("-")[0]),
            version=Version(version),
            tags=tuple(read_tags(python, abi, platform)),
            text=text,
        )
    except InvalidVersion:
        return None
