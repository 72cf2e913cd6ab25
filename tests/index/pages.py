"""A package index of our own: pages and wheels made from a few lines, served by httpx's MockTransport."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date

import httpx

from compat.index import OnlineMatrix
from compat.model.knowledge import Fact, Matrix, Project
from compat.model.names import PyPIName
from compat.model.requirements import parse_requirement

URL = "https://index.example/simple"
FILES = "https://files.example"
TODAY = date(2026, 11, 23)
PAGE_TYPE = "application/vnd.pypi.simple.v1+json"


def metadata(*requires: str, python: str = ">=3.9") -> bytes:
    """A METADATA file."""
    lines = ["Metadata-Version: 2.1", "Name: x", "Version: 1", f"Requires-Python: {python}"]
    return "\n".join([*lines, *(f"Requires-Dist: {line}" for line in requires), "", "text"]).encode()


def wheel(content: bytes, *, padding: int = 0, last: bool = True) -> bytes:
    """A zip file with *content* as METADATA and *padding* bytes of something else before or after it."""
    members = [("x/data.bin", b"\0" * padding), ("x-1.dist-info/METADATA", content)]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, data in members if last else reversed(members):
            archive.writestr(name, data)
    return body.getvalue()


class Index:
    """Answers like an index and remembers what it was asked.

    Args: *projects* maps a name to its files as the page lists them (names alone, or whole entries); *content* maps
    the name of a file (with ``.metadata`` for PEP 658) to its bytes.
    """

    def __init__(
        self, projects: Mapping[str, Sequence[str | Mapping[str, object]]], content: Mapping[str, bytes] | None = None
    ) -> None:
        self.projects = projects
        self.content = dict(content or {})
        self.asked: list[str] = []
        self.authorizations: list[tuple[str, str | None]] = []

    @property
    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self), follow_redirects=True)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        self.authorizations.append((request.url.host, request.headers.get("Authorization")))
        if path.startswith("/simple/"):
            return self._page(path.split("/")[2])
        content = self.content.get(path.rpartition("/")[2])
        return httpx.Response(404) if content is None else _part(request, content)

    def _page(self, name: str) -> httpx.Response:
        if name not in self.projects:
            return httpx.Response(404)
        files = [
            _entry(file) if isinstance(file, str) else {**_entry(str(file["filename"])), **file}
            for file in self.projects[name]
        ]
        return httpx.Response(200, json={"meta": {"api-version": "1.1"}, "name": name, "files": files})


def _entry(name: str) -> dict[str, object]:
    return {"filename": name, "url": f"{FILES}/{name}#sha256=0", "hashes": {}, "upload-time": "2026-11-01T00:00:00Z"}


def _part(request: httpx.Request, content: bytes) -> httpx.Response:
    if "Range" not in request.headers:
        return httpx.Response(200, content=content)
    first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
    start = max(0, len(content) - int(last)) if not first else int(first)
    end = len(content) if not first else min(len(content), int(last) + 1)
    headers = {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}
    return httpx.Response(206, content=content[start:end], headers=headers)


class Curated:
    """As much of a matrix as the online one asks."""

    version = "2026-11-22"

    def __init__(self, *projects: Project, mentioned: Sequence[str] = ()) -> None:
        self._projects = {project.name: project for project in projects}
        self._mentioned = frozenset((*self._projects, *(PyPIName(name) for name in mentioned)))

    def mentioned(self) -> frozenset[PyPIName]:
        return self._mentioned

    def project(self, name: PyPIName) -> Project | None:
        return self._projects.get(name)

    def couplings(self) -> tuple[str, ...]:
        return ("the matrix's own",)


FACT = Fact("pkg:pypi/x file list", date(2026, 11, 22))


def online(index: Index, *requirements: str, matrix: object = None, **options: object) -> OnlineMatrix:
    """The matrix under test, over *index*."""
    base: Matrix = matrix or Curated()  # type: ignore[assignment]
    wanted = [parse_requirement(text) for text in requirements]
    return OnlineMatrix(base, wanted, index=URL, client=index.client, today=TODAY, **options)  # type: ignore[arg-type]
