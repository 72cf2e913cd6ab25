"""What files ask to be fetched from elsewhere than from the indexes and channels that a service allows.

Every field that may hold an address is looked at. Nothing is fetched here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from compat.api.files import DiskFiles, Library
from compat.api.members.member_archives import is_path
from compat.api.roots import find_roots, gather
from compat.model.environments import CondaEntry, Document, Index
from compat.model.errors import UsageError
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.text.source import mask_credentials

_PACKAGE_FILES = (".conda", ".tar.bz2")


class Allowed(NamedTuple):
    """What may be asked, as whoever runs the service spells it. ``indexes`` may hold credentials."""

    indexes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def has_index(self, url: str) -> bool:
        return _bare(url) in {_bare(index) for index in self.indexes}

    def has_channel(self, name: str) -> bool:
        return _bare(name) in {_bare(channel) for channel in self.channels}


#: Names no channel, so that conda's own are not asked: without any name at all they would be.
_NO_CHANNEL = ("nodefaults",)


def refuse_foreign(paths: Sequence[str], allowed: Allowed) -> tuple[str, ...]:
    """The channels that the files at *paths* leave to the service: none where they name their own.

    Raises: UsageError, with file and line, for the first address in them that *allowed* lacks.
    """
    library = Library(DiskFiles())
    gather(library, *find_roots(paths))
    for document in library.documents.values():
        for place, what in _foreign(document, allowed):
            raise UsageError(
                f"{place}: {mask_credentials(what)}",
                hint="this service fetches from its own indexes and channels alone",
            )
    if any(document.channels for document in library.documents.values()):
        return ()
    return allowed.channels or _NO_CHANNEL


def choose(names: Iterable[str], asked: Sequence[str], what: str) -> None:
    """Raises: UsageError where one of *asked* is none of *names*."""
    known = {_bare(name) for name in names}
    for name in asked:
        if _bare(name) not in known:
            shown = ", ".join(mask_credentials(one) for one in names) or "none"
            raise UsageError(f"`{mask_credentials(name)}` is no {what} of this service", hint=f"there are: {shown}")


def _foreign(document: Document, allowed: Allowed) -> Iterator[tuple[Place, str]]:
    for index in document.indexes:
        if not _is_fine(index, allowed):
            yield index.place, f"`{index.url}` is no index of this service"
    for entry in document.pip:
        yield from _in_entry(entry, allowed)
    for channel in document.channels:
        if channel.name != "nodefaults" and not allowed.has_channel(channel.name):
            yield channel.place, f"`{channel.name}` is no channel of this service"
    for spec in document.conda:
        yield from _in_spec(spec, allowed)
    yield from _in_paths(document)


def _in_paths(document: Document) -> Iterator[tuple[Place, str]]:
    for include in document.includes:
        if "://" in include.path:
            yield include.place, f"`{include.path}` is fetched by its address"
    for member in document.members:
        if not _is_relative(member.path) or _leaves(document.path, member.path):
            yield member.place, f"`{member.path}` is no path among the files of the request"


def _is_fine(index: Index, allowed: Allowed) -> bool:
    return index.role == "none" or (index.role != "find-links" and allowed.has_index(index.url))


def _in_entry(entry: PipEntry, allowed: Allowed) -> Iterator[tuple[Place, str]]:
    url = entry.requirement.url
    if url is not None and not (is_path(url) and _is_relative(url)):
        yield entry.place, f"`{url}` is fetched by its address"
    bound = [entry.index_url] if entry.index_url is not None else []
    for address in (*bound, *(index.url for index in entry.indexes or () if index.role != "none")):
        if not allowed.has_index(address):
            yield entry.index_place or entry.place, f"`{address}` is no index of this service"


def _in_spec(entry: CondaEntry, allowed: Allowed) -> Iterator[tuple[Place, str]]:
    text = entry.spec.text
    if "://" in text or text.split("#")[0].rstrip().endswith(_PACKAGE_FILES):
        yield entry.place, f"`{text}` is fetched by its address"
    elif entry.spec.channel is not None and not allowed.has_channel(entry.spec.channel):
        yield entry.place, f"`{entry.spec.channel}` is no channel of this service"


def _is_relative(path: str) -> bool:
    body = path.removeprefix("file:")
    return "://" not in path and not body.startswith(("/", "\\", "~")) and body[1:2] != ":" and "\\\\" not in body


def _leaves(home: str, path: str) -> bool:
    """Whether *path* in the file *home* leads out of the folder that holds all files."""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(home), path.replace("\\", "/")))
    return joined.split("/")[0] == ".."


def _bare(url: str) -> str:
    """*url* without credentials and without a last slash; a name of a channel as it is."""
    if "://" not in url:
        return url.rstrip("/")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return url
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme.lower(), host + port, parts.path.rstrip("/"), parts.query, ""))
