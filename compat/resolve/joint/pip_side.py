"""The pip part of a joint solve, over package indexes: requirements beside what conda installs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from packaging.version import Version

from compat.model.joint import Ask, Installed, InstalledPart, PipSolution
from compat.model.locking import LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict
from compat.model.targets import Target
from compat.resolve.pip.conflict import explain
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.installed_listing import InstalledListing
from compat.resolve.pip.solve import Prepared, Settings, Undecided, choose, prepare, to_locked
from compat.resolve.pip.walk_state import Chosen

Offers = Mapping[PyPIName, Sequence[Version]]


class PipSide(Protocol):
    """Pip's part of a joint solve. All may raise UnreachedError."""

    @property
    def entries(self) -> tuple[PipEntry, ...]:
        """All that the files ask of pip, whether or not it counts for the target."""
        ...

    def solve(
        self, part: InstalledPart, offers: Offers | None = None, entries: Sequence[PipEntry] | None = None
    ) -> PipSolution | Undecided | None:
        """What pip installs beside *part*; None where nothing does.

        Of the projects in *offers* one of these versions may be chosen, the one in *part* first. *entries* are those of
        `entries` that are looked at. Called a few times in a solve, some dozen times for an explanation.
        """
        ...

    def explain(self, part: InstalledPart, entries: Sequence[PipEntry] | None = None) -> Conflict:
        """Why nothing does, beside *part* as it is. Called once or twice."""
        ...


class IndexPipSide:
    """`PipSide` over package indexes: what `compat.resolve.pip.solve.solve_target` is for a pip part alone."""

    def __init__(
        self,
        entries: Sequence[PipEntry],
        target: Target,
        shared: Shared,
        settings: Settings = Settings(),  # noqa: B008 - a constant
        name: str = "",
    ) -> None:
        self._entries = tuple(entries)
        self._target = target
        self._shared = shared
        self._settings = settings
        self._name = name

    @property
    def entries(self) -> tuple[PipEntry, ...]:
        return self._entries

    def solve(
        self, part: InstalledPart, offers: Offers | None = None, entries: Sequence[PipEntry] | None = None
    ) -> PipSolution | Undecided | None:
        settings = self._beside(part, offers or {})
        question = self._prepare(settings, entries)
        found = choose(question, settings)
        if found is None or isinstance(found, Undecided):
            return found
        locked = to_locked(question, found, self._name)
        beside = {name: one for name, one in found.items() if isinstance(one.listing, InstalledListing)}
        asked = {name: tuple(_asks(question, one, locked)) for name, one in beside.items()}
        notes = dict.fromkeys(note for name in sorted(beside) for note in _notes(beside[name], asked[name]))
        return PipSolution(
            locked._replace(notes=(*locked.notes, *notes)),
            asked,
            {name: one.listing.shelf.version(one.position) for name, one in beside.items()},
        )

    def explain(self, part: InstalledPart, entries: Sequence[PipEntry] | None = None) -> Conflict:
        settings = self._beside(part, {})
        return explain(self._prepare(settings, entries), settings, self._shared)

    def _beside(self, part: InstalledPart, offers: Offers) -> Settings:
        current = {name: str(one.version) for name in offers if (one := part.projects[name]).version is not None}
        return self._settings._replace(
            installed=part.projects,
            offers=offers,
            python_version=part.python,
            preferred={**self._settings.preferred, **current},
            upgrade=frozenset(self._settings.upgrade) - current.keys(),
        )

    def _prepare(self, settings: Settings, entries: Sequence[PipEntry] | None) -> Prepared:
        chosen = self._entries if entries is None else entries
        return prepare(chosen, self._target, self._shared.packages, settings, self._shared)


def _asks(question: Prepared, one: Chosen, locked: LockedTarget) -> Iterator[Ask]:
    """Who asks for an installed project: lines of the files first."""
    name = one.listing.name
    for demand in question.demands:
        if demand.requirement.name == name and isinstance(demand.entry, PipEntry):
            yield Ask(demand.requirement, demand.entry)
    versions = {package.name: package.version for package in locked.packages}
    roots = {entry.name: entry for entry in reversed(question.entries) if not entry.constraint}
    for requirement, parent in dict.fromkeys(one.asked):
        entry = bringer(parent, locked, roots)
        if parent in versions:
            yield Ask(requirement, entry, parent, versions[parent])
        elif parent != name:
            yield Ask(requirement, roots.get(parent), parent)  # an extra of another project that conda installs


def bringer(parent: PyPIName, locked: LockedTarget, roots: Mapping[PyPIName, PipEntry]) -> PipEntry | None:
    """The line that asks for *parent*, or for what brings it, the nearest one."""
    askers = {package.name: [a.parent for a in package.askers if a.parent is not None] for package in locked.packages}
    agenda = [parent]
    for one in agenda:  # grows while it is walked
        if one in roots:
            return roots[one]
        agenda.extend(asker for asker in askers.get(one, ()) if asker not in agenda)
    return None


def _notes(one: Chosen, asked: Sequence[Ask]) -> Iterator[str]:
    """What of the demands on an installed project was not taken by its word."""
    listing = one.listing
    assert isinstance(listing, InstalledListing)
    installed: Installed = listing.installed
    title = f"{installed.record.name} {installed.record.version}"
    for ask in asked:
        requirement = ask.requirement
        if listing.is_open and (requirement.specifier or requirement.url):
            yield f"`{requirement.text}` is taken as satisfied by conda's {title}, whose version is no version to pip"
        elif requirement.labels:
            label = requirement.labels[0]
            yield f"`{requirement.text}` is satisfied by conda's {title}: the label +{label} names a build that pip has"
        elif requirement.url is not None:
            yield f"`{requirement.name}` is asked for by URL, and conda's {title} is installed instead"
    extras = sorted({to_pypi_name(extra) for extra in one.extras})
    declared = listing.on_index(one.position) if extras else None
    for extra in extras:
        if declared is None:
            yield f"what the extra `{extra}` of conda's {title} requires is not known: no index has that release"
        elif extra not in declared.extras:
            yield f"{installed.name} {listing.shelf.texts[one.position]} has no extra `{extra}`"
