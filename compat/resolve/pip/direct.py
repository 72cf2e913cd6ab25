"""Requirements that name a file by URL: a page with that one file, or what is missing to pin it.

Source: https://packaging.python.org/en/latest/specifications/version-specifiers/#direct-references
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from packaging.utils import InvalidSdistFilename, parse_sdist_filename

from compat.model.distributions import DistFile
from compat.model.names import PyPIName, to_pypi_name
from compat.model.wheel_urls import is_wheel_url, parse_wheel_url

#: Algorithms that a lock may pin a file by; weaker ones are no pin.
_ALGORITHMS = ("sha256", "sha384", "sha512")
# Plain strings, as most files name nothing by URL.
_COMMIT = r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?"
_VCS = r"(git|hg|svn|bzr)\+"


@dataclass(frozen=True, slots=True)
class DirectPage:
    """`Page` of the file that a URL names; ``is_open`` says that its version is not known, so that every one will do."""

    file: DistFile
    version: str
    index: str = ""
    is_open: bool = False

    @property
    def versions(self) -> tuple[str, ...]:
        return (self.version,)

    def files(self, version: str, wanted: Callable[[str], bool] | None = None) -> tuple[DistFile, ...]:  # noqa: ARG002 - there is only one
        return (self.file,) if wanted is None or wanted(self.file.name) else ()


def direct_page(name: PyPIName, url: str, *, hashed: bool) -> DirectPage | str:
    """The page of *url* for *name*, or a sentence that says what it lacks.

    *hashed* says that somebody else knows the hash of the file, so that the URL need not.
    """
    if match := re.match(_VCS, url):
        commit = urlsplit(url).path.rpartition("@")[2] if "@" in urlsplit(url).path else ""
        if match[1] != "git" or not re.fullmatch(_COMMIT, commit):
            return f"{name} at {_shown(url)} names no commit: write its full hash after the path, `@` between"
        return f"{name} at {_shown(url)} says what it requires only once it is built: `--allow-build {name}`"
    hashes = hashes_of(url)
    if not hashes and not hashed:
        return f"{name} at {_shown(url)} may change: add its hash, `#sha256=...`"
    bare = url.partition("#")[0]
    if is_wheel_url(url):
        wheel = parse_wheel_url(url)
        if wheel is None:
            return f"{_shown(url)} has no file name that a wheel can have"
        if wheel.name != name:
            return f"{_shown(url)} is a wheel of {wheel.name}, not of {name}"
        return DirectPage(DistFile(wheel.text, bare, hashes), str(wheel.version))
    file = unquote(urlsplit(bare).path.rpartition("/")[2])
    try:
        found, version = parse_sdist_filename(file)
    except InvalidSdistFilename:
        return f"{name} at {_shown(url)} has no file name that tells its version, and no build is allowed"
    if to_pypi_name(found) != name:
        return f"{_shown(url)} is an sdist of {found}, not of {name}"
    return DirectPage(DistFile(file, bare, hashes), str(version))


def same_file(one: str, other: str) -> bool:
    """Whether two URLs name the same file; fragments only say more about it."""
    return one.partition("#")[0] == other.partition("#")[0]


def hashes_of(url: str) -> tuple[tuple[str, str], ...]:
    """The hashes in the fragment of *url*, sorted."""
    pairs = (part.partition("=") for part in url.partition("#")[2].split("&"))
    return tuple(sorted((key, value.lower()) for key, _, value in pairs if key in _ALGORITHMS and value))


def _shown(url: str) -> str:
    """*url* without credentials and fragment."""
    return re.sub(r"(//)[^/@]*@", r"\1", url.partition("#")[0])
