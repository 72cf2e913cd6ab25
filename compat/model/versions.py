"""Texts as versions of PEP 440, where they are such."""

from __future__ import annotations

from functools import lru_cache

from packaging.version import InvalidVersion, Version


@lru_cache(maxsize=8192)
def to_version(text: str) -> Version | None:
    """*text* by PEP 440; None for what is no version there, as some of conda's are not."""
    try:
        return Version(text)
    except InvalidVersion:
        return None
