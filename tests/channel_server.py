"""A conda channel on loopback: repodata as JSON, in zstd frames or in shards, with logins, tokens and faults.

It serves the folders ``CHANNEL/SUBDIR`` below one folder. What it was asked is in ``asked``.
Sources: https://github.com/conda/ceps/blob/main/cep-0016.md (shards), https://www.rfc-editor.org/rfc/rfc8878 (zstd)
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

JSON, ZST, SHARDS = "repodata.json", "repodata.json.zst", "repodata_shards.msgpack.zst"
CONDA_DATA = Path(__file__).parent / "data" / "conda"

_RAW_BLOCK = 100_000  # a block may hold up to 128 KiB


class Asked(NamedTuple):
    path: str
    status: int
    authorization: str
    user_agent: str


@dataclass
class ChannelServer:
    """``formats`` are the files there are beside repodata.json; ``faults`` go by the end of a path.

    A fault is a status, an address to go to instead, or ``garbage``, ``truncated`` (the connection ends too early) or
    ``trickle`` (a byte a second).
    """

    folder: Path = CONDA_DATA
    formats: frozenset[str] = frozenset({JSON})
    login: str = ""  # USER:PASSWORD
    token: str = ""
    faults: dict[str, int | str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()  # subdirs
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def ends(self, end: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.endswith(end)]

    def content(self, path: str) -> bytes | None:
        """What lies at *path*, without leading slash and token."""
        channel, _, rest = path.rpartition("/")[0].partition("/")
        subdir, _, _ = rest.partition("/")
        name = path.removeprefix(f"{channel}/{subdir}/")
        if subdir in self.missing or not (self.folder / channel / subdir / JSON).is_file():
            return None
        if name.startswith("shards/") and SHARDS in self.formats:
            return self.shards(channel, subdir)[1].get(name.removeprefix("shards/"))
        if name.endswith((".conda", ".tar.bz2")) and (self.folder / path).is_file():
            return (self.folder / path).read_bytes()
        if name not in self.formats:
            return None
        plain = (self.folder / channel / subdir / JSON).read_bytes()
        return {JSON: lambda: plain, ZST: lambda: zstd(plain), SHARDS: lambda: self.shards(channel, subdir)[0]}[name]()

    @cached_property
    def _sharded(self) -> dict[tuple[str, str], tuple[bytes, dict[str, bytes]]]:
        return {}

    def shards(self, channel: str, subdir: str) -> tuple[bytes, dict[str, bytes]]:
        key = channel, subdir
        if key not in self._sharded:
            self._sharded[key] = to_shards(json.loads((self.folder / channel / subdir / JSON).read_bytes()), subdir)
        return self._sharded[key]


@contextmanager
def serving(server: ChannelServer, tls: ssl.SSLContext | None = None) -> Iterator[ChannelServer]:
    """*server* on a free port of this machine."""

    class Handler(_Handler):
        channels = server

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
        server.scheme = "https"
    server.port = listener.server_address[1]
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    channels: ChannelServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with suppress(ConnectionError):  # whoever asked has gone
            self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, *_about: object) -> None:
        """Nothing on stderr."""

    def _answer(self, *, body: bool) -> None:
        channels, path = self.channels, unquote(self.path).lstrip("/")
        token = ""
        if path.startswith("t/"):
            token, path = path[2:].split("/", 1)
        fault = next((fault for end, fault in channels.faults.items() if path.endswith(end)), None)
        if channels.token and token != channels.token:
            self._send(403, b"", body=body)
        elif channels.login and self.headers.get("Authorization") != basic(channels.login):
            self._send(401, b"", body=body, WWW_Authenticate='Basic realm="channel"')
        elif isinstance(fault, int):
            self._send(fault, b"it is broken", body=body)
        elif (content := channels.content(path)) is None:
            self._send(404, b"", body=body)
        elif fault is not None and "://" in fault:
            self._send(302, b"", body=body, Location=fault)
        elif fault is not None:
            self._fail(fault, content)
        elif self.headers.get("If-None-Match") == (tag := f'"{hashlib.md5(content).hexdigest()}"'):  # noqa: S324
            self._send(304, b"", body=False, ETag=tag)
        else:
            self._send(200, content, body=body, ETag=tag)

    def _send(self, status: int, content: bytes, *, body: bool, **headers: str) -> None:
        self._note(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _fail(self, fault: str, content: bytes) -> None:
        self._note(200)
        self.send_response(200)
        if fault == "garbage":
            content = b"<html>sign in to this network</html>"
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if fault == "trickle":
            for byte in content:
                self.wfile.write(bytes([byte]))
                if self.channels.closing.wait(1):
                    return
        self.wfile.write(content if fault == "garbage" else content[: len(content) // 2])

    def _note(self, status: int) -> None:
        about = self.headers.get("Authorization", ""), self.headers.get("User-Agent", "")
        self.channels.asked.append(Asked(self.path, status, *about))


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


# -- formats ---------------------------------------------------------------------------------------------------------


def zstd(content: bytes) -> bytes:
    """*content* as a zstd frame of raw blocks: valid, and no smaller."""
    blocks = [content[at : at + _RAW_BLOCK] for at in range(0, len(content), _RAW_BLOCK)] or [b""]
    frame = struct.pack("<IBQ", 0xFD2FB528, 0xE0, len(content))  # one segment, its size in eight bytes
    for number, block in enumerate(blocks):
        last = number == len(blocks) - 1
        frame += (len(block) << 3 | last).to_bytes(3, "little") + block
    return frame


def to_shards(repodata: dict[str, Any], subdir: str) -> tuple[bytes, dict[str, bytes]]:
    """The index of shards, and the shards by file name."""
    by_name: dict[str, dict[str, Any]] = {}
    for section in ("packages", "packages.conda"):
        for file, record in repodata.get(section, {}).items():
            shard = by_name.setdefault(record["name"], {"packages": {}, "packages.conda": {}, "removed": []})
            digests = {key: bytes.fromhex(record[key]) for key in ("md5", "sha256") if key in record}
            shard[section][file] = {**record, **digests}
    files, hashes = {}, {}
    for name, shard in by_name.items():
        content = zstd(msgpack(shard))
        hashes[name] = hashlib.sha256(content).digest()
        files[f"{hashes[name].hex()}.msgpack.zst"] = content
    info = {"subdir": subdir, "base_url": "", "shards_base_url": "./shards/"}
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(0))
    return zstd(msgpack({"info": {**info, "created_at": created}, "shards": hashes})), files


def msgpack(value: Any) -> bytes:  # noqa: ANN401  whatever JSON and hashes hold
    """*value* in MessagePack. Source: https://github.com/msgpack/msgpack/blob/master/spec.md ."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return struct.pack(">Bq", 0xD3, value)
    if isinstance(value, float):
        return struct.pack(">Bd", 0xCB, value)
    if isinstance(value, str):
        return struct.pack(">BI", 0xDB, len(value.encode())) + value.encode()
    if isinstance(value, bytes):
        return struct.pack(">BI", 0xC6, len(value)) + value
    if isinstance(value, list):
        return struct.pack(">BI", 0xDD, len(value)) + b"".join(map(msgpack, value))
    return struct.pack(">BI", 0xDF, len(value)) + b"".join(msgpack(part) for pair in value.items() for part in pair)
