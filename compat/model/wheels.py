"""What the file names of wheels say: which subdir they serve, which CPython minors, which glibc.

Source: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the values of the matrix, which a lock of pip requirements does not ask
    from compat.model.knowledge import Numbers, Wheels

#: Where a wheel can serve; of a release's wheels, those for the first of these stand for the release.
WHEEL_SUBDIRS = ("linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64", "any")

_LINUX = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}
#: Architectures of macOS tags; ``intel`` and its like are fat binaries that hold x86_64 too.
_MACOS = {
    "x86_64": ("osx-64",),
    "intel": ("osx-64",),
    "fat64": ("osx-64",),
    "universal": ("osx-64",),
    "arm64": ("osx-arm64",),
    "universal2": ("osx-64", "osx-arm64"),
}
_LEGACY_GLIBC = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_MANYLINUX = re.compile(r"(manylinux1|manylinux2010|manylinux2014|manylinux_(\d+)_(\d+)|linux)_(x86_64|aarch64)")
_PYTHON = re.compile(r"(cp|py)3(\d*)")


class WheelTags(NamedTuple):
    """One subdir that a wheel serves: its CPython minors, the minor from which it serves all, its glibc."""

    subdir: str
    minors: frozenset[int]
    from_minor: int | None
    glibc: Numbers | None

    def serves(self, minor: int) -> bool:
        return minor in self.minors or (self.from_minor is not None and minor >= self.from_minor)


def parse_wheel_name(name: str) -> tuple[str, int, str, str, str] | None:
    """Version, build number, Python, ABI and platform tags of a wheel's file name; None if it is none."""
    parts = name.removesuffix(".whl").split("-")
    if not name.endswith(".whl") or len(parts) not in {5, 6}:
        return None
    digits = re.match(r"\d+", parts[2]) if len(parts) == 6 else None
    return parts[1], int(digits[0]) if digits else 0, parts[-3], parts[-2], parts[-1]


def read_tags(python_tag: str, abi_tag: str, platform_tag: str) -> list[WheelTags]:
    """The subdirs that one wheel serves; free-threaded, PyPy, musl and 32-bit wheels serve none."""
    minors, from_minor = _pythons(python_tag.split("."), abi_tag.split("."))
    if not minors and from_minor is None:
        return []
    found: dict[str, set[Numbers | None]] = {}
    for platform in platform_tag.split("."):
        for subdir, glibc in _platform(platform):
            found.setdefault(subdir, set()).add(glibc)
    return [WheelTags(subdir, minors, from_minor, _lowest(glibcs)) for subdir, glibcs in found.items()]


def to_wheels(tags: Iterable[WheelTags]) -> dict[str, Wheels]:
    """The wheels of one release by subdir, in the order of `WHEEL_SUBDIRS`."""
    by_subdir: dict[str, list[WheelTags]] = {}
    for tag in tags:
        by_subdir.setdefault(tag.subdir, []).append(tag)
    return {subdir: _join(by_subdir[subdir]) for subdir in WHEEL_SUBDIRS if subdir in by_subdir}


def _join(tags: list[WheelTags]) -> Wheels:
    from compat.model.knowledge import Wheels

    onwards = min((tag.from_minor for tag in tags if tag.from_minor is not None), default=None)
    return Wheels(
        pythons=frozenset((3, minor) for tag in tags for minor in tag.minors),
        from_python=None if onwards is None else (3, onwards),
        glibc=_lowest({tag.glibc for tag in tags}),
    )


def _pythons(pythons: list[str], abis: list[str]) -> tuple[frozenset[int], int | None]:
    """CPython 3 minors that load the wheel by an exact tag, and the lowest one from which all do."""
    exact: set[int] = set()
    onwards: list[int] = []
    for python in pythons:
        match = _PYTHON.fullmatch(python)
        if match is None:
            continue
        minor = int(match[2] or 0)
        if "abi3" in abis or (match[1] == "py" and "none" in abis):
            onwards.append(minor)
        elif match[1] == "cp" and {"none", python, f"{python}m"} & set(abis):
            exact.add(minor)
    return frozenset(exact), min(onwards, default=None)


def _platform(platform: str) -> list[tuple[str, Numbers | None]]:
    if platform == "any":
        return [("any", None)]
    if platform == "win_amd64":
        return [("win-64", None)]
    if match := _MANYLINUX.fullmatch(platform):
        glibc = (int(match[2]), int(match[3])) if match[2] else _LEGACY_GLIBC.get(match[1])
        return [(_LINUX[match[4]], glibc)]
    if match := re.fullmatch(r"macosx_\d+_\d+_(\w+)", platform):
        return [(subdir, None) for subdir in _MACOS.get(match[1], ())]
    return []


def _lowest(glibcs: set[Numbers | None]) -> Numbers | None:
    return None if None in glibcs else min((glibc for glibc in glibcs if glibc), default=None)
