"""Which wheels a target takes, and which it likes best, by file name alone.

The order is that of `packaging.tags` for CPython: first the platform's newest ABI, then the stable ABI, then older ones,
then pure Python. A test holds both equal; building all 700 tags of a target and a set of tags for each of thousands of
file names would take longer than the rest of a solve.

Source: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from compat.model.distributions import DistFile
from compat.model.targets import Target

#: The glibc of a target that claims none: that of RHEL 8 and of the images in which most wheels are built today.
DEFAULT_GLIBC = (2, 28)

#: The macOS of every target, whose grammar has no key for it: the oldest that the wheels of PyTorch 2.10 run on.
DEFAULT_MACOS = (14, 0)

#: The oldest glibc that there are tags for, by architecture.
_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_LINUX = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}
_MACOS = {"osx-64": "x86_64", "osx-arm64": "arm64"}
#: What a macOS wheel may call the architecture, as `packaging` orders them.
_MACOS_FORMATS = {
    "x86_64": ("x86_64", "intel", "fat64", "fat3", "universal2", "universal"),
    "arm64": ("arm64", "universal2"),
}
_BUILD = re.compile(r"\d+")
#: Stands for a name that was not ranked yet: no rank is negative.
_NEW = -1


def with_glibc(target: Target) -> Target:
    """*target* with the usual glibc where it is Linux and claims none."""
    return target._replace(glibc=DEFAULT_GLIBC) if target.is_linux and target.glibc is None else target


class WheelName(NamedTuple):
    """The parts of a wheel's file name that choose between wheels of one release."""

    build: tuple[int, str]
    tags: str
    """``cp311-cp311-manylinux_2_28_x86_64``, each part perhaps several with dots between."""


@lru_cache(maxsize=65536)
def parse_wheel(name: str) -> WheelName | None:
    """Build number and tags of the wheel *name*, lower case; None where it is no name of a wheel.

    Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
    """
    if not name.endswith(".whl"):
        return None
    parts = name[:-4].split("-")
    if len(parts) == 5:
        return WheelName((0, ""), "-".join(parts[2:]).lower())
    if len(parts) != 6 or (digits := _BUILD.match(parts[2])) is None:
        return None
    return WheelName((int(digits[0]), parts[2][digits.end() :]), "-".join(parts[3:]).lower())


class Fit:
    """How well wheels fit one target and one CPython: smaller ranks are better.

    Args: *any_platform* takes a wheel for any platform, to ask whether the platform is what stands in the way.
    """

    def __init__(self, target: Target, python: tuple[int, int], *, any_platform: bool = False) -> None:
        groups = dict.fromkeys(_groups(python))
        self._groups = {group: position for position, group in enumerate(groups)}
        self._any_platform = any_platform
        self._platforms = {platform: rank for rank, platform in enumerate(platforms(target))}
        #: Platforms in a group; the last one stands for those of other machines.
        self._width = len(self._platforms) + 1
        self._pure = {tag: rank for rank, tag in enumerate(_pure(python), len(self._groups) * self._width)}
        self._ranks: dict[str, int | None] = {}
        self._by_end: dict[str, int | None] = {}

    def may_take(self, name: str) -> bool:
        """Whether the file *name* is a wheel that fits, or no wheel at all."""
        if not name.endswith(".whl"):
            return True
        rank = self._by_end.get(name.split("-", 2)[-1], _NEW)
        return (self.rank_of(name) if rank == _NEW else rank) is not None

    def rank_of(self, name: str) -> int | None:
        """The rank of the wheel *name*; None where it does not fit, or is no name of a wheel."""
        # What stands after the version is its tags, but for a build number, and alike in thousands of names.
        end = name.split("-", 2)[-1]
        rank = self._by_end.get(end, _NEW)
        if rank == _NEW:
            plain = end.count("-") == 2 and end.endswith(".whl")
            parsed = None if plain else parse_wheel(name)
            tags = end[:-4].lower() if plain else "" if parsed is None else parsed.tags
            rank = self._by_end[end] = self.rank(tags) if tags else None
        return rank

    def rank(self, tags: str) -> int | None:
        """The rank of the best of the tags that *tags* (`WheelName.tags`) stand for; None where none fits."""
        rank = self._ranks.get(tags, _NEW)
        if rank == _NEW:
            rank = self._ranks[tags] = min(self._ranks_of(tags), default=None)
        return rank

    def best(self, files: Sequence[DistFile]) -> DistFile | None:
        """The wheel among *files* that the target likes best, for reading ahead; None where none fits."""
        ranked = [(rank, file.name, file) for file in files if (rank := self.rank_of(file.name)) is not None]
        return min(ranked)[2] if ranked else None

    def _ranks_of(self, tags: str) -> Iterator[int]:
        pythons, abis, wanted = (part.split(".") for part in tags.split("-"))
        other = self._width - 1 if self._any_platform else None
        places = [place for one in wanted if one != "any" and (place := self._platforms.get(one, other)) is not None]
        if not places and "any" not in wanted:
            return  # for other machines
        for python in pythons:
            for abi in abis:
                tag = f"{python}-{abi}"
                if places and (group := self._groups.get(tag)) is not None:
                    yield group * self._width + min(places)
                if "any" in wanted and (rank := self._pure.get(tag)) is not None:
                    yield rank


def platforms(target: Target) -> Iterator[str]:
    """The platform tags of *target*, best first, as `packaging.tags.platform_tags` gives them on such a machine."""
    if arch := _LINUX.get(target.subdir):
        yield f"linux_{arch}"
        major, minor = (target.glibc or DEFAULT_GLIBC)[:2]
        for one in range(minor if major == 2 else 99, _OLDEST_GLIBC[arch] - 1, -1):
            yield f"manylinux_2_{one}_{arch}"
            if one in _LEGACY:
                yield f"{_LEGACY[one]}_{arch}"
    elif arch := _MACOS.get(target.subdir):
        for version in range(DEFAULT_MACOS[0], 10, -1):
            yield from (f"macosx_{version}_0_{kind}" for kind in _MACOS_FORMATS[arch])
        # A fat binary may name the macOS that its x86_64 half is for; Apple's own chips came with macOS 11.
        for version in range(16, 3, -1):
            kinds = _MACOS_FORMATS[arch] if arch == "x86_64" else ("universal2",)
            yield from (f"macosx_10_{version}_{kind}" for kind in kinds)
    else:
        yield "win_amd64"


def _groups(python: tuple[int, int]) -> Iterator[str]:
    """Python and ABI tags that go with a platform, best first."""
    major, minor = python
    own = f"cp{major}{minor}"
    yield f"{own}-{own}{'m' if python < (3, 8) else ''}"
    yield f"{own}-abi3"
    yield f"{own}-none"
    yield from (f"cp{major}{older}-abi3" for older in range(minor - 1, 1, -1))
    yield from (f"{name}-none" for name in _generic(python))


def _pure(python: tuple[int, int]) -> Iterator[str]:
    """Python and ABI tags that go with the platform ``any``, best first."""
    yield f"cp{python[0]}{python[1]}-none"
    yield from (f"{name}-none" for name in _generic(python))


def _generic(python: tuple[int, int]) -> Iterator[str]:
    """``py311``, ``py3``, ``py310`` and so on down."""
    major, minor = python
    yield f"py{major}{minor}"
    yield f"py{major}"
    yield from (f"py{major}{older}" for older in range(minor - 1, -1, -1))
