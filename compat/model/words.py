"""Words that all rooms put together alike."""

from __future__ import annotations

from collections.abc import Sequence


def dotted(numbers: Sequence[int]) -> str:
    """(12, 8) as ``12.8``."""
    return ".".join(map(str, numbers))


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; "" for none."""
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"
