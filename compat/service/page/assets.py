"""The files of the page that do not change while the service runs: style, scripts, icon."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
}  # fmt: skip


class Asset(NamedTuple):
    """One file."""

    body: bytes
    media_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file by its name."""
    folder = files("compat.service.page").joinpath("static")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        media_type = _MEDIA_TYPES.get(entry.name.rpartition(".")[2])
        if media_type is not None:
            found[entry.name] = Asset(entry.read_bytes(), media_type)
    return found


@cache
def assets_version() -> str:
    """A hash of all of them. It is part of their addresses, so that a browser may keep them for good.

    One for all: scripts import each other by relative addresses, and must not mix with those of another release.
    """
    digest = hashlib.blake2b(digest_size=8)
    for name, asset in assets().items():
        digest.update(name.encode() + b"\0" + asset.body + b"\0")
    return digest.hexdigest()
