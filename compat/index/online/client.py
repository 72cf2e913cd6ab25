"""Asking one package index: file lists (PEP 691) and the metadata of single wheels (PEP 658).

Sources: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from compat.index.files.remote_wheel import TAIL, read_metadata
from compat.index.settings import shown_url
from compat.model.distributions import UnreachedError
from compat.model.errors import UsageError

if TYPE_CHECKING:
    import httpx

    from compat.model.names import PyPIName

#: Seconds for connecting, and for each silence of the server.
TIMEOUT = 10.0
#: Questions in one run: a search that wants more has left what the files say far behind.
MAX_REQUESTS = 2000
#: Bytes of one answer. The longest file lists, of projects with nightly releases, have about 20 MB.
MAX_BYTES = 100_000_000
#: After so many questions without any answer, nobody is there.
MAX_SILENT = 3

#: Not found, gone.
_NOTHING = frozenset({404, 410})

_ACCEPT = "application/vnd.pypi.simple.v1+json"


class IndexFile(NamedTuple):
    """One file of a project as the index lists it; ``yanked`` is the reason, or None; ``uploaded`` a day or ""."""

    name: str
    url: str
    requires_python: str = ""
    yanked: str | None = None
    uploaded: str = ""


class _Answer(NamedTuple):
    """``url`` after redirects; ``size`` of the whole file, where ``body`` is a part of it."""

    body: bytes
    url: str
    size: int


class PackageIndex:
    """One index; may be shared by threads. Answers are not kept: the caller does."""

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self._url = url.rstrip("/")
        self._client = client or make_client()
        self._lock = threading.Lock()
        self._asked = 0
        self._silent = 0
        self._why = ""

    @property
    def shown(self) -> str:
        """The address without credentials."""
        return shown_url(self._url)

    def files(self, name: PyPIName) -> tuple[IndexFile, ...] | None:
        """The files of a project, or None where the index has no such project. Raises: UnreachedError."""
        url = f"{self._url}/{name}/"
        found = self._get(url, {"Accept": _ACCEPT})
        if found is None:
            return None
        try:
            entries = json.loads(found.body)["files"]
            return tuple(_to_file(entry, found.url) for entry in entries)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreachedError("the answer is no file list in JSON (PEP 691)") from error

    def metadata(self, file: IndexFile) -> bytes | None:
        """METADATA of a wheel, asked for even where the list does not announce it: some mirrors leave that out.

        Where the index does not serve it, it is read out of the wheel by ranges; None where that fails too.

        Raises: UnreachedError.
        """
        parts = urlsplit(file.url)._replace(fragment="")
        found = self._get(parts._replace(path=f"{parts.path}.metadata").geturl(), {})
        return found.body if found is not None else self._metadata_of_wheel(parts.geturl())

    def _metadata_of_wheel(self, url: str) -> bytes | None:
        def fetch(start: int, end: int) -> bytes | None:
            piece = self._get(url, {"Range": f"bytes={start}-{end - 1}"})
            return None if piece is None else piece.body

        tail = self._get(url, {"Range": f"bytes=-{TAIL}"})
        return None if tail is None else read_metadata(tail.size, tail.body, fetch)

    def _get(self, url: str, headers: Mapping[str, str]) -> _Answer | None:
        """What *url* holds; None where there is nothing. Raises: UnreachedError."""
        import httpx

        with self._lock:
            self._asked += 1
            if self._silent >= MAX_SILENT:
                raise UnreachedError(self._why)
            if self._asked > MAX_REQUESTS:
                raise UnreachedError(f"not asked, because {MAX_REQUESTS} questions were asked before")
        try:
            found = self._download(url, headers)
        except httpx.TransportError as error:
            with self._lock:
                self._silent += 1
                self._why = _words(error)
            raise UnreachedError(_words(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachedError(_words(error)) from error
        with self._lock:
            self._silent = 0
        return found

    def _download(self, url: str, headers: Mapping[str, str]) -> _Answer | None:
        with self._client.stream("GET", url, headers=dict(headers), auth=self._auth(url)) as answer:
            if answer.status_code in _NOTHING or ("Range" in headers and answer.status_code != 206):
                return None
            if not answer.is_success:
                raise UnreachedError(f"the index answered {answer.status_code} {answer.reason_phrase}".rstrip())
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise UnreachedError(f"the answer is longer than {MAX_BYTES} bytes")
            size = answer.headers.get("Content-Range", "").rpartition("/")[2]
            return _Answer(bytes(body), str(answer.url), int(size) if size.isdecimal() else len(body))

    def _auth(self, url: str) -> tuple[str, str] | None:
        """The credentials of the index, for its own host only."""
        from urllib.parse import unquote

        base = urlsplit(self._url)
        if base.username is None or urlsplit(url).hostname != base.hostname:
            return None
        return unquote(base.username), unquote(base.password or "")


def make_client() -> httpx.Client:
    """A client for many small questions to one server. Raises: UsageError where httpx is not installed."""
    try:
        import httpx
    except ImportError as error:
        raise UsageError("`--online` needs httpx", hint="pip install 'compat-matrix[online]'") from error
    from compat.version import __version__

    limits = httpx.Limits(max_connections=10, max_keepalive_connections=10)
    headers = {"User-Agent": f"compat-matrix/{__version__}"}
    return httpx.Client(headers=headers, follow_redirects=True, timeout=TIMEOUT, limits=limits)


def _to_file(entry: Mapping[str, Any], page: str) -> IndexFile:
    yanked = entry.get("yanked") or None
    return IndexFile(
        name=entry["filename"],
        url=urljoin(page, entry["url"]),
        requires_python=entry.get("requires-python") or "",
        yanked=(yanked if isinstance(yanked, str) else "no reason given") if yanked else None,
        uploaded=str(entry.get("upload-time") or "")[:10],
    )


def _words(error: Exception) -> str:
    """What failed, without the address, which may hold credentials."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {TIMEOUT:.0f} s"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    if isinstance(error, httpx.TooManyRedirects):
        return "redirected too often"
    return f"the connection broke ({type(error).__name__})"
