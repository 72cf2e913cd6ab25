"""Requirements that are URLs or local files: which project they name, and the URL without its credentials."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from compat.model.requirements import Requirement, to_requirement

#: What pip takes for a URL: https://pip.pypa.io/en/stable/topics/vcs-support/
_URL = r"(?i)(?:(?:git|hg|svn|bzr)\+[a-z]+|https?|ftp|file|git|hg|svn|bzr|ssh|sftp):"
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
_EXTRAS = r"(.+?)\[([^\[\]]*)\]$"
_BEFORE_HOST = r"(?<=://)(?!git@)[^/\s]+@"
#: A token in the path, as anaconda.org has it.
_IN_PATH = r"(://[^/\s]+)/t/[^/\s]+(?=/)"
_EGG = r"[#&]egg=([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[([^\]]*)\])?(?=[&=<>!~]|$)"
_PROJECT = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_SDIST = r"\d[A-Za-z0-9.]*"
_SDIST_ENDS = (".tar.gz", ".tar.bz2", ".tgz", ".zip")


def is_url(text: str) -> bool:
    """Whether pip reads *text* as a URL."""
    return re.match(_URL, text) is not None


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


class Folder(NamedTuple):
    """A local project by the path of its folder; ``name`` is that of ``#egg=``, or ""."""

    path: str
    extras: frozenset[str]
    name: str = ""


def to_folder(text: str) -> Folder | None:
    """The folder that *text*, a path or a ``file:`` URL, names; None for archives, other URLs and what is filled in."""
    bare, _, _ = text.partition("#")
    if re.match(r"(?i)file:", bare):
        from urllib.parse import unquote

        bare = unquote(re.sub(r"(?i)^file:(?://(?:localhost)?(?=/))?", "", bare))
    elif is_url(bare):
        return None
    path, extras = split_extras(bare)
    if not path or "${" in path or path.lower().endswith(ARCHIVE_ENDS):
        return None
    egg = re.search(_EGG, text)
    return Folder(path, extras | (split_extras(f"x[{egg[2] or ''}]")[1] if egg else frozenset()), egg[1] if egg else "")


def split_extras(text: str) -> tuple[str, frozenset[str]]:
    """A path or file name and the extras in brackets at its end."""
    match = re.match(_EXTRAS, text)
    if match is None:
        return text, frozenset()
    return match[1], frozenset(name.strip() for name in match[2].split(",") if name.strip())


def strip_credentials(url: str) -> str:
    """*url* without user, password and token; ``git@``, which is no secret, stays."""
    return re.sub(_IN_PATH, r"\1", re.sub(_BEFORE_HOST, "", url)) if "://" in url else url


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
    if egg := re.search(_EGG, url):
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
    name = re.split(r"[#?]", url, maxsplit=1)[0].rstrip("/").rpartition("/")[2]
    if "%" not in name:
        return name
    from urllib.parse import unquote  # only `torch-2.1.0%2Bcu118-...` needs it

    return unquote(name)


def _name_and_version(url: str) -> tuple[str, str]:
    name = _file_name(url)
    if name.endswith(".whl"):
        parts = name.split("-")
        return (parts[0], parts[1]) if len(parts) in {5, 6} and re.fullmatch(_PROJECT, parts[0]) else ("", "")
    ending = next((ending for ending in _SDIST_ENDS if name.endswith(ending)), None)
    project, _, version = name.removesuffix(ending).rpartition("-") if ending else ("", "", "")
    return (project, version) if re.fullmatch(_PROJECT, project) and re.fullmatch(_SDIST, version) else ("", "")


def _exactly(version: str) -> SpecifierSet:
    try:
        return SpecifierSet(f"=={version}" if version else "")
    except InvalidSpecifier:
        return SpecifierSet()
