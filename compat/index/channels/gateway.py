"""Repodata through py-rattler's gateway, with its cache, and its errors as ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from compat.index.channels.faults import is_echo, missing_subdir, reason, scrub
from compat.index.channels.names import mask
from compat.index.channels.settings import ChannelSettings
from compat.index.channels.sources import NOARCH, ChannelSources
from compat.model.distributions import UnreachedError
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from rattler import Gateway, MultiSource, RepoDataRecord, SparseRepoData

T = TypeVar("T")
Progress = Callable[[str], None]

#: The folder in compat's cache whose files are py-rattler's: see `compat.index.cache`.
REPODATA = "repodata"


class ChannelGateway:
    """The channels of *settings*, asked from one thread. *progress* is told from others what is being read."""

    def __init__(self, settings: ChannelSettings, cache: str, progress: Progress | None = None) -> None:
        self._settings = settings
        self._cache = cache
        self._progress = progress
        self._told: set[str] = set()
        self._sources = ChannelSources(settings.channels)

    @cached_property
    def gateway(self) -> Gateway:
        from rattler import Gateway, SourceConfig

        config = SourceConfig(cache_action="force-cache-only" if self._settings.offline else "cache-or-fetch")
        cache: Any = self._cache  # a text is a path to it
        if all(url.startswith("file:") for url in self._settings.urls):
            return Gateway(cache, config)
        from compat.index.channels.client import make_client

        asked = self._tell if self._progress else None
        return Gateway(cache, config, client=make_client(self._settings.access, self._settings.urls, asked))

    def groups(self, subdir: str) -> list[MultiSource]:
        """What the solver is given. Raises: UsageError, UnreachedError."""
        return self._sources.groups(subdir)

    def read_ahead(self, subdirs: Iterable[str]) -> None:
        """Begin to read what `groups` will give; a gateway takes a while to make, too."""
        self._sources.read_ahead(subdirs)
        _ = self.gateway

    @property
    def names(self) -> frozenset[str]:
        """What may stand before ``::``."""
        return frozenset(self._sources.names.values())

    async def query(self, names: Iterable[str], subdir: str) -> list[RepoDataRecord]:
        """The records of *names* for *subdir* and ``noarch``."""
        from rattler import MatchSpec

        platforms: Any = [subdir, NOARCH]
        specs = [MatchSpec(name) for name in names]
        found = await self.gateway.query(
            self.groups(subdir), platforms, specs, recursive=False, channel_relations="disabled"
        )
        return [record for group in found for record in group]

    async def has(self, name: str, url: str, subdir: str) -> bool:
        """Whether the channel has packages of its own for *subdir*."""
        if url.startswith("file:"):
            return self._sources.has(name, url, subdir)
        if url in self._sources.read_alone:
            return subdir in self._sources.read_alone[url]
        return await self._has_names(url, subdir)

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], subdirs: set[str]) -> T:
        """The result of *work*; once more for each channel that turns out to have no ``noarch``."""
        from rattler.exceptions import FetchRepoDataError, GatewayError

        while True:
            try:
                return _run(work())
            except (GatewayError, FetchRepoDataError, OSError) as error:
                text = self._real(str(error), subdirs)
            missing = missing_subdir(text)
            if missing is None or missing[1] in self._sources.read_alone:
                raise UnreachedError(self._explain(text, subdirs))
            self._sources.read_alone[missing[1]] = _run(self._read_alone(missing[1], subdirs))

    def scrub(self, text: str) -> str:
        """*text* without credentials."""
        return scrub(text, self._secrets)

    def close(self) -> None:
        self._sources.close()

    # -- a channel without noarch ------------------------------------------------------------------------------------

    async def _read_alone(self, url: str, subdirs: set[str]) -> dict[str, SparseRepoData]:
        """The platforms of a channel without ``noarch``. Raises: UsageError where it has none of *subdirs* either."""
        found = {
            subdir: await self._fetch(url, subdir) for subdir in sorted(subdirs) if await self._has_names(url, subdir)
        }
        if found:
            return found
        raise UsageError(
            f"{self._title(url)} was not found: it has no repodata for {', '.join(sorted({*subdirs, NOARCH}))}",
            hint="a private channel may answer so to who shows no credentials",
        )

    async def _has_names(self, url: str, subdir: str) -> bool:
        platforms: Any = [subdir]
        return bool(await self.gateway.names([self._sources.channel(url)], platforms))

    async def _fetch(self, url: str, subdir: str) -> SparseRepoData:
        from rattler import Subdir, fetch_repo_data
        from rattler.networking.fetch_repo_data import FetchRepoDataOptions

        from compat.index.channels.client import make_client

        platforms: Any = [Subdir(subdir)]
        data = await fetch_repo_data(
            channels=[self._sources.channel(url)],
            platforms=platforms,
            cache_path=self._cache,
            callback=None,
            client=make_client(self._settings.access, self._settings.urls),
            fetch_options=FetchRepoDataOptions("force-cache-only" if self._settings.offline else "cache-or-fetch"),
        )
        return data[0]

    # -- words -------------------------------------------------------------------------------------------------------

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        from compat.index.channels.client import secrets_of

        return secrets_of(self._settings.access, self._settings.urls)

    def _tell(self, _host: str, path: str) -> None:
        folder, _, file = mask(path).strip("/").partition("/shards/")[0].rpartition("/")
        text = folder if file.startswith("repodata") else f"{folder}/{file}"
        if self._progress is not None and text not in self._told:
            self._told.add(text)
            self._progress(f"reading {text}")

    def _real(self, text: str, subdirs: set[str]) -> str:
        """What is behind *text*: of questions that wait for one answer, py-rattler tells only one why it failed."""
        if not is_echo(text):
            return text
        return next((said for _, _, said in self._ask_one_by_one(subdirs)), text)

    def _explain(self, text: str, subdirs: set[str]) -> str:
        """Which channel cannot be read, and why. py-rattler does not always name it: then it is asked once more."""
        plain = mask(text)
        addresses = {
            at: url for url in self._settings.urls for at in (url, *self._settings.access.mirrors.get(url, ()))
        }
        named = next((addresses[at] for at in sorted(addresses, key=len, reverse=True) if f"{at}/" in plain), None)
        if named is not None:
            return f"{self._title(named)} {reason(text, self._secrets)}"
        for url, subdir, said in self._ask_one_by_one(subdirs):
            if said.splitlines()[-1] == text.splitlines()[-1]:
                return f"{self._title(url)} {reason(said, self._secrets, subdir)}"
        return f"a conda channel {reason(text, self._secrets)}"

    def _ask_one_by_one(self, subdirs: set[str]) -> Iterator[tuple[str, str, str]]:
        """Address, subdir and what is said, for each that cannot be read."""
        for url in self._settings.urls:
            for subdir in (*sorted(subdirs), NOARCH) if not url.startswith("file:") else ():
                try:
                    _run(self._has_names(url, subdir))
                except Exception as error:  # noqa: BLE001  whatever it is, it is what was asked for
                    yield url, subdir, str(error)

    def _title(self, url: str) -> str:
        name = next((channel.name for channel in self._settings.channels if url in channel.urls), url)
        return f"channel `{name}`" + (f" ({url})" if name != url else "")


def _run(work: Coroutine[Any, Any, T]) -> T:
    import asyncio  # takes as long as reading a channel, which has begun when this is called

    return asyncio.run(work)


def cache_folder(settings: ChannelSettings, stack: ExitStack) -> str:
    """A folder of its own in compat's cache; where nothing is to be kept, or can be, one for this run."""
    from compat.index.cache import LAYOUT, default_folder

    folder = os.path.join(settings.cache_folder or default_folder(), LAYOUT, REPODATA)
    if not settings.no_cache and _is_writable(folder):
        return folder
    from tempfile import TemporaryDirectory

    return stack.enter_context(TemporaryDirectory(prefix="compat-", ignore_cleanup_errors=True))


def _is_writable(folder: str) -> bool:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def first_error(results: Sequence[T | BaseException]) -> list[T]:
    """*results* where none is an error. Raises: the first error, an echo of another only where there is no other."""
    errors = [result for result in results if isinstance(result, BaseException)]
    for error in errors:
        if not is_echo(str(error)):
            raise error
    if errors:
        raise errors[0]
    return [result for result in results if not isinstance(result, BaseException)]
