"""Package indexes, read plainly: what the curated matrix does not cover, as the values that it would hold."""

from __future__ import annotations

from compat.index.client import PackageIndex, UnreachedError
from compat.index.online import OnlineMatrix
from compat.index.settings import Settings, find_settings

__all__ = ["OnlineMatrix", "PackageIndex", "Settings", "UnreachedError", "find_settings"]
