"""The kinds of lock file that ``check`` judges besides descriptors."""

from __future__ import annotations

LOCK_KINDS = frozenset({"conda-lock", "explicit", "pixi-lock", "pylock", "uv-lock"})
