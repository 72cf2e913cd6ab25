"""A folder of conda channels on loopback: ``repodata.json.zst`` with an ETag, so that what is cached is only asked after.

Prints its address on the first line. Needs the package zstandard.

    python benchmarks/serve_channel.py FOLDER
"""

import argparse
import hashlib
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import zstandard

END = "/repodata.json.zst"
#: As conda's own servers compress, about.
LEVEL = 16


@cache
def compressed(path: Path) -> tuple[bytes, str]:
    """The repodata at *path* as it goes out, and its ETag."""
    content = zstandard.ZstdCompressor(level=LEVEL).compress(path.read_bytes())
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class Handler(BaseHTTPRequestHandler):
    """Answers for `folder`."""

    folder: Path
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The repodata, or that it has not changed, or that there is nothing else."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """The same without a body."""
        self._answer(body=False)

    def log_message(self, *_about: object) -> None:
        """Nothing on stderr."""

    def _answer(self, *, body: bool) -> None:
        path = unquote(self.path).lstrip("/")
        plain = self.folder / path.removesuffix(".zst")
        if not path.endswith(END) or ".." in path or not plain.is_file():
            self._send(HTTPStatus.NOT_FOUND, b"", "")
            return
        content, tag = compressed(plain)
        if self.headers.get("If-None-Match") == tag:
            self._send(HTTPStatus.NOT_MODIFIED, b"", tag)
        else:
            self._send(HTTPStatus.OK, content, tag, body=body)

    def _send(self, status: HTTPStatus, content: bytes, tag: str, *, body: bool = True) -> None:
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    Handler.folder = parser.parse_args().folder
    for path in sorted(Handler.folder.glob("*/*/repodata.json")):
        if path.parent.name in {"linux-64", "linux-aarch64", "noarch"}:
            compressed(path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
