"""Reading ahead: from a page to the METADATA of the release that will likely be chosen, to the pages of what it requires.

All of it is a guess that costs a question if it is wrong; nothing here decides anything. Without it a solver, which
asks for one METADATA after the other, would wait for each as long as the network takes to go there and back.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import lru_cache
from typing import TypeVar

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from compat.index.coming import Coming
from compat.model.distributions import CoreMetadata, DistFile, Page
from compat.model.errors import CompatError
from compat.model.names import PyPIName, to_pypi_name

T = TypeVar("T")

#: Chooses the wheel of a release to read ahead, or None.
Likely = Callable[[Sequence[DistFile]], DistFile | None]

#: Releases looked at for one requirement, guesses for one project, and projects in all.
_MAX_RELEASES = 40
_MAX_GUESSES = 3
_MAX_PROJECTS = 1500

#: Name, extras and specifier of a requirement, without its marker.
_PLAIN = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*\(?([^();@\[\]]*)\)?\s*")

#: What most locks are for. A marker that does not hold there is not followed.
_ENVIRONMENT = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}


class Ahead:
    """Args: *page* and *metadata* start a question without waiting for the answer."""

    def __init__(
        self,
        page: Callable[[PyPIName], Page | Coming | None],
        metadata: Callable[[PyPIName, DistFile], CoreMetadata | Coming | None],
        likely: Likely | None = None,
    ) -> None:
        self._page = page
        self._metadata = metadata
        self._likely = likely or likely_wheel
        self._wanted: dict[PyPIName, set[tuple[str, frozenset[str]]]] = {}
        self._lock = threading.Lock()

    def follow(self, name: PyPIName, specifier: str, extras: frozenset[str] = frozenset()) -> None:
        """Go on from the page of *name*, now or when it comes in. Raises: nothing."""
        with self._lock:
            wanted = self._wanted.setdefault(name, set())
            if (specifier, extras) in wanted or len(self._wanted) > _MAX_PROJECTS:
                return
            wanted.add((specifier, extras))
            if len(wanted) > _MAX_GUESSES:
                return
        _when_there(lambda: self._page(name), lambda page: self._choose(name, page, extras))

    def _choose(self, name: PyPIName, page: Page | None, extras: frozenset[str]) -> None:
        file = None if page is None else self._guess(page, self._specifier(name))
        if file is not None:
            _when_there(lambda: self._metadata(name, file), lambda found: self._spread(found, extras))

    def _specifier(self, name: PyPIName) -> str:
        """What is wanted of *name* so far, all together: the newest that one of them admits may be out for another."""
        with self._lock:
            return ",".join(sorted({specifier for specifier, _ in self._wanted[name] if specifier}))

    def _guess(self, page: Page, text: str) -> DistFile | None:
        """The wheel of the newest release that *text* admits."""
        try:
            specifier = SpecifierSet(text)
        except InvalidSpecifier:
            return None
        admitted = (v for v in page.versions if specifier.contains(Version(v)))
        for version, _ in zip(admitted, range(_MAX_RELEASES), strict=False):
            file = self._likely([file for file in page.files(version) if file.yanked is None])
            if file is not None:
                return file
        return None

    def _spread(self, found: CoreMetadata | None, extras: frozenset[str]) -> None:
        for requirement in _applying(found.requires if found is not None else (), extras):
            self.follow(*requirement)


def likely_wheel(files: Sequence[DistFile]) -> DistFile | None:
    """The wheel for everywhere, else one for Linux, best for this Python; those of one release mostly declare the same."""
    own = f"-cp{sys.version_info[0]}{sys.version_info[1]}-"
    linux = [file for file in files if "manylinux" in file.name and file.name.endswith("x86_64.whl")]
    return (
        next((file for file in files if file.name.endswith("-none-any.whl")), None)
        or next((file for file in linux if own in file.name or "-abi3-" in file.name), None)
        or next(reversed(linux), None)
    )


def _applying(texts: Sequence[str], extras: frozenset[str]) -> Iterator[tuple[PyPIName, str, frozenset[str]]]:
    """Name, specifier and extras of the requirements that count; what is not written plainly is not followed.

    Parsing all of them properly would take as long as asking for as many files.
    """
    for text in texts:
        head, _, marker = text.partition(";")
        match = _PLAIN.fullmatch(head)
        if match is not None and (not marker or _holds(marker.strip(), extras)):
            own = match[2] or ""
            yield to_pypi_name(match[1]), match[3].strip(), frozenset(filter(None, map(str.strip, own.split(","))))


@lru_cache(maxsize=4096)
def _holds(text: str, extras: frozenset[str]) -> bool:
    if "extra" in text and not any(extra in text for extra in extras):
        return False  # as most, and they need not be parsed
    try:
        marker = Marker(text)
        return any(marker.evaluate({**_ENVIRONMENT, "extra": extra}) for extra in extras or {""})
    except (InvalidMarker, UndefinedEnvironmentName):
        return False


def _when_there(ask: Callable[[], T | Coming], then: Callable[[T], None]) -> None:
    """Call *then* with the answer, at once or later; what cannot be had will be said to who really asks for it."""
    try:
        found = ask()
        if isinstance(found, Coming):
            found.future.add_done_callback(lambda done: _pass_on(done, then))
        else:
            then(found)
    except CompatError:
        return


def _pass_on(done: Future[T], then: Callable[[T], None]) -> None:
    if done.cancelled() or done.exception() is not None:
        return
    try:
        then(done.result())
    except CompatError:
        return
