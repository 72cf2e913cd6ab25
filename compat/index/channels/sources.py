"""Channels as py-rattler takes them: an address of the web through its gateway, a folder by its ``repodata.json``.

A folder is read directly, because the gateway passes over what a folder lacks without a word, and would not say which
file is broken. Each channel is a group of py-rattler's of its name, so that ``channel::name`` finds it wherever it is,
and the members of ``defaults`` share one priority, as in conda.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from compat.index.addresses import is_local, to_path
from compat.model.distributions import UnreachedError
from compat.model.errors import CompatError, UsageError
from compat.model.locking import LockedChannel

if TYPE_CHECKING:
    from rattler import Channel, MultiSource, SparseRepoData

NOARCH = "noarch"
_REPODATA = "repodata.json"


class ChannelSources:
    """What is asked for one platform and ``noarch``; files are opened once."""

    def __init__(self, channels: Sequence[LockedChannel]) -> None:
        self._channels = channels
        #: What a channel is called before ``::``.
        self.names = _names(channels)
        self._remote: dict[str, Channel] = {}
        self._open: dict[tuple[str, str], SparseRepoData | None] = {}
        self._coming: dict[tuple[str, str], Thread] = {}
        #: Addresses without ``noarch``, which the gateway does not bear, with what was read of their platforms.
        self.read_alone: dict[str, dict[str, SparseRepoData]] = {}

    def read_ahead(self, subdirs: Iterable[str]) -> None:
        """Begin to read the files of the folders, each in a thread: py-rattler lets others run meanwhile."""
        for channel in self._channels:
            keys = [(url, subdir) for url in channel.urls if is_local(url) for subdir in (*sorted(subdirs), NOARCH)]
            for url, subdir in keys:
                if (url, subdir) not in self._open:
                    self._coming[url, subdir] = Thread(target=self._try, args=(channel.name, url, subdir), daemon=True)
                    self._coming[url, subdir].start()

    def _try(self, name: str, url: str, subdir: str) -> None:
        with suppress(CompatError):  # it is raised where the file is asked for
            self._open[url, subdir] = self._read(name, url, subdir)

    def groups(self, subdir: str) -> list[MultiSource]:
        """The channels in order. Raises: UsageError, UnreachedError."""
        from rattler import MultiSource

        groups = []
        for channel in self._channels:
            sources = [source for url in channel.urls for source in self.members(channel.name, url, subdir)]
            if sources:
                groups.append(MultiSource(self.names[channel], sources))
        return groups

    def members(self, name: str, url: str, subdir: str) -> Iterator[Channel | SparseRepoData]:
        """What one address is to py-rattler."""
        if url in self.read_alone:
            yield from (data for at, data in self.read_alone[url].items() if at == subdir)
        elif is_local(url):
            for at in (subdir, NOARCH):
                if (data := self._folder(name, url, at)) is not None:
                    yield data
        else:
            yield self.channel(url)

    def channel(self, url: str) -> Channel:
        from rattler import Channel

        if url not in self._remote:
            self._remote[url] = Channel(url)
        return self._remote[url]

    def has(self, name: str, url: str, subdir: str) -> bool:
        """Whether the folder *url* has something for *subdir*."""
        return self._folder(name, url, subdir) is not None

    def close(self) -> None:
        for data in self._open.values():
            if data is not None:
                data.close()

    def _folder(self, name: str, url: str, subdir: str) -> SparseRepoData | None:
        if (url, subdir) in self._coming:
            self._coming.pop((url, subdir)).join()
        if (url, subdir) not in self._open:
            self._open[url, subdir] = self._read(name, url, subdir)
        return self._open[url, subdir]

    def _read(self, name: str, url: str, subdir: str) -> SparseRepoData | None:
        from rattler import SparseRepoData

        folder = to_path(url)
        path = os.path.join(folder, subdir, _REPODATA)
        if not os.path.isfile(path):
            _refuse_no_channel(name, folder, subdir)
            return None
        try:
            return SparseRepoData(self.channel(url), subdir, path)
        except OSError as error:  # also where it is no JSON
            raise UnreachedError(f"channel `{name}`: {path} cannot be read: {error}") from error


def _refuse_no_channel(name: str, folder: str, subdir: str) -> None:
    """Raises: UsageError where *folder* is no channel at all, or one that is not read."""
    if not os.path.isdir(folder):
        raise UsageError(f"channel `{name}`: there is no folder {folder}")
    packed = os.path.join(folder, subdir, f"{_REPODATA}.zst")
    if os.path.isfile(packed):
        raise UsageError(
            f"channel `{name}`: {packed} is only read over HTTP",
            hint=f"zstd -d {packed}, or serve the folder",
        )
    with os.scandir(folder) as entries:
        if any(os.path.isfile(os.path.join(entry.path, _REPODATA)) for entry in entries):
            return
    raise UsageError(f"channel `{name}`: no folder of {folder} has a {_REPODATA}")


def _names(channels: Sequence[LockedChannel]) -> dict[LockedChannel, str]:
    """A folder is called by its own name, where no other channel is called so."""
    short = {channel: channel.name.rpartition("/")[2] for channel in channels}
    taken = list(short.values())
    return {
        channel: name if name and channel.name.startswith("file:") and taken.count(name) == 1 else channel.name
        for channel, name in short.items()
    }
