"""Arithmetic on Python minors."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet


#: Patch numbers tried when asking whether a bound admits some patch of a minor; CPython has not gone past 3.x.25.
PATCHES = range(31)


@lru_cache(maxsize=4096)
def admits_minor(specifier: SpecifierSet, minor: tuple[int, int]) -> bool:
    """Whether *specifier* admits some patch release of a Python minor."""
    return any(specifier.contains(f"{minor[0]}.{minor[1]}.{patch}", prereleases=True) for patch in PATCHES)
