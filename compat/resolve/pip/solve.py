"""Solving pip requirements for one target against package indexes, into what a lock holds of that target.

A walk that learns (`pip_walk`) finds nearly every solution. Where it gives up, what is pinned is followed to a clash, or
resolvelib searches. A set without solution is reduced to the requirements that clash (`pip_conflict`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.version import Version

from compat.model.distributions import PackageSource
from compat.model.joint import Installed
from compat.model.locking import Asker, LockedPackage, LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Demand, Reason
from compat.model.targets import Target
from compat.resolve.pip.direct import DirectPage
from compat.resolve.pip.index_listing import Listing, Shared
from compat.resolve.pip.index_source import IndexSource
from compat.resolve.pip.installed_listing import InstalledListing
from compat.resolve.pip.walk import GaveUpError, ImpossibleError, Walk
from compat.resolve.pip.walk_state import Chosen
from compat.resolve.pip.wheel_fit import with_glibc
from compat.resolve.propagate import is_constraint, propagate
from compat.resolve.situation import applying_pip, pip_demand


class Undecided(NamedTuple):
    """The search was cut off: neither a solution nor a conflict is known."""

    why: str


class Settings(NamedTuple):
    """How releases are chosen, beyond what the requirements say.

    ``preferred`` are the versions of the previous lock, which are kept where they still fit, those of ``upgrade`` aside.
    ``exclude_newer`` is a day or a time as for `Judge`. ``hashed`` are projects asked for by URL whose hash somebody else
    knows or will find out, so that the URL may lack it: the file of the locked package then has none. ``pages`` are
    what the caller has found out about others that are asked for by URL. ``installed`` are projects that conda installs:
    each is there at its version, brings nothing and is not locked. Where it may still change, ``offers`` hold the versions
    to choose from. ``python_version`` is the full version of conda's Python.
    """

    preferred: Mapping[PyPIName, str] = {}
    upgrade: Collection[PyPIName] = ()
    exclude_newer: str = ""
    hashed: Collection[PyPIName] = ()
    pages: Mapping[PyPIName, DirectPage] = {}
    installed: Mapping[PyPIName, Installed] = {}
    offers: Mapping[PyPIName, Sequence[Version]] = {}
    python_version: str = ""


def solve_target(
    entries: Sequence[PipEntry],
    target: Target,
    packages: PackageSource,
    settings: Settings = Settings(),  # noqa: B008 - a constant
    *,
    shared: Shared | None = None,
    name: str = "",
) -> LockedTarget | Conflict | Undecided:
    """What is locked for *target*, which names its Python; or why nothing can be, or that this is not known.

    Args: *entries* are all that the files ask for; markers decide which of them count here. Editable entries are members
    of the workspace: the caller adds what they require as entries of its own. *shared* is one object for all targets of a
    run. *name* is that of the target's files, its subdir if empty.  Raises: UnreachedError.
    """
    shared = shared or Shared(packages)
    question = prepare(entries, target, packages, settings, shared)
    found = choose(question, settings)
    if found is not None and not isinstance(found, Undecided):
        return to_locked(question, found, name)
    from compat.resolve.pip.conflict import explain, impossible_part  # most sets have a solution

    part = None if found is None else impossible_part(question)
    if isinstance(found, Undecided) and part is None:
        return found
    return explain(question, settings, shared, part)


def choose(question: Prepared, settings: Settings) -> Mapping[PyPIName, Chosen] | Undecided | None:
    """The releases that go together; None where there are none. Raises: UnreachedError."""
    preferred = {one: version for one, version in settings.preferred.items() if one not in settings.upgrade}
    try:
        return Walk(question.source, question.demands, preferred).solve()
    except ImpossibleError as error:
        return None if error.proved else search_or_follow(question.source, question.demands)
    except GaveUpError:
        return search_or_follow(question.source, question.demands)


class Prepared(NamedTuple):
    """The entries that count for one target, as demands, and the source to ask; ``given`` are all entries."""

    given: Sequence[PipEntry]
    entries: tuple[PipEntry, ...]
    target: Target
    python: tuple[int, int]
    demands: list[Demand]
    source: IndexSource


def prepare(
    entries: Sequence[PipEntry],
    target: Target,
    packages: PackageSource,
    settings: Settings,
    shared: Shared | None,
    python: tuple[int, int] | None = None,
    *,
    any_platform: bool = False,
) -> Prepared:
    """The question for *target*, or for another *python* and *any_platform* where an explanation asks what they change."""
    if (wanted := target.python) is None:
        raise ValueError("a target to lock for names its Python")
    python = python or wanted
    target = with_glibc(target)._replace(python=python)
    counting = list(applying_pip(entries, target, python))
    provided = frozenset(entry.name for entry in counting if entry.editable)
    applying = tuple(
        # uv's overrides say what a project must be, and install nothing by themselves.
        entry._replace(constraint=True) if entry.override else entry
        for entry in counting
        if entry.name not in provided
    )
    overridden = frozenset(entry.name for entry in applying if entry.override)
    urls = {entry.name: entry.requirement.url for entry in reversed(applying) if entry.requirement.url is not None}
    source = IndexSource(
        packages,
        target,
        python,
        shared=shared,
        urls=urls,
        hashed=settings.hashed,
        pages=settings.pages,
        provided=provided,
        overridden=overridden,
        installed=settings.installed,
        offers=settings.offers,
        python_version=settings.python_version if python == wanted else "",
        exclude_newer=settings.exclude_newer,
        any_platform=any_platform,
        guess=any_platform or python != wanted,
    )
    demands = [pip_demand(entry) for entry in applying]
    return Prepared(entries, applying, target, python, demands, source)


def search_or_follow(source: IndexSource, demands: Sequence[Demand]) -> dict[PyPIName, Chosen] | Undecided | None:
    """What goes together, by following what is pinned, then by resolvelib's search; None where nothing does."""
    from compat.resolve.ports import SearchCutOffError
    from compat.resolve.solve import search  # the walk solves nearly all

    try:
        if propagate(demands, source) is not None:
            return None
        picks = search(demands, source, tries=math.inf)  # a lock may take its time
    except SearchCutOffError:
        return Undecided("the search for releases that go together was cut off")
    if picks is None:
        return None
    found: dict[PyPIName, Chosen] = {}
    for name, pick in picks.items():
        listing = source.listing(name)
        assert isinstance(listing, Listing)
        assert pick.version is not None
        position = listing.shelf.position(pick.version)
        assert position is not None
        asked = [(d.requirement, d.parent.name) for d in pick.demands if d.parent is not None]
        extras = frozenset(extra for demand in pick.demands for extra in demand.requirement.extras)
        found[name] = Chosen(listing, position, tuple(dict.fromkeys(asked)), extras)
    return found


def to_locked(question: Prepared, chosen: Mapping[PyPIName, Chosen], name: str) -> LockedTarget:
    """What is locked of the releases that were *chosen*: all but what conda installs."""
    chosen = {one: what for one, what in chosen.items() if not isinstance(what.listing, InstalledListing)}
    places: dict[PyPIName, list[Asker]] = {}
    for demand in question.demands:
        entry = demand.entry
        if isinstance(entry, PipEntry) and not is_constraint(demand):
            places.setdefault(entry.name, []).append(Asker(entry.requirement.text, place=entry.place))
    packages = tuple(_to_package(question, chosen[one], chosen, tuple(places.get(one, ()))) for one in sorted(chosen))
    return LockedTarget(question.target, name or question.target.subdir, packages, tuple(_notes(question, chosen)))


def _to_package(
    question: Prepared, one: Chosen, chosen: Mapping[PyPIName, Chosen], roots: tuple[Asker, ...]
) -> LockedPackage:
    listing = one.listing
    verdict = listing.verdict(one.position)
    declared = listing.declared(one.position)
    assert not isinstance(verdict, Reason)
    assert not isinstance(declared, Reason)
    name = listing.name
    needs = {
        requirement.name
        for extras in (frozenset[str](), one.extras)
        for requirement in question.source.requires(name, one.position, extras)
        if requirement.name != name and requirement.name in chosen
    }
    askers = [Asker(requirement.text, parent) for requirement, parent in one.asked if parent != name]
    return LockedPackage(
        name=name,
        version=listing.shelf.texts[one.position],
        index_url=listing.shelf.page.index,
        files=verdict.files,
        requires_python=declared.metadata.requires_python or verdict.files[0].requires_python,
        dependencies=tuple(sorted(needs)),
        url=verdict.files[0].url if listing.is_direct else None,
        askers=(*roots, *dict.fromkeys(askers)),
        requires=declared.metadata.requires,
    )


def _notes(question: Prepared, chosen: Mapping[PyPIName, Chosen]) -> Iterator[str]:
    """What was done that the reader may not expect, by project."""
    for name in sorted(chosen):
        listing, position, _, extras = chosen[name]
        verdict, declared = listing.verdict(position), listing.declared(position)
        assert not isinstance(verdict, Reason)
        assert not isinstance(declared, Reason)
        what = f"{name} {listing.shelf.texts[position]}"
        for extra in sorted(set(map(to_pypi_name, extras)) - declared.extras):
            yield f"{what} has no extra `{extra}`"
        if verdict.yanked:
            yield f"{what} is yanked ({verdict.files[0].yanked})"
        if verdict.partly:
            yield f"{what} has Requires-Python {verdict.files[0].requires_python}, so not every patch release will do"
        if not verdict.wheels:
            file = verdict.files[0]
            if file.url.startswith("git+"):
                yield f"{name} comes from a repository: it is built when it is installed"
            else:
                yield f"{what} has no wheel for {question.target.subdir}: its sdist is built when it is installed"
