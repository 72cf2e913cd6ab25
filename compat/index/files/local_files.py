"""What one file of this machine declares: wheels of a find-links folder, sdists, ``file:`` references."""

from __future__ import annotations

from typing import BinaryIO

from compat.index.addresses import to_path
from compat.index.faults import UnreadableError
from compat.index.files.declared import parse_core_metadata
from compat.index.files.remote_wheel import TAIL, read_metadata
from compat.index.files.sdists import read_sdist
from compat.model.distributions import CoreMetadata, DistFile, UnreachedError


def read_local(file: DistFile) -> CoreMetadata | None:
    """None for an sdist that has to be built. Raises: UnreachedError."""
    try:
        with open(to_path(file.url), "rb") as content:
            if not file.is_wheel:
                return read_sdist(file.name, content.read())
            return parse_core_metadata(_metadata(content))
    except (OSError, UnreadableError) as error:
        why = error if isinstance(error, UnreadableError) else "cannot be read"
        raise UnreachedError(f"{file.url}: {why}") from error


def _metadata(wheel: BinaryIO) -> bytes:
    size = wheel.seek(0, 2)

    def fetch(start: int, end: int) -> bytes:
        wheel.seek(start)
        return wheel.read(end - start)

    found = read_metadata(size, fetch(max(0, size - TAIL), size), fetch)
    if found is None:
        raise UnreadableError("the wheel has no METADATA that can be read")
    return found
