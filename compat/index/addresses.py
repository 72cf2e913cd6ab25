"""Addresses: credentials off, relative ones made absolute, and back and forth to places of this machine."""

from __future__ import annotations

import re
import sys
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

_PLATFORM: str = sys.platform

#: An address without these needs no second look: no credentials, fragment, number in brackets, or what parsers remove.
_is_odd = re.compile(r"[]@#[\\ \t\r\n]").search


def bare_url(url: str) -> str:
    """*url* without user, password and fragment: what a lock may hold. Raises: ValueError."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def shown_url(url: str) -> str:
    """*url* without user, password, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def absolute_url(base: str, url: str) -> str:
    """*url* as it is meant on the page *base*, without credentials and fragment. Raises: ValueError."""
    if url.startswith(("https://", "http://")) and not _is_odd(url):
        return url  # as nearly all of them are; taking it apart would be most of the work of reading a page
    return bare_url(urljoin(base, url))


def project_url(index: str, name: str) -> str:
    """The page of *name*; a query of the index stays at the end, as uv has it."""
    parts = urlsplit(index)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}/", fragment=""))


def host_of(url: str) -> str:
    """Host and port, in lower case, to whom credentials belong."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def file_name(url: str) -> str:
    """The last part of the path of *url*."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def is_local(location: str) -> bool:
    """Whether *location* is a path or a ``file:`` URL."""
    return location.startswith("file:") or "://" not in location


def is_relative(url: str) -> bool:
    """Whether *url* is a path without a root, which `file:` may stand before."""
    return "://" not in url and not url.removeprefix("file:").startswith("/") and not url.startswith("git+")


def to_path(location: str) -> str:
    """The path that *location*, a path or ``file:`` URL, means on this machine."""
    if not location.startswith("file:"):
        return location
    path = urlsplit(location).path
    if _PLATFORM != "win32":
        return unquote(path)  # all that url2pathname does here, whose module brings clients for HTTP and FTP
    from urllib.request import url2pathname

    return url2pathname(path)


def to_file_url(path: str) -> str:
    """The ``file:`` URL of an absolute path."""
    forward = path.replace("\\", "/")
    return f"file://{'' if forward.startswith('/') else '/'}{quote(forward, safe='/:')}"
