"""A polite reader of a package index: PEP 691 file lists and PEP 658 metadata, each answer kept in a folder.

Sources: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from compat.index.files.remote_wheel import TAIL, read_metadata

#: At most this many requests at a time.
CONCURRENCY = 6
_ACCEPT = "application/vnd.pypi.simple.v1+json"
_TRIES = 4
#: Answers that asking again will not change.
_MISSING = frozenset({403, 404, 410})
#: PKG-INFO stands near the front of an sdist, because its members are sorted and capitals come first.
_SDIST_HEAD = 256 * 1024
#: An sdist up to this size is read as a whole.
_SMALL_SDIST = 1_500_000
#: The header that marks metadata which `requires.txt` was read into.
REQUIRES_TXT = "X-Requires-Txt"
_SDIST_MEMBER = re.compile(r"[^/]+/(?:(PKG-INFO)|(?:[^/]+/)?[^/]+\.egg-info/(requires\.txt|SOURCES\.txt))")


class IndexFile(NamedTuple):
    """One file of a release, as the index lists it; ``yanked`` is the reason, or None."""

    name: str
    url: str
    size: int | None
    uploaded: str
    requires_python: str
    yanked: str | None


class PackageIndex:
    """Reads one index through a cache folder; may be shared by threads."""

    def __init__(self, base: str, cache: Path, *, transport: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
        headers = {"User-Agent": "compat-matrix refresh_projects"}
        self._client = httpx.Client(
            headers=headers, follow_redirects=True, timeout=60, limits=limits, transport=transport
        )
        self._base = base.rstrip("/")
        self._cache = cache
        self.requests = 0
        cache.mkdir(parents=True, exist_ok=True)

    def files(self, project: str) -> list[IndexFile]:
        """Every file of *project*, in the order of the index."""
        url = f"{self._base}/{project}/"
        page = json.loads(self._cached(url, lambda: self._download(url, {"Accept": _ACCEPT})))
        return [_to_file(entry) for entry in page["files"]]

    def metadata(self, file: IndexFile) -> bytes | None:
        """METADATA or PKG-INFO of *file*; None where neither the index nor the file's ends hold it."""
        return self._cached(f"{file.url} metadata", lambda: self._metadata(file) or b"") or None

    def _metadata(self, file: IndexFile) -> bytes | None:
        """PEP 658's file, asked for even if the list does not announce it (mirrors leave that out), else by ranges."""
        if file.name.endswith(".whl"):
            try:
                return self._download(f"{file.url}.metadata", {})
            except httpx.HTTPStatusError as error:
                if error.response.status_code not in _MISSING:
                    raise
            size = file.size or 0
            return read_metadata(size, self._range(file.url, max(0, size - TAIL), size), partial(self._range, file.url))
        if file.name.endswith(".tar.gz"):
            whole = file.size is not None and file.size <= _SMALL_SDIST
            head = self._download(file.url, {}) if whole else self._range(file.url, 0, _SDIST_HEAD)
            return _metadata_of_sdist(head, whole=whole)
        return None

    def _range(self, url: str, start: int, end: int) -> bytes:
        return self._download(url, {"Range": f"bytes={start}-{end - 1}"})[: end - start]

    def _cached(self, what: str, fetch: Callable[[], bytes]) -> bytes:
        place = self._cache / hashlib.sha256(what.encode()).hexdigest()[:40]
        if place.exists():
            return place.read_bytes()
        body = fetch()
        part = place.with_suffix(f".{threading.get_ident()}")
        part.write_bytes(body)
        part.replace(place)
        return body

    def _download(self, url: str, headers: Mapping[str, str]) -> bytes:
        """The body of *url*; a busy or broken server is asked again after a growing pause."""
        for attempt in range(_TRIES):
            try:
                self.requests += 1
                answer = self._client.get(url, headers=dict(headers))
                answer.raise_for_status()
            except (httpx.TransportError, httpx.HTTPStatusError) as error:
                fatal = isinstance(error, httpx.HTTPStatusError) and error.response.status_code in _MISSING
                if fatal or attempt == _TRIES - 1:
                    raise
                time.sleep(2**attempt)
            else:
                return answer.content
        raise AssertionError("unreachable")


def _to_file(entry: Mapping[str, Any]) -> IndexFile:
    yanked = entry.get("yanked") or None
    return IndexFile(
        name=entry["filename"],
        url=entry["url"].partition("#")[0],
        size=entry.get("size"),
        uploaded=entry.get("upload-time", ""),
        requires_python=entry.get("requires-python") or "",
        yanked=(yanked if isinstance(yanked, str) else "no reason given") if yanked else None,
    )


def _metadata_of_sdist(head: bytes, *, whole: bool) -> bytes | None:
    """PKG-INFO from the first bytes of a ``.tar.gz``; of a whole one also what its ``requires.txt`` asks for.

    setuptools wrote requirements into PKG-INFO only from metadata 2.2 on; before, they stand in the ``egg-info`` folder.
    A header of our own, `REQUIRES_TXT`, says that this was looked at.
    """
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=gzip.GzipFile(fileobj=io.BytesIO(head)), mode="r|") as sdist:
            for member in sdist:
                if match := _SDIST_MEMBER.fullmatch(member.name):
                    stream = sdist.extractfile(member)
                    found[match[1] or match[2]] = stream.read() if stream else b""
    except (tarfile.TarError, OSError, EOFError):
        if whole:
            return None
    if "PKG-INFO" not in found or not whole or b"\nRequires-Dist:" in found["PKG-INFO"] or "SOURCES.txt" not in found:
        return found.get("PKG-INFO")
    lines = [f"{REQUIRES_TXT}: read", *_requirements(found.get("requires.txt", b"").decode("utf-8", "replace"))]
    return "\n".join(lines).encode() + b"\n" + found["PKG-INFO"]


def _requirements(text: str) -> Iterator[str]:
    """``Requires-Dist`` lines for a ``requires.txt``, whose sections are ``[extra]``, ``[:marker]`` or ``[extra:marker]``."""
    markers: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            extra, _, marker = line.strip("[]").partition(":")
            markers = [f"({marker})"] if marker else []
            markers += [f'extra == "{extra}"'] if extra else []
        else:
            yield f"Requires-Dist: {line}" + (f" ; {' and '.join(markers)}" if markers else "")
