"""Names of channels as conda reads them: a name, a URL, a path, ``defaults`` or another multichannel, to addresses.

The rules are conda's: a multichannel of that name; a custom channel of that name or of one of its parents
(``custom_channels: {a: https://host}`` makes ``a/b`` the address ``https://host/a/b``); else the name below
`channel_alias`. A platform at the end is not part of an address, and ``nodefaults`` is no channel. ``local`` is not
looked up: what ``conda build`` has left is named by its path.

What may be secret (``user:password@`` and ``/t/TOKEN/``) is taken off here; an address never holds it again.
Source: https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/channels.html
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from compat.index.addresses import to_file_url, to_path
from compat.index.channels.condarc import Condarc
from compat.index.channels.condarc_file import expand, unset_variable
from compat.model.errors import UsageError
from compat.model.locking import LockedChannel

NO_DEFAULTS = "nodefaults"
DEFAULTS = "defaults"

_PLATFORM: str = sys.platform
_ALIAS = "https://conda.anaconda.org"
_MAIN_HOST = "https://repo.anaconda.com/pkgs"
_PRODUCT_CHANNELS = ("main", "r", *(("msys2",) if _PLATFORM == "win32" else ()))
#: Names that conda knows without a configuration, beside those of ``defaults``.
_KNOWN = {
    f"pkgs/{name}": f"{_MAIN_HOST}/{name}" for name in ("main", "r", "msys2", "free", "mro", "mro-archive", "pro")
}

_TOKEN = re.compile(r"/t/([^/]+)(?=/|$)")
_PATH = re.compile(r"\.{1,2}(?:[/\\]|$)|~|[/\\]|[A-Za-z]:[/\\]")
_SUBDIR = re.compile(
    r"/(?:noarch|(?:linux|osx|win|freebsd|zos|emscripten|wasi)-(?:32|64|aarch64|arm64|armv[67]l|ppc64le|ppc64"
    r"|s390x|riscv32|riscv64|wasm32|z|loongarch64))$"
)


class Login(NamedTuple):
    """Credentials that stood in an address. Nothing prints them."""

    user: str = ""
    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return "Login(***)"


class ChannelAddress(NamedTuple):
    """``url`` has no credentials and no slash at the end; ``login`` is what stood in it, or None."""

    url: str
    login: Login | None = None


class ChannelNames:
    """Resolves names with the settings of *condarc*. ``logins`` collects, by address, the credentials that are met."""

    def __init__(self, condarc: Condarc, environment: Mapping[str, str] | None = None, folder: str = "") -> None:
        self._condarc = condarc
        self._environment = os.environ if environment is None else environment
        self._folder = folder or os.getcwd()
        self.logins: dict[str, Login] = {}

    def resolve(self, spelt: str) -> LockedChannel:
        """The channel that *spelt* means. Raises: UsageError, which names no credentials."""
        text = expand(spelt.strip(), self._environment)
        members = self._members(text)
        if members is not None:
            return LockedChannel(text, tuple(dict.fromkeys(self.address(member) for member in members)))
        url = self.address(text)
        plain = "://" not in text and not _PATH.match(text)
        return LockedChannel(_SUBDIR.sub("", text) if plain else url, (url,))

    def resolve_all(self, names: Sequence[str]) -> tuple[LockedChannel, ...]:
        """*names* in their order, each address once; ``nodefaults`` left out."""
        found: dict[tuple[str, ...], LockedChannel] = {}
        for name in names:
            if name.strip() != NO_DEFAULTS:
                channel = self.resolve(name)
                found.setdefault(channel.urls, channel)
        return tuple(found.values())

    def mirrors(self) -> dict[str, tuple[str, ...]]:
        """Where to read, by address, as far as `mirrored_channels` says."""
        return {
            self.address(name): tuple(dict.fromkeys(self._bare(url, name) for url in urls))
            for name, urls in self._condarc.mirrored_channels.items()
            if urls
        }

    def address(self, text: str) -> str:
        """The address of one channel. Raises: UsageError."""
        if name := unset_variable(text):
            raise UsageError(f"channel `{_shown(text)}`: the environment variable `{name}` is not set")
        if "://" in text:
            return self._bare(text, text)
        if _PATH.match(text):
            path = os.path.abspath(os.path.join(self._folder, os.path.expanduser(text)))
            return to_file_url(_SUBDIR.sub("", path))
        if not text or text == "local" or set(text) & set(" \t@\\"):
            hint = "a channel that conda build has left is named by its path" if text == "local" else None
            raise UsageError(f"`{_shown(text)}` names no channel", hint=hint)
        return self._bare(self._named(_SUBDIR.sub("", text).strip("/")), text)

    def _members(self, text: str) -> Sequence[str] | None:
        multichannels = self._condarc.custom_multichannels
        if text == DEFAULTS and DEFAULTS not in multichannels:
            return self._condarc.default_channels or [f"{_MAIN_HOST}/{name}" for name in _PRODUCT_CHANNELS]
        return multichannels.get(text)

    def _named(self, name: str) -> str:
        mirrored = self._condarc.mirrored_channels.get(name, ())
        usual = self._placed(name)
        return usual if not mirrored or usual in {url.rstrip("/") for url in mirrored} else mirrored[0]

    def _placed(self, name: str) -> str:
        """The address of *name* where no mirror is considered."""
        custom = self._condarc.custom_channels
        parent = name
        while parent:
            if parent in custom:
                return f"{_with_scheme(custom[parent])}/{name}"
            parent = parent.rpartition("/")[0]
        for url in self._condarc.default_channels:
            if urlsplit(url).path.strip("/") == name:
                return url
        return _KNOWN.get(name) or f"{_with_scheme(self._condarc.channel_alias or _ALIAS)}/{name}"

    def _bare(self, text: str, spelt: str) -> str:
        """*text* without what is secret, which is noted. Raises: UsageError."""
        found = split_login(text)
        if found is None:
            raise UsageError(
                f"channel `{_shown(spelt)}`: `{_shown(text)}` is no address of a channel",
                hint="http, https and file addresses are read",
            )
        if found.login is not None:
            self.logins[found.url] = found.login
        return found.url


def split_login(text: str) -> ChannelAddress | None:
    """The address and the credentials in *text*; None where it is no http, https or file address."""
    try:
        parts = urlsplit(text)
        if parts.scheme == "file":
            return ChannelAddress(to_file_url(os.path.abspath(_SUBDIR.sub("", to_path(text).rstrip("/")))))
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            return None
    except ValueError:
        return None
    token = _TOKEN.match(parts.path)
    path = _SUBDIR.sub("", (parts.path[token.end() :] if token else parts.path).rstrip("/"))
    host = parts.netloc.rpartition("@")[2].lower()
    url = urlunsplit((parts.scheme, host, path.rstrip("/"), "", ""))
    if token is None and parts.username is None:
        return ChannelAddress(url)
    login = Login(unquote(parts.username or ""), unquote(parts.password or ""), token[1] if token else "")
    return ChannelAddress(url, login)


def split_subdir(text: str) -> tuple[str, str]:
    """*text* without a platform at its end, and the platform with the slash before it, or ""."""
    match = _SUBDIR.search(text)
    return (text[: match.start()], match[0]) if match else (text, "")


def mask(text: str) -> str:
    """*text* without what looks like credentials in addresses."""
    return re.sub(r"(//)[^/\s@]*@", r"\1", re.sub(r"/t/[^/\s]+", "", text))


def _shown(text: str) -> str:
    return mask(text)


def _with_scheme(location: str) -> str:
    """As conda takes it: ``host/path`` is meant over https, and a path is one of this machine."""
    location = location.rstrip("/")
    if "://" in location:
        return location
    return (
        to_file_url(os.path.abspath(os.path.expanduser(location))) if _PATH.match(location) else f"https://{location}"
    )
