"""The port `PackageSource`: the cache first, then the indexes, with no HTTP client even imported before it is needed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from compat.index.addresses import host_of, is_local, shown_url
from compat.index.cache import Cache, default_folder
from compat.index.coming import Coming, settle
from compat.index.files.declarations import Declarations
from compat.index.pages.joined_page import JoinedPage
from compat.index.pages.remote_pages import Found, RemotePages
from compat.index.sources import FIRST_INDEX, SourceSettings
from compat.model.distributions import CoreMetadata, DistFile, Page, UnreachedError
from compat.model.errors import UsageError
from compat.model.names import PyPIName

if TYPE_CHECKING:
    import httpx

    from compat.index.ahead import Ahead, Likely
    from compat.index.pages.local_pages import LocalPages
    from compat.index.transport.connection import Limits
    from compat.index.transport.network import Network

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class IndexPackages:
    """`PackageSource` over *settings*; a context manager, which ends what is still under way.

    Args: *likely* chooses which wheel of a release to read ahead; *transport*, *limits* and *clock* are for tests.
    """

    def __init__(
        self,
        settings: SourceSettings,
        *,
        likely: Likely | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        folder = None if settings.no_cache else settings.cache_folder or default_folder()
        self._settings = settings
        self._cache = Cache(folder, clock)
        self._indexes = [self._open(url, flat=False) for url in settings.index_urls]
        self._links = [self._open(place, flat=True) for place in settings.find_links]
        self._pins = {name: self._open(url, flat=False) for name, url in settings.pins.items()}
        self._likely = likely
        self._transport = transport
        self._limits = limits
        self._lock = threading.RLock()
        self._pages: dict[PyPIName, Page | Coming | None] = {}
        self._declared = Declarations(
            self._cache, self._lock, offline=settings.offline, network=self._get_network, index_of=self._index_of
        )
        self._network: Network | None = None
        self._closed = False
        self._expected: list[tuple[PyPIName, str]] = []
        self._ahead: Ahead | None = None
        #: Files that ``exclude_newer`` left out because their index does not say when they came.
        self.undated: dict[PyPIName, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            network, self._network = self._network, None
        if network is not None:
            network.close()

    # -- the port ----------------------------------------------------------------------------------------------------

    def page(self, name: PyPIName) -> Page | None:
        found = self._ask_page(name)
        self._follow()
        return settle(self._pages, name, found)

    def metadata(self, name: PyPIName, file: DistFile) -> CoreMetadata | None:
        key, found = self._declared.ask(name, file)
        self._follow()
        return settle(self._declared.kept, key, found)

    def expect(self, names: Iterable[PyPIName]) -> None:
        self.expect_releases((name, "") for name in names)

    def expect_releases(self, wanted: Iterable[tuple[PyPIName, str]]) -> None:
        """As `expect`, with the specifiers by which the release will be chosen whose METADATA will be asked for."""
        new = list(wanted)
        self._expected += new
        for name, _ in new:
            try:
                self._ask_page(name)
            except UnreachedError:
                continue  # said where somebody waits for it
        self._follow()

    def expect_metadata(self, wanted: Iterable[tuple[PyPIName, DistFile]]) -> None:
        """Let what these files declare come in, where the network is in use anyway."""
        for name, file in wanted if self._network is not None else ():
            try:
                self._declared.ask(name, file)
            except UnreachedError:
                continue  # said where somebody waits for it

    def unasked(self, name: PyPIName) -> int:
        """How many indexes may have more of *name* and were not asked, because an earlier one has it."""
        page = self.page(name)
        if page is None or name in self._pins or self._settings.strategy != FIRST_INDEX:
            return 0
        places = [shown_url(url).rstrip("/") for url in self._settings.index_urls]
        own = page.index.rstrip("/")
        return len(places) - 1 - places.index(own) if own in places else 0

    def download(self, file: DistFile) -> bytes:
        """The whole of *file*, which no index needs to list. Raises: UnreachedError, WrongFileError."""
        if self._settings.offline:
            raise UnreachedError(f"{file.name} may not be asked for (offline)")
        network = self._get_network()
        from compat.index.faults import UnreadableError
        from compat.index.files.remote_files import RemoteFile

        remote = RemoteFile(file, host_of(file.url), network.connection, network.limits)
        try:
            return network.submit(remote.whole()).result()
        except UnreadableError as error:
            raise UnreachedError(f"{file.name} from {host_of(file.url)}: {error}") from error

    def _follow(self) -> None:
        """Where the network is in use anyway, read on from what is expected."""
        if self._network is None or not self._expected:
            return
        if self._ahead is None:
            from compat.index.ahead import Ahead

            self._ahead = Ahead(self._ask_page, lambda *file: self._declared.ask(*file)[1], self._likely)
        new, self._expected = self._expected, []
        for name, specifier in new:
            self._ahead.follow(name, specifier)

    # -- pages -------------------------------------------------------------------------------------------------------

    def _ask_page(self, name: PyPIName) -> Page | Coming | None:
        """The page of *name*, or that it is on its way. Raises: UnreachedError."""
        with self._lock:
            if name in self._pages:
                return self._pages[name]
            if _NAME.fullmatch(name) is None:
                return None
            found = self._walk(name)
            if found is not None:
                page = self._pages[name] = self._join(name, found)
                return page
            network = self._get_network()
            coming = self._pages[name] = Coming(network.submit(self._load_page(name, network)))
            return coming

    def _walk(self, name: PyPIName) -> list[Page] | None:
        """The pages that count, out of the cache and of this machine; None where an index has to be asked."""
        found: list[Page] = []
        for index, is_last in self._order(name):
            one = self._look(index, name)
            if one is None:
                return None
            if one.page is not None:
                found.append(one.page)
                if is_last:
                    break
        return found

    def _look(self, index: LocalPages | RemotePages, name: PyPIName) -> Found | None:
        if not isinstance(index, RemotePages):
            return Found(index.page(name))
        found = index.stored(name, stale=self._settings.offline)
        if found is None and self._settings.offline:
            raise UnreachedError(f"{index.shown} may not be asked for {name} (offline), and the cache does not have it")
        return found

    async def _load_page(self, name: PyPIName, network: Network) -> Page | None:
        found: list[Page] = []
        for index, is_last in self._order(name):
            one = self._look(index, name)
            if one is None:
                assert isinstance(index, RemotePages)
                one = await index.load(name, network.connection, network.limits)
            if one.page is not None:
                found.append(one.page)
                if is_last:
                    break
        return self._join(name, found)

    def _order(self, name: PyPIName) -> list[tuple[LocalPages | RemotePages, bool]]:
        """Where to look, and whether to stop there if it has the project."""
        if name in self._pins:
            return [(self._pins[name], True)]
        first = self._settings.strategy == FIRST_INDEX
        return [*((place, False) for place in self._links), *((index, first) for index in self._indexes)]

    def _join(self, name: PyPIName, pages: list[Page]) -> Page | None:
        undated = sum(getattr(page, "undated", 0) for page in pages)
        if undated:
            self.undated[name] = undated
        if len(pages) > 1:
            return JoinedPage(pages)
        return pages[0] if pages else None

    def _index_of(self, name: PyPIName, file: DistFile) -> str:
        """What lists *file*, for messages about it."""
        page = self._pages.get(name)
        if isinstance(page, Coming):
            page = page.future.result() if page.future.done() and page.future.exception() is None else None
        return page.index if page is not None else host_of(file.url)

    # -- network -----------------------------------------------------------------------------------------------------

    def _open(self, location: str, *, flat: bool) -> LocalPages | RemotePages:
        if is_local(location):
            from compat.index.pages.local_pages import LocalPages

            return LocalPages(location, flat=flat)
        signed = "@" in location.partition("://")[2].partition("/")[0]
        before = self._settings.before
        return RemotePages(location, self._cache, self._reload, signed=signed, before=before, flat=flat)

    def _reload(self, index: RemotePages, name: PyPIName) -> Found:
        """The page of *name*, whose file in the cache is broken."""
        if self._settings.offline:
            raise UnreachedError(f"{index.shown} may not be asked for {name} (offline), and the cache is broken there")
        network = self._get_network()
        if network.is_own_thread:
            raise UnreachedError(f"{index.shown}: the cache is broken for {name}")  # reading ahead stops here
        return network.submit(index.load(name, network.connection, network.limits)).result()

    def _get_network(self) -> Network:
        with self._lock:
            if self._closed:
                raise UnreachedError("this run has ended")
            if self._network is None:
                self._network = self._connect()
            return self._network

    def _connect(self) -> Network:
        try:
            from compat.index.transport.connection import Connection, Limits
        except ImportError as error:
            raise UsageError("asking package indexes needs httpx", hint="pip install 'compat-matrix[lock]'") from error
        from compat.index.transport.credentials import Credentials
        from compat.index.transport.network import Network

        urls = (*self._settings.index_urls, *self._settings.find_links, *self._settings.pins.values())
        credentials = Credentials(url for url in urls if not is_local(url))
        limits = self._limits or Limits()
        return Network(Connection(limits, credentials, self._transport), limits)


def open_source(settings: SourceSettings, **options: Any) -> IndexPackages:  # noqa: ANN401  those of `IndexPackages`
    """The indexes of *settings* as a `PackageSource`, to be used in a ``with``."""
    return IndexPackages(settings, **options)
