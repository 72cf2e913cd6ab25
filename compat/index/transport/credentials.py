"""Who may ask whom: credentials of the addresses themselves, of netrc and of a keyring, each for its own host only.

They live in this object alone: addresses that go into errors, cache and locks have none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

from compat.index.addresses import host_of

Login = tuple[str, str]


class Credentials:
    """Args: *urls* of indexes as they were given."""

    def __init__(self, urls: Iterable[str], environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._stated: dict[str, Login] = {}
        self._netrc: dict[str, Login | None] = {}
        for url in urls:
            parts = urlsplit(url)
            if parts.username is not None:
                self._stated.setdefault(host_of(url), (unquote(parts.username), unquote(parts.password or "")))

    def stated(self, url: str) -> bool:
        """Whether the host of *url* has credentials in an address."""
        return host_of(url) in self._stated

    def find(self, url: str) -> Login | None:
        """What to send with the first question to *url*."""
        host = host_of(url)
        stated = self._stated.get(host)
        if stated is not None and stated[1]:
            return stated
        return self._from_netrc(host, stated[0] if stated else None) or stated

    def find_more(self, url: str) -> Login | None:
        """What a keyring knows, asked only where *url* was refused: it may be slow, and may ask the user.

        Source: https://pip.pypa.io/en/stable/topics/authentication/#keyring-support
        """
        try:
            import keyring
        except Exception:  # noqa: BLE001  a backend that cannot start
            return None
        user = self._stated.get(host_of(url), (None, ""))[0]
        for service in (url, host_of(url)):
            try:
                found = keyring.get_credential(service, user)
            except Exception:  # noqa: BLE001  whatever a backend raises: locked, none installed
                return None
            if found is not None and found.password:
                return found.username or "", found.password
        return None

    def _from_netrc(self, host: str, user: str | None) -> Login | None:
        if host not in self._netrc:
            self._netrc[host] = self._read_netrc(host.rpartition(":")[0] or host, host)
        found = self._netrc[host]
        return found if found is not None and user in {None, found[0]} else None

    def _read_netrc(self, *names: str) -> Login | None:
        import netrc

        for path in self._netrc_files():
            try:
                hosts = netrc.netrc(path)
            except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
                continue
            # Not `authenticators`, which would send the `default` entry to everybody.
            found = next((login for name in names if (login := hosts.hosts.get(name))), None)
            if found is not None:
                return found[0] or "", found[2] or ""
        return None

    def _netrc_files(self) -> list[str]:
        own = self._environment.get("NETRC")
        return [own] if own else [os.path.expanduser(path) for path in ("~/.netrc", "~/_netrc")]
