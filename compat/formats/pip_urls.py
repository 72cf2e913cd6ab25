"""Requirements that are URLs or local files: which project they name, and the URL without its credentials."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from compat.model.requirements import Requirement, to_requirement

#: What pip takes for a URL: https://pip.pypa.io/en/stable/topics/vcs-support/
_URL = re.compile(r"(?:(?:git|hg|svn|bzr)\+[a-z]+|https?|ftp|file|git|hg|svn|bzr|ssh|sftp):", re.IGNORECASE)
#: https://github.com/pypa/pip/blob/26.3/src/pip/_internal/utils/filetypes.py
ARCHIVE_ENDS = (
    ".whl",
    ".zip",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
)
_EXTRAS = re.compile(r"(.+?)\[([^\[\]]*)\]$")
_SECRET = re.compile(r"(?<=://)(?!git@)[^/\s]+@")
#: A token in the path, as anaconda.org has it.
_TOKEN = re.compile(r"(://[^/\s]+)/t/[^/\s]+(?=/)")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[([^\]]*)\])?(?=[&=<>!~]|$)")
_PROJECT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SDIST = re.compile(r"\d[A-Za-z0-9.]*")
_SDIST_ENDS = (".tar.gz", ".tar.bz2", ".tgz", ".zip")


def is_url(text: str) -> bool:
    """Whether pip reads *text* as a URL."""
    return _URL.match(text) is not None


def is_vcs(text: str) -> bool:
    """Whether *text* is the URL of a version-controlled source."""
    return is_url(text) and not re.match(r"(?:https?|ftp|file|sftp):", text, re.IGNORECASE)


def is_archive(text: str) -> bool:
    """Whether *text* ends like a wheel or source archive, extras after it aside."""
    return split_extras(text)[0].lower().endswith(ARCHIVE_ENDS)


def is_path(text: str) -> bool:
    """Whether *text* can only be meant as a local path; nobody looks whether it exists."""
    return bool(re.match(r"(?:\.\.?|~)?[/\\]|\.\.?$|\.\.?\[|[A-Za-z]:[\\/]", text)) or (
        ("/" in text or "\\" in text) and not re.search(r"""[\s"'<>=!]""", text)
    )


def split_extras(text: str) -> tuple[str, frozenset[str]]:
    """A path or file name and the extras in brackets at its end."""
    match = _EXTRAS.match(text)
    if match is None:
        return text, frozenset()
    return match[1], frozenset(name.strip() for name in match[2].split(",") if name.strip())


def strip_credentials(url: str) -> str:
    """*url* without user, password and token; ``git@``, which is no secret, stays."""
    return _TOKEN.sub(r"\1", _SECRET.sub("", url)) if "://" in url else url


def is_wheel_name(url: str) -> bool:
    """Whether *url* ends in ``.whl`` and the name has the parts that a wheel's must have."""
    name = _file_name(url)
    return not name.endswith(".whl") or len(name.split("-")) in {5, 6}


@lru_cache(maxsize=4096)
def to_url_requirement(
    url: str, marker: Marker | None = None, extras: frozenset[str] = frozenset()
) -> Requirement | None:
    """The requirement that *url* alone makes, or None where only a download would tell the project.

    The name comes from ``#egg=``, else from the file name of a wheel or source archive, which also gives the version.
    """
    name, version = _name_and_version(url)
    if egg := _EGG.search(url):
        name, extras = egg[1], extras | split_extras(f"x[{egg[2] or ''}]")[1]
    if not name:
        return None
    clean = strip_credentials(url)
    return to_requirement(name, _exactly(version), extras=extras, marker=marker, url=clean, text=clean)


def with_file_version(requirement: Requirement) -> Requirement:
    """*requirement* without credentials in it; where it points to a wheel, with the version of the wheel's name."""
    url = requirement.url
    if url is None:
        return requirement
    name, version = _name_and_version(url)
    specifier = _exactly(version) if name and url.partition("#")[0].endswith(".whl") else requirement.specifier
    return to_requirement(
        requirement.name,
        specifier,
        extras=requirement.extras,
        marker=requirement.marker,
        url=strip_credentials(url),
        text=strip_credentials(requirement.text),
    )


def _file_name(url: str) -> str:
    return unquote(re.split(r"[#?]", url, maxsplit=1)[0].rstrip("/").rpartition("/")[2])


def _name_and_version(url: str) -> tuple[str, str]:
    name = _file_name(url)
    if name.endswith(".whl"):
        parts = name.split("-")
        return (parts[0], parts[1]) if len(parts) in {5, 6} and _PROJECT.fullmatch(parts[0]) else ("", "")
    ending = next((ending for ending in _SDIST_ENDS if name.endswith(ending)), None)
    project, _, version = name.removesuffix(ending).rpartition("-") if ending else ("", "", "")
    return (project, version) if _PROJECT.fullmatch(project) and _SDIST.fullmatch(version) else ("", "")


def _exactly(version: str) -> SpecifierSet:
    try:
        return SpecifierSet(f"=={version}" if version else "")
    except InvalidSpecifier:
        return SpecifierSet()
