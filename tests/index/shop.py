"""Indexes for the tests of `compat.index.source`: a table of what is served, over MockTransport or on loopback."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx

from compat.index import IndexPackages, SourceSettings
from compat.index.transport.connection import Limits
from compat.model.names import PyPIName
from tests.index.pages import metadata, wheel

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"
ONE = "https://one.example/simple"
TWO = "https://two.example/simple"
#: Nothing waits for long in a test.
QUICK = Limits(connect=2, silence=2, answer=5, download=5, tries=3, pause=0.001, longest_pause=0.5)


def name(text: str) -> PyPIName:
    return PyPIName(text)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Served(NamedTuple):
    """One answer; ``ranges``: whether parts of it are given out."""

    body: bytes
    kind: str = "application/octet-stream"
    status: int = 200
    headers: Mapping[str, str] = {}
    ranges: bool = False


Answering = Served | Callable[[httpx.Request], Served]


class Shop:
    """Answers by URL without query, and remembers the requests; what it does not have is 404."""

    def __init__(self, served: Mapping[str, Answering] | None = None) -> None:
        self.served: dict[str, Answering] = dict(served or {})
        self.requests: list[httpx.Request] = []

    @property
    def asked(self) -> list[str]:
        return [str(request.url) for request in self.requests]

    def page(self, index: str, project: str, *files: Mapping[str, object], **headers: str) -> None:
        content = json.dumps({"meta": {"api-version": "1.1"}, "name": project, "files": files}).encode()
        fresh = {"Cache-Control": "max-age=600", **{key.replace("_", "-"): value for key, value in headers.items()}}
        self.served[f"{index}/{project}/"] = Served(content, JSON, headers=fresh)

    def wheel(
        self, index: str, file: str, *requires: str, beside: bool = True, ranges: bool = True
    ) -> dict[str, object]:
        """Serve a wheel, and its METADATA beside it; its entry on a page."""
        declared = metadata(*requires).replace(b"Version: 1\n", b"Version: 1\n")
        content = wheel(declared)
        url = f"{index.rpartition('/')[0]}/files/{file}"
        self.served[url] = Served(content, ranges=ranges)
        if beside:
            self.served[f"{url}.metadata"] = Served(declared)
        return {
            "filename": file,
            "url": url,
            "hashes": {"sha256": sha256(content)},
            "size": len(content),
            "requires-python": ">=3.9",
            "upload-time": "2026-01-02T03:04:05.123456Z",
            "core-metadata": {"sha256": sha256(declared)} if beside else False,
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = self.served.get(str(request.url).partition("?")[0])
        if found is None:
            return httpx.Response(404)
        answer = found if isinstance(found, Served) else found(request)
        if answer.ranges and "Range" in request.headers:
            return _part(request, answer)
        return _response(answer.status, answer.body, {"Content-Type": answer.kind, **answer.headers})

    def open(self, cache: Path | None, *urls: str, **options: object) -> IndexPackages:
        """Packages over this shop; without a folder nothing is kept."""
        own = {key: options.pop(key) for key in ("likely", "clock", "limits") if key in options}
        settings = SourceSettings(
            urls or (ONE,),
            cache_folder=None if cache is None else str(cache),
            no_cache=cache is None,
            **options,  # type: ignore[arg-type]
        )
        return IndexPackages(settings, transport=httpx.MockTransport(self), **{"limits": QUICK, **own})  # type: ignore[arg-type]


def _response(status: int, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """Not read yet, as it comes from a network."""
    length = {"Content-Length": str(len(body))}
    return httpx.Response(status, stream=httpx.ByteStream(body), headers={**length, **headers})


def _part(request: httpx.Request, answer: Served) -> httpx.Response:
    first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
    size = len(answer.body)
    start = max(0, size - int(last)) if not first else int(first)
    end = size if not first else min(size, int(last) + 1)
    headers = {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return _response(206, answer.body[start:end], headers)


def sdist(files: Mapping[str, bytes | str], folder: str = "x-1") -> bytes:
    """A tar.gz file."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as tar:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            item = tarfile.TarInfo(f"{folder}/{path}")
            item.size = len(data)
            tar.addfile(item, io.BytesIO(data))
    return body.getvalue()


@contextmanager
def loopback(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server on this machine, for faults of the wire itself; *answer* writes what it likes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def everything_in(folder: Path) -> bytes:
    """The content and the names of all files below *folder*."""
    return b"".join(bytes(path) + path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
