"""The HTTP client of py-rattler, told what conda was told: credentials, mirrors, proxies, certificates.

Credentials go to their own host only and into no address: a login as a header (by a callback, which also tells what is
asked for), a token by a mirror, whose addresses py-rattler does not keep. py-rattler compares hosts without ports. What
no address says comes from netrc, from the tokens that ``anaconda login`` keeps, and from py-rattler's own store
(RATTLER_AUTH_FILE, ``rattler auth login``, a keyring). Proxies of the environment are heeded by py-rattler.

A mirror that does not answer or answers with an error of the server is followed by the next one when a question is
tried again; one that says that there is nothing (404) is believed.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from compat.index.channels.names import Login
from compat.index.channels.settings import Access
from compat.index.channels.tokens import find_token
from compat.index.transport.credentials import Credentials
from compat.version import __version__

if TYPE_CHECKING:
    from rattler.networking import Client


class _Entrance(NamedTuple):
    """An address that is really asked, and with whose credentials. ``token`` is part of the path."""

    url: str
    login: Login

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        return urlsplit(self.asked).path + "/"

    @property
    def asked(self) -> str:
        if not self.login.token:
            return self.url
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/t/{self.login.token}{parts.path}"))

    @property
    def header(self) -> str:
        login = self.login
        return "Basic " + b64encode(f"{login.user}:{login.password}".encode()).decode()


def make_client(access: Access, urls: Sequence[str], asked: Callable[[str, str], None] | None = None) -> Client:
    """A client for the channels *urls*; *asked* is told host and path of each request, from another thread."""
    entrances = {url: tuple(_entrances(access, url)) for url in urls if not url.startswith("file:")}
    mirrors = {
        f"{url}/": [f"{entrance.asked}/" for entrance in found]
        for url, found in entrances.items()
        if [entrance.asked for entrance in found] != [url]
    }
    signed = [e for found in entrances.values() for e in found if e.login.user or e.login.password]
    with _certificates(access.ssl_verify):
        if access.proxies or access.ssl_verify in {"false", "truststore"}:
            return _configured(access, mirrors, signed)
        return _plain(access, mirrors, signed, asked)


def secrets_of(access: Access, urls: Sequence[str]) -> tuple[str, ...]:
    """What may stand in no message, longest first."""
    logins = [entrance.login for url in urls for entrance in _entrances(access, url)]
    found = {secret for login in logins for secret in (login.password, login.token) if len(secret) > 2}
    return tuple(sorted(found, key=lambda secret: (-len(secret), secret)))


def _plain(
    access: Access,
    mirrors: dict[str, list[str]],
    signed: Sequence[_Entrance],
    asked: Callable[[str, str], None] | None,
) -> Client:
    from rattler.networking import (
        AddHeadersMiddleware,
        AuthenticationMiddleware,
        Client,
        MirrorMiddleware,
        RetryMiddleware,
    )

    def headers(host: str, path: str) -> dict[str, str] | None:
        if asked is not None:
            asked(host, path)
        entrance = find_entrance(signed, host, path)
        return None if entrance is None else {"Authorization": entrance.header}

    # In the order in which they see a request: the address is final before anybody looks for its credentials.
    return Client(
        [
            RetryMiddleware(access.retries),
            *([MirrorMiddleware(mirrors)] if mirrors else []),
            AuthenticationMiddleware(),
            *([AddHeadersMiddleware(headers)] if signed or asked is not None else []),
        ],
        user_agent=_user_agent(),
        timeout=int(access.request_seconds),
    )


def _configured(access: Access, mirrors: Mapping[str, list[str]], signed: Sequence[_Entrance]) -> Client:
    """With what only a configuration can tell py-rattler. Logins reach it through a file that is gone at once."""
    from rattler import Config
    from rattler.networking import Client

    with _login_file(signed) as path:
        config = Config.from_toml(_to_toml(access, mirrors, path))
        return Client.from_config(config, access.retries, user_agent=_user_agent(), timeout=int(access.request_seconds))


def find_entrance(entrances: Sequence[_Entrance], host: str, path: str) -> _Entrance | None:
    """Whose credentials are for *path* on *host*: those of the longest address, else of any on that host."""
    own = [entrance for entrance in entrances if entrance.host == host.lower()]
    inside = [entrance for entrance in own if path.startswith(entrance.path)]
    return max(inside or own[:1], key=lambda entrance: len(entrance.path), default=None)


# -- credentials -----------------------------------------------------------------------------------------------------


def _entrances(access: Access, url: str) -> Iterator[_Entrance]:
    """Where the channel *url* is read."""
    for address in access.mirrors.get(url, (url,)):
        if not address.startswith("file:"):
            yield _Entrance(address, _login(access, address))


def _login(access: Access, url: str) -> Login:
    stated = access.logins.get(url)
    if stated is not None and (stated.password or stated.token):
        return stated
    if access.anaconda_tokens and stated is None and (token := find_token(url)):
        return Login(token=token)
    return _from_netrc(url, stated.user if stated else "") or stated or Login()


def _from_netrc(url: str, user: str) -> Login | None:
    # Parsing an address and importing netrc takes longer than all else here, and few have the file.
    if not any(os.path.exists(path) for path in Credentials([])._netrc_files()):  # noqa: SLF001
        return None
    parts = urlsplit(url)
    found = Credentials([urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc}"))] if user else []).find(url)
    return Login(*found) if found is not None and found[1] else None


# -- what py-rattler reads -------------------------------------------------------------------------------------------


def _to_toml(access: Access, mirrors: Mapping[str, list[str]], login_file: str) -> str:
    """py-rattler's configuration. A JSON string is a TOML string."""
    from json import dumps

    lines = ["tls-no-verify = true"] if access.ssl_verify == "false" else []
    lines += ['tls-root-certs = "system"'] if access.ssl_verify == "truststore" else []
    lines += [f"authentication-override-file = {dumps(login_file)}"] if login_file else []
    proxies = {scheme: access.proxies[scheme] for scheme in ("http", "https") if access.proxies.get(scheme)}
    if proxies:
        lines += ["[proxy-config]", *(f"{scheme} = {dumps(proxy)}" for scheme, proxy in proxies.items())]
        lines.append(f"non-proxy-hosts = {dumps(_not_proxied())}")
    if mirrors:
        lines += ["[mirrors]", *(f"{dumps(url)} = {dumps(list(to))}" for url, to in mirrors.items())]
    return "\n".join(lines) + "\n"


def _not_proxied() -> list[str]:
    words = (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").split(",")
    return [word.strip() for word in words if word.strip()]


@contextmanager
def _login_file(signed: Sequence[_Entrance]) -> Iterator[str]:
    if not signed:
        yield ""
        return
    from json import dumps
    from tempfile import TemporaryDirectory

    logins = {
        entrance.host: {"BasicHTTP": {"username": entrance.login.user, "password": entrance.login.password}}
        for entrance in reversed(signed)
    }
    with TemporaryDirectory(prefix="compat-") as folder:  # of this user alone
        path = os.path.join(folder, "logins.json")
        with open(path, "x", encoding="utf-8") as file:
            file.write(dumps(logins))
        yield path


@contextmanager
def _certificates(bundle: str) -> Iterator[None]:
    """py-rattler takes a bundle from SSL_CERT_FILE alone, and reads it when the client is made."""
    if not bundle or bundle in {"false", "truststore"}:
        yield
        return
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = bundle
    try:
        yield
    finally:
        if before is None:
            del os.environ["SSL_CERT_FILE"]
        else:
            os.environ["SSL_CERT_FILE"] = before


def _user_agent() -> str:
    return f"compat-matrix/{__version__}"
