"""Readers: one module a file format, bytes in, a `Document` with places out. Grammar only, no judgement."""

from __future__ import annotations

from compat.formats.detect import detect
from compat.formats.reading import READABLE_KINDS, read

__all__ = ["READABLE_KINDS", "detect", "read"]
