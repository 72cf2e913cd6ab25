"""Words for groups of platforms, as selectors and pixi targets use them, and what they are to conda and to pip."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from compat.model.targets import SUBDIRS

if TYPE_CHECKING:
    from packaging.markers import Marker

_LINUX = ("linux-64", "linux-aarch64")
_OSX = ("osx-64", "osx-arm64")
_WIN = ("win-64",)
#: https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html#preprocessing-selectors
_GROUPS = {
    "linux": _LINUX,
    "linux64": ("linux-64",),
    "aarch64": ("linux-aarch64",),
    "osx": _OSX,
    "macos": _OSX,
    "osx64": ("osx-64",),
    "arm64": ("osx-arm64",),
    "unix": _LINUX + _OSX,
    "win": _WIN,
    "win64": _WIN,
    "x86_64": ("linux-64", "osx-64", "win-64"),
    **{subdir: (subdir,) for subdir in SUBDIRS},
}
#: What of a marker a system settles: ``sys_platform``, ``platform_system``, ``os_name``.
_NAMES = {"linux": ("linux", "Linux", "posix"), "osx": ("darwin", "Darwin", "posix"), "win": ("win32", "Windows", "nt")}
_SELECTOR = re.compile(r"#.*\[([^\[\]]+)\]")
#: ``sys_platform`` of each system and ``platform_machine`` of its subdirs.
_SYSTEMS = {
    "linux": {"linux-64": "x86_64", "linux-aarch64": "aarch64"},
    "darwin": {"osx-64": "x86_64", "osx-arm64": "arm64"},
    "win32": {"win-64": "AMD64"},
}


@lru_cache(maxsize=256)
def select(words: str) -> tuple[str, ...] | None:
    """The subdirs that ``linux``, ``not win`` or ``osx and arm64`` means; None where a word is none of platforms."""
    found: set[str] = set()
    for choice in words.split(" or "):
        left = set(SUBDIRS)
        for term in choice.split(" and "):
            word = term.strip().removeprefix("not ").strip()
            group = _GROUPS.get(word)
            if group is None:
                return None
            left = left - set(group) if term.strip().startswith("not ") else left & set(group)
        found |= left
    return tuple(subdir for subdir in SUBDIRS if subdir in found)


def has_selectors(text: str) -> bool:
    """Whether any comment of *text* looks like ``# [linux]``."""
    return _SELECTOR.search(text) is not None


def select_by_comment(line_end: str) -> tuple[str, ...] | None:
    """The subdirs that a comment like ``# [linux]`` behind an entry keeps it for, or None without one.

    conda-lock and conda-build heed these comments, conda does not.
    """
    match = _SELECTOR.search(line_end)
    return select(match[1].strip()) if match else None


@lru_cache(maxsize=256)
def to_marker(subdirs: Collection[str]) -> Marker | None:
    """The environment marker that holds on exactly *subdirs*; None for all, or where one has no marker."""
    if set(SUBDIRS) <= set(subdirs) or not subdirs:
        return None
    parts: list[str] = []
    for system, machines in _SYSTEMS.items():
        here: Sequence[str] = [subdir for subdir in machines if subdir in subdirs]
        if len(here) == len(machines):
            parts.append(f"sys_platform == '{system}'")
        else:
            parts += [f"sys_platform == '{system}' and platform_machine == '{machines[subdir]}'" for subdir in here]
    from packaging.markers import Marker

    return Marker(" or ".join(parts)) if parts else None


def can_hold(marker: Marker | None, subdirs: Sequence[str] = SUBDIRS) -> bool:
    """Whether *marker* holds on at least one of *subdirs* with at least one Python."""
    minors = range(6, 16) if "python" in str(marker) else range(12, 13)
    return marker is None or any(marker.evaluate(_variables(subdir, minor)) for subdir in subdirs for minor in minors)


def _variables(subdir: str, minor: int) -> dict[str, str]:
    system, name, os_name = _NAMES[subdir.partition("-")[0]]
    machine = _SYSTEMS[system][subdir]
    version = f"3.{minor}"
    return {
        "sys_platform": system,
        "platform_system": name,
        "os_name": os_name,
        "platform_machine": machine,
        "python_version": version,
        "python_full_version": f"{version}.0",
    }
