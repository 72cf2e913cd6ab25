"""The folder behind `replay_index.py`: pages and files as an upstream index once sent them, or sends them now.

Layout: ``simple/NAME.json`` are pages (PEP 691), ``files/PATH`` whole files, ``files/PATH.metadata`` their METADATA,
``files/PATH.parts/START-STOP`` ranges. An empty file ``....absent`` says that upstream has none.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
AGENT = "compat-replay-index"
#: What upstream says of a file that it does not have, or does not give away.
ABSENT = frozenset({401, 403, 404, 410})
#: An upstream that fails is asked again this often, with a second more in between each time.
ATTEMPTS = 4


class Origin(NamedTuple):
    """Where a file is upstream, and its bytes, where the page says so."""

    url: str
    size: int | None


class Part(NamedTuple):
    """Some bytes of a file, from ``start``, and the bytes of all of it."""

    content: bytes
    start: int
    total: int


class Store:
    """Pages and files from *folder*; what it lacks comes once from *upstream* and is kept. ``upstream=""``: never."""

    def __init__(self, folder: Path, upstream: str = "") -> None:
        self._folder = folder
        self._upstream = upstream.rstrip("/")
        self._origins: dict[str, Origin] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self.fetched = 0

    def page(self, name: str) -> dict[str, Any] | None:
        """The page of the project *name* (normalised), with the URLs of files as paths below ``/files/``."""
        url = f"{self._upstream}/{name}/"
        body = self._kept(f"simple/{name}.json", lambda: self._get(url, {"Accept": JSON_TYPE}))
        if body is None:
            return None
        page: dict[str, Any] = json.loads(body)
        announced = any("core-metadata" in entry for entry in page["files"])
        for entry in page["files"]:
            path = unquote(urlsplit(entry["url"]).path).strip("/")
            self._origins[path] = Origin(entry["url"], entry.get("size"))
            entry["url"] = path
            if not announced and entry["filename"].endswith(".whl"):
                entry["core-metadata"] = self._announced(path)
        return page

    def _announced(self, path: str) -> bool | dict[str, str]:
        """What a page says of the METADATA of a wheel, where a mirror leaves it out: its hash, once it is kept."""
        kept = self._folder / "files" / f"{path}.metadata"
        return {"sha256": hashlib.sha256(kept.read_bytes()).hexdigest()} if kept.is_file() else True

    def metadata(self, path: str) -> bytes | None:
        """The METADATA of the wheel at *path*: as upstream serves it, else out of the wheel, by ranges."""
        return self._kept(f"files/{path}.metadata", lambda: self._get_metadata(path))

    def size(self, path: str) -> int | None:
        """The bytes of the file at *path*, as its page says them or as the whole file is kept."""
        kept = self._folder / "files" / path
        origin = self._origin(path)
        return kept.stat().st_size if kept.is_file() else origin and origin.size

    def file(self, path: str) -> bytes | None:
        """The whole file at *path*."""
        origin = self._origin(path)
        return origin and self._kept(f"files/{path}", lambda: self._get(origin.url, {}))

    def part(self, path: str, start: int, stop: int) -> bytes | None:
        """The bytes of the file at *path* from *start* to before *stop*; the whole file is not asked for."""
        whole = self._folder / "files" / path
        if whole.is_file():
            with whole.open("rb") as file:
                file.seek(start)
                return file.read(stop - start)
        for piece in (self._folder / "files" / f"{path}.parts").glob("*-*"):
            first, last = map(int, piece.name.split("-")) if re.fullmatch(r"\d+-\d+", piece.name) else (0, 0)
            if first <= start and stop <= last:
                return piece.read_bytes()[start - first : stop - first]
        origin = self._origin(path)
        header = {"Range": f"bytes={start}-{stop - 1}"}
        key = f"files/{path}.parts/{start}-{stop}"
        return origin and self._kept(key, lambda: self._get(origin.url, header))

    def _origin(self, path: str) -> Origin | None:
        """Where *path* comes from: its project's page says it, which a client with a warm cache has not asked for."""
        if path not in self._origins:
            for name in _projects(path.rpartition("/")[2]):
                if (self._folder / f"simple/{name}.json").is_file():
                    self.page(name)
        return self._origins.get(path)

    def _get_metadata(self, path: str) -> bytes | None:
        origin = self._origin(path)
        if origin is None:
            return None
        body = self._get(origin.url + ".metadata", {})
        return self._read_from_wheel(origin) if body is None and path.endswith(".whl") else body

    def _read_from_wheel(self, origin: Origin) -> bytes | None:
        from compat.index.files.remote_wheel import TAIL, read_metadata

        size = origin.size
        if not size:
            return None

        def fetch(start: int, stop: int) -> bytes | None:  # nothing is kept but METADATA
            return self._get(origin.url, {"Range": f"bytes={start}-{stop - 1}"})

        tail = fetch(max(0, size - TAIL), size)
        return tail and read_metadata(size, tail, fetch)

    def _kept(self, key: str, fetch: Callable[[], bytes | None]) -> bytes | None:
        """What the folder holds under *key*, else what *fetch* gives, which is kept; two threads do not ask twice."""
        path = self._folder / key
        if not path.resolve().is_relative_to(self._folder.resolve()):
            return None
        absent = path.with_name(path.name + ".absent")
        with self._guard:
            lock = self._locks[key]
        with lock:
            if path.is_file():
                return path.read_bytes()
            if absent.is_file() or not self._upstream:
                return None
            body = fetch()
            write_whole(absent if body is None else path, body or b"")
            return body

    def _get(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        """The body at *url*, or None where upstream says that there is none. Raises: OSError, after some attempts."""
        request = urllib.request.Request(url, headers={"User-Agent": AGENT, **headers})  # noqa: S310 - the user's index
        for attempt in range(ATTEMPTS):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
                    self.fetched += 1
                    body: bytes = answer.read()
                    return body
            except urllib.error.HTTPError as error:
                if error.code in ABSENT:
                    return None
                fault: OSError = error
            except OSError as error:
                fault = error
            time.sleep(1 + attempt)
        raise fault


def write_whole(path: Path, body: bytes) -> None:
    """Write *path* so that no reader ever sees a half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{threading.get_ident()}")
    part.write_bytes(body)
    part.replace(path)


def _projects(file_name: str) -> list[str]:
    """The projects that *file_name* may belong to: names of sdists may hold hyphens."""
    pieces = file_name.split("-")
    names = ["-".join(pieces[:count]) for count in range(1, len(pieces))]
    return [re.sub(r"[-_.]+", "-", name).lower() for name in names]
