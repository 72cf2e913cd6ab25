"""The wheels of one release in the words of the tables: ``cp39 cp310 cp311+ glibc2.17``."""

from __future__ import annotations

from collections.abc import Iterable

from compat.model.wheels import WHEEL_SUBDIRS as SUBDIRS
from compat.model.wheels import WheelTags, parse_wheel_name, read_tags

__all__ = ["SUBDIRS", "WheelTags", "format_wheels", "parse_wheel_name", "read_tags"]


def format_wheels(tags: Iterable[WheelTags]) -> dict[str, str]:
    """Subdir to ``cp39 cp310 cp311+ glibc2.17``: minors, the minor that serves all later ones (``py3``: 3.0), the lowest glibc."""
    by_subdir: dict[str, list[WheelTags]] = {}
    for tag in tags:
        by_subdir.setdefault(tag.subdir, []).append(tag)
    return {subdir: _words(by_subdir[subdir]) for subdir in SUBDIRS if subdir in by_subdir}


def _words(tags: list[WheelTags]) -> str:
    onwards = min((tag.from_minor for tag in tags if tag.from_minor is not None), default=None)
    minors = sorted({minor for tag in tags for minor in tag.minors if onwards is None or minor < onwards})
    words = [f"cp3{minor}" for minor in minors]
    if onwards is not None:
        words.append(f"cp3{onwards}+" if onwards else "py3")
    glibcs = {tag.glibc for tag in tags}
    glibc = None if None in glibcs else min((glibc for glibc in glibcs if glibc), default=None)
    return " ".join([*words, f"glibc{glibc[0]}.{glibc[1]}"] if glibc else words)
