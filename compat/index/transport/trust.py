"""Which certificates are trusted, found out when there is something to verify: it takes as long as fifty answers."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

#: Files that pip and curl are told to trust; httpx looks at SSL_CERT_FILE itself.
_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def make_context() -> ssl.SSLContext:
    """What the environment says, else what httpx trusts."""
    for variable in _VARIABLES:
        path = os.environ.get(variable)
        if path and Path(path).is_file():
            return ssl.create_default_context(cafile=path)
    import httpx

    return httpx.create_ssl_context()


class LateContext(ssl.SSLContext):
    """`make_context` at the first handshake; anyio calls the contexts that it does not know in a thread."""

    _made: ssl.SSLContext | None
    _protocols: list[str]
    _lock: threading.Lock

    def __new__(cls) -> Self:
        context = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        context._made, context._protocols, context._lock = None, [], threading.Lock()
        return context

    def set_alpn_protocols(self, alpn_protocols: Sequence[str]) -> None:  # type: ignore[override]
        self._protocols = list(alpn_protocols)

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:  # noqa: ANN401  those of `ssl.SSLContext`
        return self._ready().wrap_bio(*args, **options)

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:  # noqa: ANN401
        return self._ready().wrap_socket(*args, **options)

    def _ready(self) -> ssl.SSLContext:
        with self._lock:
            if self._made is None:
                self._made = make_context()
            self._made.set_alpn_protocols(self._protocols)
            return self._made
