"""From which conda channels packages come, and how they are asked: what the call says, then what conda was told.

The channels that `.condarc` or CONDA_CHANNELS lists count only where the file and the call name none (conda itself
appends them to those of a file, so that the same file gives another environment on another machine); where they list
none either, it is ``defaults``. How a name becomes an address, and how an address is reached, `.condarc` always says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from compat.index.channels.condarc import FLEXIBLE, PRIORITIES, Condarc, find_condarc
from compat.index.channels.condarc_file import unset_variable
from compat.index.channels.names import DEFAULTS, ChannelNames, Login
from compat.index.sources import SourceSettings
from compat.model.errors import UsageError
from compat.model.locking import LockedChannel

#: The whole of conda-forge's repodata (45 MB) comes in within this at 200 kB a second.
_REQUEST_SECONDS = 240.0
_SOLVE_SECONDS = 120.0
_RETRIES = 3


class Access(NamedTuple):
    """How channels are reached. Holds credentials: it is never printed.

    ``logins`` are by address, ``mirrors`` name for an address where to read instead. ``ssl_verify`` as in `Condarc`.
    """

    logins: Mapping[str, Login] = {}
    mirrors: Mapping[str, tuple[str, ...]] = {}
    proxies: Mapping[str, str] = {}
    ssl_verify: str = ""
    anaconda_tokens: bool = True
    retries: int = _RETRIES
    request_seconds: float = _REQUEST_SECONDS

    def __repr__(self) -> str:
        return f"Access({len(self.logins)} logins, {len(self.mirrors)} mirrors)"


class ChannelSettings(NamedTuple):
    """``channels`` are in order of priority, ``priority`` is strict, flexible or disabled.

    ``exclude_newer`` is a day, which is included, or a moment, in UTC; a package whose repodata gives no time of the
    upload or of the build is left out then, as a file without one is on a package index. Without ``cache_folder`` the
    cache is where COMPAT_CACHE_DIR or this system says.
    """

    channels: tuple[LockedChannel, ...]
    priority: str = FLEXIBLE
    offline: bool = False
    exclude_newer: str = ""
    cache_folder: str | None = None
    no_cache: bool = False
    access: Access = Access()
    condarc: Condarc = Condarc()
    solve_seconds: float = _SOLVE_SECONDS

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses, in order of priority."""
        return tuple(dict.fromkeys(url for channel in self.channels for url in channel.urls))

    @property
    def before(self) -> str:
        """The first moment that is too late, as ``2026-01-31T12:00:00Z``; "" for none. Raises: UsageError."""
        return SourceSettings((), exclude_newer=self.exclude_newer).before


def find_channel_settings(
    names: Sequence[str],
    *,
    also: Sequence[str] = (),
    offline: bool = False,
    exclude_newer: str = "",
    cache_folder: str | None = None,
    no_cache: bool = False,
    channel_priority: str = "",
    environment: Mapping[str, str] | None = None,
    folder: str = "",
) -> ChannelSettings:
    """The channels *names*, as the file or the call spells them, with the settings of this user.

    Args: *also* are channels that specs name (``channel::name``); as with conda, those not in *names* come last.
    Paths are relative to *folder*, by default the working folder.

    Raises: UsageError for a channel that cannot be one, an unknown priority, and a .condarc that cannot be read.
    """
    environment = os.environ if environment is None else environment
    condarc = find_condarc(environment)
    priority = channel_priority.lower() or condarc.channel_priority or FLEXIBLE
    if priority not in PRIORITIES:
        raise UsageError(f"unknown channel priority `{channel_priority}`", hint=f"one of {', '.join(PRIORITIES)}")
    resolver = ChannelNames(condarc, environment, folder)
    channels = resolver.resolve_all(names or condarc.channels or (DEFAULTS,))
    if not channels:
        raise UsageError("no conda channel is left", hint="`nodefaults` names none; add one, as in `- conda-forge`")
    known = {url for channel in channels for url in channel.urls}
    channels += tuple(channel for channel in resolver.resolve_all(also) if not set(channel.urls) <= known)
    mirrors = resolver.mirrors()
    found = ChannelSettings(
        channels,
        priority,
        offline=offline or condarc.offline,
        exclude_newer=exclude_newer,
        cache_folder=cache_folder,
        no_cache=no_cache,
        access=Access(
            logins=resolver.logins,
            mirrors={url: mirrors[url] for url in mirrors if any(url in channel.urls for channel in channels)},
            proxies={key: _checked_proxy(key, proxy) for key, proxy in condarc.proxy_servers.items()},
            ssl_verify=condarc.ssl_verify,
            anaconda_tokens=condarc.add_anaconda_token,
            retries=_RETRIES if condarc.remote_max_retries is None else condarc.remote_max_retries,
        ),
        condarc=condarc,
    )
    _ = found.before
    return found


def _checked_proxy(key: str, proxy: str) -> str:
    if name := unset_variable(proxy):
        raise UsageError(f"`proxy_servers: {key}`: the environment variable `{name}` is not set")
    return proxy
