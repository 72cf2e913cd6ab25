"""What files declare: out of the cache, of files of this machine, or of an index, each asked for once a run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from compat.index.addresses import bare_url
from compat.index.cache import Cache, Header
from compat.index.coming import Coming
from compat.index.files.declared import decode, encode
from compat.model.distributions import CoreMetadata, DistFile, UnreachedError
from compat.model.names import PyPIName

if TYPE_CHECKING:
    from compat.index.transport.network import Network

#: For ever, as far as a cache is concerned: what a hash names does not change.
_EVER = 2**40
#: For METADATA of a file without any hash.
_UNNAMED_SECONDS = 600


class Declarations:
    """``kept`` are the answers, or the promises of them. *index_of* names the index of a file, for messages."""

    def __init__(
        self,
        cache: Cache,
        lock: threading.RLock,
        *,
        offline: bool,
        network: Callable[[], Network],
        index_of: Callable[[PyPIName, DistFile], str],
    ) -> None:
        self.kept: dict[str, CoreMetadata | Coming | None] = {}
        self._cache = cache
        self._lock = lock
        self._offline = offline
        self._network = network
        self._index_of = index_of

    def ask(self, name: PyPIName, file: DistFile) -> tuple[str, CoreMetadata | Coming | None]:
        """Under which key it is kept, and what *file* declares, or that it is on its way. Raises: UnreachedError."""
        key, url = self._place(name, file)
        with self._lock:
            if key not in self.kept:
                self.kept[key] = self._find(name, file, key, url)
            return key, self.kept[key]

    def _find(self, name: PyPIName, file: DistFile, path: str, url: str) -> CoreMetadata | Coming | None:
        if file.url.startswith("file:"):
            from compat.index.files.local_files import read_local

            return read_local(file)
        entry = self._cache.read(path, url)
        if entry is not None and (self._offline or entry.header.expires > self._cache.clock()):
            return decode(entry.content)
        if self._offline:
            raise UnreachedError(f"{_shown(file)} may not be asked for (offline), and the cache does not have it")
        network = self._network()
        return Coming(network.submit(self._load(name, file, Header(url), path, network)))

    async def _load(
        self, name: PyPIName, file: DistFile, header: Header, path: str, network: Network
    ) -> CoreMetadata | None:
        from compat.index.files.remote_files import RemoteFile

        index = self._index_of(name, file)
        found = await RemoteFile(file, index, network.connection, network.limits).declared()
        now = int(self._cache.clock())
        expires = _EVER if file.metadata or file.hashes else now + _UNNAMED_SECONDS
        content = encode(found)
        kept = header._replace(fetched=now, expires=expires, checked=len(content))
        network.connection.later(self._cache.write, path, kept, content)
        return found

    def _place(self, name: PyPIName, file: DistFile) -> tuple[str, str]:
        """Place in the cache and address: the hash of the METADATA, which many wheels share, else the file."""
        if file.metadata:
            return self._cache.metadata_path(name, file.metadata), file.metadata
        try:
            url = bare_url(file.url)
        except ValueError as error:
            raise UnreachedError(f"{file.name}: no address that can be asked") from error
        return self._cache.metadata_path(name, url, *("=".join(pair) for pair in file.hashes)), url.partition("?")[0]


def _shown(file: DistFile) -> str:
    return f"METADATA of {file.name}" if file.is_wheel else file.name
