"""Reading ahead: from a page to the METADATA of the release that will likely be chosen, to the pages of what it requires.

All of it is a guess that costs a question if it is wrong; nothing here decides anything. Without it a solver, which
asks for one METADATA after the other, would wait for each as long as the network takes to go there and back.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

from packaging.requirements import InvalidRequirement, Requirement
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
        self._guesses: dict[PyPIName, set[tuple[str, frozenset[str]]]] = {}
        self._lock = threading.Lock()

    def follow(self, name: PyPIName, specifier: str, extras: frozenset[str] = frozenset()) -> None:
        """Go on from the page of *name*, now or when it comes in. Raises: nothing."""
        with self._lock:
            known = self._guesses.setdefault(name, set())
            guess = (specifier, extras)
            if guess in known or len(known) >= _MAX_GUESSES or len(self._guesses) > _MAX_PROJECTS:
                return
            known.add(guess)
        _when_there(lambda: self._page(name), lambda page: self._choose(name, page, specifier, extras))

    def _choose(self, name: PyPIName, page: Page | None, specifier: str, extras: frozenset[str]) -> None:
        file = None if page is None else self._guess(page, specifier)
        if file is not None:
            _when_there(lambda: self._metadata(name, file), lambda found: self._spread(found, extras))

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
            name = to_pypi_name(requirement.name)
            self.follow(name, str(requirement.specifier), frozenset(requirement.extras))


def likely_wheel(files: Sequence[DistFile]) -> DistFile | None:
    """The wheel for everywhere, else one for Linux, best for this Python; those of one release mostly declare the same."""
    own = f"-cp{sys.version_info[0]}{sys.version_info[1]}-"
    linux = [file for file in files if "manylinux" in file.name and file.name.endswith("x86_64.whl")]
    return (
        next((file for file in files if file.name.endswith("-none-any.whl")), None)
        or next((file for file in linux if own in file.name or "-abi3-" in file.name), None)
        or next(reversed(linux), None)
    )


def _applying(texts: Sequence[str], extras: frozenset[str]) -> Iterator[Requirement]:
    for text in texts:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        marker = requirement.marker
        if requirement.url is None and (
            marker is None or any(marker.evaluate({**_ENVIRONMENT, "extra": extra}) for extra in extras or {""})
        ):
            yield requirement


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
