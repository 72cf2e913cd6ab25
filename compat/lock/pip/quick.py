"""The versions in a lock of ours, for a solve that should keep them: read without parsing a quarter of a megabyte of TOML."""

from __future__ import annotations

import re
import tomllib

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from compat.lock.marks import CREATOR
from compat.lock.pip.pylock_reader import read_pylock
from compat.lock.reading import ReadLock, ReadPackage
from compat.model.names import to_pypi_name
from compat.model.places import Place

_TABLE = "\n[[packages]]\n"
_START = re.compile(
    r'name = "([a-z0-9-]+)"\n(?:version = "([A-Za-z0-9.+!-]+)"\n)?(?:marker = "([^"\\\n]+)"\n)?(?!version|marker)'
)


def read_versions(path: str, data: bytes) -> ReadLock:
    """The lock in *data*, perhaps only the names, versions and markers of its packages: enough for `preferences`.

    Raises: FileProblem, as `read_pylock` does, which reads whatever is not spelled as ours are.
    """
    return _read_ours(path, data) or read_pylock(path, data)


def _read_ours(path: str, data: bytes) -> ReadLock | None:
    """What a file of ours holds; None for any other, or for one that somebody else has written to."""
    try:
        head, *tables = data.decode().split(_TABLE)
        top = tomllib.loads(head)
        starts = [_START.match(table) for table in tables]
        found = [start for start in starts if start is not None]
        if top["created-by"] != CREATOR or len(found) < len(starts) or "packages" in top:
            return None
        place = Place(path)
        packages = tuple(
            ReadPackage(to_pypi_name(start[1]), start[2] or "", place, Marker(start[3]) if start[3] else None)
            for start in found
        )
        environments = tuple(Marker(text) for text in top["environments"])
        requires_python = SpecifierSet(top["requires-python"])
    except (ValueError, KeyError, TypeError, InvalidMarker, InvalidSpecifier):
        return None
    return ReadLock(path, "pylock", packages, CREATOR, environments, requires_python)
