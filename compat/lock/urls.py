"""Addresses as locks spell them: never with credentials, and version control taken apart."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

#: Scheme, and user and password up to the last ``@`` before the path.
_CREDENTIALS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#\s]*)@")
_VCS = ("git", "hg", "bzr", "svn")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar")


class VcsUrl(NamedTuple):
    """``git+https://host/repository.git@COMMIT#subdirectory=x`` in its parts."""

    kind: str
    url: str
    commit: str
    subdirectory: str


def without_credentials(text: str) -> str:
    """*text*, a URL or words that hold some, without user and password.

    The user of an ssh address stays (``git@``): it says which account serves, and opens nothing.
    """
    if "@" not in text:
        return text
    return _CREDENTIALS.sub(_keep, text)


def _keep(match: re.Match[str]) -> str:
    user = match[2].partition(":")[0]
    return f"{match[1]}{user}@" if match[1].endswith("ssh://") and user else match[1]


def split_vcs(url: str) -> VcsUrl | None:
    """The parts of a version control URL, or None for any other.

    Source: https://packaging.python.org/en/latest/specifications/direct-url-data-structure/#vcs-urls
    """
    kind, plus, rest = url.partition("+")
    if not plus or kind not in _VCS:
        return None
    address, _, fragment = without_credentials(rest).partition("#")
    scheme, separator, place = address.partition("://")
    host, slash, path = place.partition("/")
    repository, _, commit = path.rpartition("@") if "@" in path else (path, "", "")
    return VcsUrl(
        kind, f"{scheme}{separator}{host}{slash}{repository}", commit, fragments(fragment).get("subdirectory", "")
    )


def fragments(fragment: str) -> dict[str, str]:
    """``sha256=...&subdirectory=x`` as pairs."""
    return dict(parse_qsl(fragment))


def file_name(url: str) -> str:
    """The last part of the path of *url*, decoded."""
    return unquote(re.split(r"[#?]", url, maxsplit=1)[0].rpartition("/")[2])


def folder_path(url: str) -> str | None:
    """The path of a ``file:`` URL that names a folder, or None."""
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" and not parts.path.endswith(_ARCHIVES) else None


def relative_path(url: str) -> str | None:
    """The path of a ``file:`` URL that is relative, or None."""
    return unquote(url[5:].partition("#")[0]) if url.startswith("file:") and not url.startswith("file:/") else None


def same_source(left: str, right: str) -> bool:
    """Whether two URLs name the same archive or repository; the revision, the fragment and ``.git`` do not count."""
    return _bare(left) == _bare(right)


def _bare(url: str) -> str:
    vcs = split_vcs(url)
    bare = f"{vcs.kind}+{vcs.url}" if vcs else without_credentials(url).partition("#")[0]
    return bare.removeprefix("./").rstrip("/").removesuffix(".git").lower()
