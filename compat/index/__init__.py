"""Package indexes: what they list and what their files declare, as the values of `compat.model`.

Three ways in. `open_source` is the port that a solver asks, with a cache and any number of indexes (``compat lock``);
`open_channels` is that of conda, with py-rattler behind it; `OnlineMatrix` fills up the curated matrix with one index
(``compat check --online``). None imports the others' parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.lazy import lazily

if TYPE_CHECKING:
    from compat.index.cache import CacheInfo, cache_info, clean, default_folder
    from compat.index.channels.settings import ChannelSettings, find_channel_settings
    from compat.index.channels.solver import open_channels
    from compat.index.faults import WrongFileError
    from compat.index.online.client import PackageIndex
    from compat.index.online.matrix import OnlineMatrix
    from compat.index.settings import Settings, find_settings
    from compat.index.source import IndexPackages, open_source
    from compat.index.sources import IndexOptions, SourceSettings, find_source_settings
    from compat.model.distributions import UnreachedError

__all__ = [
    "CacheInfo",
    "ChannelSettings",
    "IndexOptions",
    "IndexPackages",
    "OnlineMatrix",
    "PackageIndex",
    "Settings",
    "SourceSettings",
    "UnreachedError",
    "WrongFileError",
    "cache_info",
    "clean",
    "default_folder",
    "find_channel_settings",
    "find_settings",
    "find_source_settings",
    "open_channels",
    "open_source",
]

_HOMES = {
    "CacheInfo": "compat.index.cache",
    "ChannelSettings": "compat.index.channels.settings",
    "IndexOptions": "compat.index.sources",
    "IndexPackages": "compat.index.source",
    "OnlineMatrix": "compat.index.online.matrix",
    "PackageIndex": "compat.index.online.client",
    "Settings": "compat.index.settings",
    "SourceSettings": "compat.index.sources",
    "UnreachedError": "compat.model.distributions",
    "WrongFileError": "compat.index.faults",
    "cache_info": "compat.index.cache",
    "clean": "compat.index.cache",
    "default_folder": "compat.index.cache",
    "find_channel_settings": "compat.index.channels.settings",
    "find_settings": "compat.index.settings",
    "find_source_settings": "compat.index.sources",
    "open_channels": "compat.index.channels.solver",
    "open_source": "compat.index.source",
}


if not TYPE_CHECKING:  # a type checker would take every misspelt name for an object
    #: Import what is asked for when it is asked for: a warm lock needs no HTTP client, a check no cache.
    __getattr__ = lazily(__name__, _HOMES)
