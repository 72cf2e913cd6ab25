"""Several pages of one project as one: find-links beside an index, or all indexes where any of them will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from packaging.version import Version

from compat.model.distributions import DistFile, Page


class JoinedPage:
    """`Page` over *pages*; of two files of one name that of the earlier page stays.

    ``index`` is the last page's: what find-links add is no index. A version is spelled as on the first page with it.
    """

    def __init__(self, pages: Sequence[Page]) -> None:
        self.index = pages[-1].index
        self._pages = pages

    @cached_property
    def _places(self) -> dict[Version, list[tuple[Page, str]]]:
        places: dict[Version, list[tuple[Page, str]]] = {}
        for page in self._pages:
            for version in page.versions:
                places.setdefault(Version(version), []).append((page, version))
        return dict(sorted(places.items(), reverse=True))

    @cached_property
    def _by_text(self) -> dict[str, list[tuple[Page, str]]]:
        return {found[0][1]: found for found in self._places.values()}

    @cached_property
    def versions(self) -> tuple[str, ...]:
        return tuple(self._by_text)

    def files(self, version: str, wanted: Callable[[str], bool] | None = None) -> tuple[DistFile, ...]:
        found: dict[str, DistFile] = {}
        for page, text in self._by_text.get(version, ()):
            for file in page.files(text, wanted):
                found.setdefault(file.name, file)
        return tuple(found[name] for name in sorted(found))
