"""The pages of one index over HTTP, with the cache before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from compat.index.addresses import absolute_url, bare_url, project_url
from compat.index.cache import Cache, Entry, Header
from compat.index.faults import UnreadableError
from compat.index.pages.stored_page import Encoded, Rest, StoredPage, encode_page
from compat.model.distributions import UnreachedError
from compat.model.names import PyPIName

if TYPE_CHECKING:
    from compat.index.pages.listing import Row
    from compat.index.transport.connection import Answer, Connection, Limits

_ABSENT = frozenset({404, 410})


class Found(NamedTuple):
    """``page`` is None where the index says that it has no such project."""

    page: StoredPage | None


class _Listed(NamedTuple):
    rows: Sequence[Row]
    base: str


class RemotePages:
    """One index, or with *flat* one HTML page of all projects (find-links).

    Args: *url* with or without credentials, *signed* where there are some for it; *before* as in `StoredPage`;
    *reload* loads a page whose file turns out to be broken, from outside of the event loop.
    """

    def __init__(
        self,
        url: str,
        cache: Cache,
        reload: Callable[[RemotePages, PyPIName], Found],
        *,
        signed: bool,
        before: str = "",
        flat: bool = False,
    ) -> None:
        self._url = bare_url(url)
        self.shown = _shown(self._url).rstrip("/")
        self._cache = cache
        self._reload = reload
        self._signed = signed
        self._before = before
        self._flat = flat
        self._unknown: set[PyPIName] = set()
        self._readable: bool | None = None
        self._all: _Listed | None = None

    # -- cache -------------------------------------------------------------------------------------------------------

    def stored(self, name: PyPIName, *, stale: bool = False) -> Found | None:
        """What the cache knows; None where the index has to be asked. *stale*: better old than nothing."""
        entry = self._entry(name)
        if entry is None:
            self._unknown.add(name)
        if entry is None or not (stale or entry.header.expires > self._cache.clock() >= entry.header.fetched):
            return None
        return self._found(name, entry)

    def _entry(self, name: PyPIName, *, whole: bool = False) -> Entry | None:
        """Only what was asked for in the same way: who has no credentials may be told that there is nothing."""
        entry = self._cache.read(self._path(name), self._key(name), whole=whole)
        return entry if entry is not None and entry.header.signed == self._signed else None

    def _found(self, name: PyPIName, entry: Entry) -> Found:
        if entry.header.absent:
            return Found(None)
        rest = Rest(lambda start, size: self._cache.read_part(self._path(name), start, size), lambda: self._again(name))
        return Found(StoredPage(entry.data, entry.start, self.shown, before=self._before, rest=rest))

    def _again(self, name: PyPIName) -> StoredPage | None:
        """Another process may have written the file anew; else it is broken, and the index is asked."""
        entry = self._sound_entry(name)
        found = self._found(name, entry) if entry is not None else self._reload(self, name)
        return found.page

    def _sound_entry(self, name: PyPIName) -> Entry | None:
        """The whole entry, every line of it checked."""
        entry = self._entry(name, whole=True)
        if entry is None or entry.header.absent:
            return entry
        return entry if StoredPage(entry.data, entry.start, self.shown).is_sound else None

    def _path(self, name: PyPIName) -> str:
        return self._cache.page_path(self.shown, name)

    def _key(self, name: PyPIName) -> str:
        return _shown(self._page_url(name))

    def _page_url(self, name: PyPIName) -> str:
        return self._url if self._flat else project_url(self._url, name)

    # -- index -------------------------------------------------------------------------------------------------------

    async def load(self, name: PyPIName, connection: Connection, limits: Limits) -> Found:
        """What the index says now. Raises: UnreachedError."""
        from compat.index.transport.connection import Question

        if self._all is not None:
            return self._keep_listed(name, self._all, {})
        old = None if name in self._unknown else await connection.apart(self._sound_entry, name)
        question = Question(self._page_url(name), _headers(old), limits.page_bytes, limits.answer, packed=True)
        for last in (False, True):
            answer = await connection.get(question)
            try:
                return await self._keep(name, answer, old, connection, limits)
            except UnreadableError as error:
                if last:
                    raise UnreachedError(f"{self._key(name)}: {error}") from error
        raise AssertionError

    async def _keep(
        self, name: PyPIName, answer: Answer, old: Entry | None, connection: Connection, limits: Limits
    ) -> Found:
        if answer.status == 304 and old is not None:
            marks = {"etag": old.header.etag, "last-modified": old.header.modified, **answer.headers}
            header = self._header(name, marks, absent=old.header.absent)
            return await connection.apart(self._write, name, header._replace(checked=old.header.checked), old.content)
        if answer.status in _ABSENT or (answer.status == 403 and await self._is_readable(connection, limits)):
            return self._write(name, self._header(name, answer.headers, absent=True), b"")
        if answer.status != 200:
            raise UnreachedError(f"{self._key(name)}: the answer was {answer.status}")
        return await connection.apart(self._keep_files, name, answer, limits.page_bytes)

    def _keep_files(self, name: PyPIName, answer: Answer, most: int) -> Found:
        """Raises: UnreadableError."""
        from compat.index.transport.unpacking import unpack

        body = unpack(answer.body, answer.headers.get("content-encoding", ""), most)
        base, kind = answer.url.partition("?")[0], answer.headers.get("content-type", "")
        quick = None if self._flat else _find_quick()(name, body, kind, base)
        if quick is None:
            return self._keep_listed(name, self._parse(body, kind, base), answer.headers)
        return self._keep_encoded(name, quick, answer.headers)

    def _parse(self, body: bytes, kind: str, base: str) -> _Listed:
        from compat.index.pages.listing import parse_page

        rows, own = parse_page(body, kind)
        listed = _Listed(rows, absolute_url(base, own).partition("?")[0])
        if self._flat:
            self._all = listed
        return listed

    def _keep_listed(self, name: PyPIName, listed: _Listed, headers: Mapping[str, str]) -> Found:
        return self._keep_encoded(name, encode_page(name, *listed), headers)

    def _keep_encoded(self, name: PyPIName, page: Encoded, headers: Mapping[str, str]) -> Found:
        header = self._header(name, headers, absent=self._flat and page.content.startswith(b"[]"))
        return self._write(name, header._replace(checked=page.checked), page.content)

    def _header(self, name: PyPIName, headers: Mapping[str, str], *, absent: bool) -> Header:
        from compat.index.freshness import fresh_until

        now = int(self._cache.clock())
        etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
        return Header(self._key(name), etag, modified, now, fresh_until(headers, now), absent, self._signed)

    def _write(self, name: PyPIName, header: Header, content: bytes) -> Found:
        return self._found(name, self._cache.write(self._path(name), header, content))

    async def _is_readable(self, connection: Connection, limits: Limits) -> bool:
        """Whether 403 means "not there", as with files in a bucket that may not be listed, and not "not you".

        It does where the root of the index can be read.
        """
        from compat.index.transport.connection import Question

        if self._readable is None:
            question = Question(f"{self._url.rstrip('/')}/", {}, limits.page_bytes, limits.answer, head_only=True)
            self._readable = (await connection.get(question)).status == 200
        return self._readable


@cache
def _find_quick() -> Callable[[PyPIName, bytes, str, str], Encoded | None]:
    try:
        from compat.index.pages.quick_pages import encode_quickly
    except ImportError:  # without msgspec it takes longer
        return lambda *_: None
    return encode_quickly


def _headers(old: Entry | None) -> Mapping[str, str]:
    from compat.index.pages.listing import ACCEPT

    headers = {"Accept": ACCEPT}
    if old is not None and old.header.etag:
        headers["If-None-Match"] = old.header.etag
    elif old is not None and old.header.modified:
        headers["If-Modified-Since"] = old.header.modified
    return headers


def _shown(url: str) -> str:
    """*url*, which has no credentials, without its query."""
    return url.partition("?")[0]
