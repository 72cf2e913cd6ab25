"""A read-through package index on loopback, so that benchmarks time the tools and not the network.

Serves PEP 691 JSON and PEP 503 HTML at ``/simple/NAME/``, PEP 658 metadata and ranges of files, from a folder. What the
folder lacks is taken once from the upstream index and kept (`--frozen`: 404), so that every tool reads the same bytes.
Prints its URL on the first line; faults of the upstream go to stderr. ``/counts`` says how much was asked.

    python benchmarks/replay_index.py STORE [--port N] [--frozen] [--delay MS] [--upstream URL]
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sys
import time
from collections.abc import Mapping
from functools import cached_property
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, Python would look beside this file only

from benchmarks.replay_store import JSON_TYPE, Store

HTML_TYPE = "text/html"
#: What the public index says of pages, and of files, which never change.
PAGE_AGE, FILE_AGE = "max-age=600, public", "max-age=365000000, immutable, public"
#: Shorter bodies are sent as they are.
GZIP_FROM = 1000


class Holdings(Protocol):
    """What is served: a recorded store, or a universe that is made up. File URLs in pages are paths below ``/files/``."""

    def page(self, name: str) -> dict[str, Any] | None: ...
    def metadata(self, path: str) -> bytes | None: ...
    def size(self, path: str) -> int | None: ...
    def file(self, path: str) -> bytes | None: ...
    def part(self, path: str, start: int, stop: int) -> bytes | None: ...


class Body:
    """A page as it goes out; compressed and hashed once."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    @cached_property
    def zipped(self) -> bytes:
        return gzip.compress(self.content, 6, mtime=0)


class Reply(NamedTuple):
    """Status, body and headers of one answer."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = {}


class ReplayServer(ThreadingHTTPServer):
    """Serves *holdings*; each answer waits *delay* seconds."""

    daemon_threads = True
    request_queue_size = 256  # clients open many connections at once

    def __init__(self, holdings: Holdings, port: int = 0, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.holdings = holdings
        self.delay = delay
        self.requests = self.sent = 0
        self.pages: dict[tuple[str, str], Body | None] = {}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what went wrong here; a client that has read enough, or was stopped, is no fault."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """The address that installers take as their index."""
        return f"{self.base}/simple/"

    def page(self, name: str, kind: str) -> Body | None:
        """The page of *name* as *kind*, kept in memory: rewriting the page of torch costs more than serving it."""
        if (name, kind) not in self.pages:
            page = self.holdings.page(name)
            write = write_json if kind == JSON_TYPE else write_html
            self.pages[name, kind] = Body(write(to_served(page, self.base))) if page else None
        return self.pages[name, kind]


def to_served(page: dict[str, Any], base: str) -> dict[str, Any]:
    """*page* with its files here."""
    for entry in page["files"]:
        entry["url"] = f"{base}/files/{entry['url']}"
    return page


def write_json(page: dict[str, Any]) -> bytes:
    """*page* as PEP 691 wants it."""
    return json.dumps(page, separators=(",", ":")).encode()


def write_html(page: dict[str, Any]) -> bytes:
    """*page* as PEP 503 wants it."""
    links = "\n".join(_link(entry) for entry in page["files"])
    meta = '<meta name="pypi:repository-version" content="1.1">'
    return f"<!DOCTYPE html>\n<html><head>{meta}</head><body>\n{links}\n</body></html>\n".encode()


def _link(entry: dict[str, Any]) -> str:
    digest = entry["hashes"].get("sha256")
    attributes = {"href": entry["url"] + (f"#sha256={digest}" if digest else "")}
    if python := entry.get("requires-python"):
        attributes["data-requires-python"] = python
    if metadata := entry.get("core-metadata"):
        value = "true" if metadata is True else f"sha256={metadata.get('sha256', '')}"
        attributes |= {"data-core-metadata": value, "data-dist-info-metadata": value}
    if yanked := entry.get("yanked"):
        attributes["data-yanked"] = "" if yanked is True else yanked
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{escape(entry['filename'])}</a><br>"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True
    server: ReplayServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Say nothing: a benchmark asks thousands of times."""

    def do_GET(self) -> None:
        """Answer GET and HEAD."""
        self.server.requests += 1
        if self.server.delay:
            time.sleep(self.server.delay)
        try:
            reply = self.answer(unquote(self.path.partition("?")[0]))
        except OSError as error:
            print(f"{self.path}: {error}", file=sys.stderr, flush=True)
            reply = Reply(502)
        self.send(reply)

    do_HEAD = do_GET  # noqa: N815 - the base class names it

    def answer(self, path: str) -> Reply:
        """The reply to a request for *path*."""
        if path == "/counts":
            return self.counts()
        if match := re.fullmatch(r"/simple/([A-Za-z0-9._-]+)(/?)", path):
            name = re.sub(r"[-_.]+", "-", match[1]).lower()
            if name != match[1] or not match[2]:
                return Reply(301, headers={"Location": f"/simple/{name}/"})
            return self.page(name)
        if path.startswith("/files/"):
            return self.file(path.removeprefix("/files/"))
        return Reply(404)

    def counts(self) -> Reply:
        fetched = getattr(self.server.holdings, "fetched", 0)
        counts = {"requests": self.server.requests, "bytes": self.server.sent, "upstream": fetched}
        return Reply(200, json.dumps(counts).encode(), {"Content-Type": "application/json"})

    def page(self, name: str) -> Reply:
        kind = JSON_TYPE if JSON_TYPE in self.headers.get("Accept", "") else HTML_TYPE
        body = self.server.page(name, kind)
        if body is None:
            return Reply(404)
        headers = {"ETag": body.etag, "Cache-Control": PAGE_AGE, "Vary": "Accept, Accept-Encoding"}
        if body.etag in self.headers.get("If-None-Match", ""):
            return Reply(304, headers=headers)
        headers["Content-Type"] = kind
        if len(body.content) < GZIP_FROM or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return Reply(200, body.content, headers)
        return Reply(200, body.zipped, {**headers, "Content-Encoding": "gzip"})

    def file(self, path: str) -> Reply:
        headers = {"Cache-Control": FILE_AGE, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        holdings = self.server.holdings
        if path.endswith(".metadata"):
            content = holdings.metadata(path.removesuffix(".metadata"))
            return Reply(404) if content is None else Reply(200, content, {**headers, "ETag": Body(content).etag})
        size = holdings.size(path)
        headers["ETag"] = f'"{hashlib.sha256(path.encode()).hexdigest()[:32]}"'
        if size is not None and self.command == "HEAD":
            return Reply(200, headers={**headers, "Content-Length": str(size)})
        if size is not None and (span := self.span(size)):
            content = holdings.part(path, *span)
            headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{size}"
            return Reply(404) if content is None else Reply(206, content, headers)
        content = holdings.file(path)
        return Reply(404) if content is None else Reply(200, content, headers)

    def span(self, size: int) -> tuple[int, int] | None:
        """The one range that the request asks for; None: the whole file (several ranges are answered so, too)."""
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if match is None or not any(match.groups()):
            return None
        first, last = match.groups()
        if not first:
            return max(0, size - int(last)), size
        start, stop = int(first), min(size, int(last) + 1) if last else size
        return (start, stop) if start < stop else None

    def send(self, reply: Reply) -> None:
        """Write *reply*; the length of what HEAD asks for is that of the body that GET gets."""
        self.send_response(reply.status)
        length = {} if reply.status == HTTPStatus.NOT_MODIFIED else {"Content-Length": str(len(reply.content))}
        for name, value in {**length, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and reply.content:
            self.wfile.write(reply.content)
            self.server.sent += len(reply.content)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--frozen", action="store_true", help="answer 404 where the store lacks something")
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds before each answer")
    parser.add_argument("--upstream", default="", help="the index to record from; the public one where none is given")
    arguments = parser.parse_args()
    upstream = "" if arguments.frozen else arguments.upstream or _public_index()
    server = ReplayServer(Store(arguments.store, upstream), arguments.port, arguments.delay / 1000)
    print(server.url, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _public_index() -> str:
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    return PYPI_SIMPLE_ENDPOINT


if __name__ == "__main__":
    main()
