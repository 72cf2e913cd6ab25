"""What one file declares, asked of its index over HTTP: beside the wheel, else out of it, else out of the sdist.

Sources: https://packaging.python.org/en/latest/specifications/simple-repository-api/#serve-distribution-metadata-in-the-simple-repository-api
https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import TypeVar

from compat.index.faults import UnreadableError, WrongFileError
from compat.index.files.declared import parse_core_metadata
from compat.index.files.remote_wheel import TAIL, read_metadata
from compat.index.files.sdists import read_sdist
from compat.index.transport.connection import Answer, Connection, Limits, Question
from compat.model.distributions import CoreMetadata, DistFile, UnreachedError

T = TypeVar("T")

#: Servers re-compress what a client can unpack, and ranges of that would be of something else.
_PLAIN = {"Accept-Encoding": "identity"}
_NOT_THERE = frozenset({403, 404, 410})
_STRONG = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")


class RemoteFile:
    """*file* as listed by *index*, to be asked for by *connection*."""

    def __init__(self, file: DistFile, index: str, connection: Connection, limits: Limits) -> None:
        self.file = file
        self.index = index
        self.connection = connection
        self.limits = limits

    async def declared(self) -> CoreMetadata | None:
        """None for an sdist that has to be built. Raises: UnreachedError, WrongFileError."""
        try:
            if not self.file.is_wheel:
                return await _threaded(read_sdist, self.file.name, await self.whole())
            beside = None if self.file.metadata is None else await self._beside()
            return parse_core_metadata(self._check_metadata(await self._inside() if beside is None else beside))
        except UnreadableError as error:
            raise UnreachedError(f"{self.file.name} from {self.index}: {error}") from error

    async def _beside(self) -> bytes | None:
        """The METADATA file that the index announces; None where it has none all the same."""
        path, mark, query = self.file.url.partition("?")
        answer = await self._ask(f"{path}.metadata{mark}{query}", self.limits.metadata_bytes, self.limits.answer)
        if answer.status in _NOT_THERE:
            return None
        self._require(answer)
        return answer.body

    async def _inside(self) -> bytes:
        """METADATA out of the wheel, by ranges where the server can, else of the whole of it."""
        tail = await self._range(f"bytes=-{TAIL}")
        if tail.status == 206:
            size = _total(tail)
            if size is not None:
                self._check_size(size)
                content = await self._by_ranges(size, tail.body)
                if content is not None:
                    return content
        whole = tail.body if tail.status == 200 else await self.whole()
        return self._unzip(self._check(whole))

    async def _by_ranges(self, size: int, tail: bytes) -> bytes | None:
        loop = asyncio.get_running_loop()

        def fetch(start: int, end: int) -> bytes | None:
            answer = asyncio.run_coroutine_threadsafe(self._range(f"bytes={start}-{end - 1}"), loop).result()
            return answer.body if answer.status == 206 else None

        return await _threaded(read_metadata, size, tail, fetch)

    async def _range(self, wanted: str) -> Answer:
        """A part of the file, or all of it from a server without ranges."""
        question = Question(self.file.url, {**_PLAIN, "Range": wanted}, self.limits.file_bytes, self.limits.download)
        answer = await self.connection.get(question)
        if answer.status in _NOT_THERE:
            self._require(answer)
        return answer

    def _unzip(self, wheel: bytes) -> bytes:
        content = read_metadata(len(wheel), wheel, lambda start, end: wheel[start:end])
        if content is None:
            raise UnreadableError("the wheel has no METADATA that can be read")
        return content

    async def whole(self) -> bytes:
        """All of the file. Raises: UnreachedError, WrongFileError, UnreadableError."""
        if self.file.size is not None and self.file.size > self.limits.file_bytes:
            most = f"{self.limits.file_bytes:,} bytes"
            raise UnreadableError(f"what it requires stands in the file only, which is longer than {most}")
        answer = await self._ask(self.file.url, self.limits.file_bytes, self.limits.download)
        self._require(answer)
        return self._check(answer.body)

    async def _ask(self, url: str, most: int, whole: float) -> Answer:
        return await self.connection.get(Question(url, _PLAIN, most, whole))

    # -- what must hold ----------------------------------------------------------------------------------------------

    def _require(self, answer: Answer) -> None:
        if answer.status not in {200, 206}:
            raise UnreachedError(f"{self.file.name} from {self.index}: the answer was {answer.status}")

    def _check_metadata(self, content: bytes) -> bytes:
        """Out of the wheel as well: by its hash it is kept for all wheels and indexes."""
        algorithm, _, digest = (self.file.metadata or "").partition("=")
        if digest:
            self._check_hash(content, algorithm, digest, "its METADATA")
        return content

    def _check(self, content: bytes) -> bytes:
        self._check_size(len(content))
        listed = dict(self.file.hashes)
        algorithm = next((algorithm for algorithm in _STRONG if algorithm in listed), None)
        if algorithm is not None:
            self._check_hash(content, algorithm, listed[algorithm], "it")
        return content

    def _check_size(self, size: int) -> None:
        if self.file.size is not None and size != self.file.size:
            raise WrongFileError(self.file.name, self.index, f"it has {size:,} bytes, not {self.file.size:,} as listed")

    def _check_hash(self, content: bytes, algorithm: str, listed: str, what: str) -> None:
        digest = hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
        if digest != listed:
            raise WrongFileError(
                self.file.name, self.index, f"{what} has the hash {algorithm}={digest}, not {listed} as listed"
            )


def _total(answer: Answer) -> int | None:
    """The size of the whole file of which *answer* is a part."""
    size = answer.headers.get("content-range", "").rpartition("/")[2]
    return int(size) if size.isdecimal() else None


async def _threaded(work: Callable[..., T], *args: object) -> T:
    """Where a file is read that may be long, the event loop goes on."""
    return await asyncio.get_running_loop().run_in_executor(None, work, *args)
