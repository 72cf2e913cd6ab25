"""The nearest change that solves a conflict: one member of it, in the release next to the one asked for."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.environments import CondaEntry
from compat.model.requirements import to_requirement
from compat.model.solutions import Candidate, Demand, Entry, Suggestion
from compat.resolve.admission import admits, exact_versions
from compat.resolve.derivation import telling_python
from compat.resolve.ports import Inquiry, Minor

#: How many releases are tried around the one asked for, nearest first.
MAX_TRIES = 40

#: Pythons, newest first, for which a change is tried.
MAX_PYTHONS = 3

#: A change is near that solves after fewer tries than this: about half as many releases up or down.
NEAR = 10

#: Projects that others are built for; where there is a choice, the others change.
_ANCHORS = ("torch", "tensorflow", "tensorflow-cpu", "tensorflow-gpu", "jax", "python")


def suggest(
    question: Inquiry, entries: Sequence[Entry], core: Sequence[Entry], pythons: Sequence[Minor]
) -> Suggestion | None:
    """The release nearest to the one asked for that solves, for the first member of *core* that has one near.

    Members that others are built for are tried last and only change by little; pip entries go before conda ones. Where
    nothing is near, the nearest of the other members.
    """
    anchors = [entry for entry in core if question.project(entry) in _ANCHORS]
    ordered = sorted(core, key=lambda entry: (entry in anchors, isinstance(entry, CondaEntry)))
    far: list[tuple[int, Suggestion]] = []
    for entry in ordered:
        found = _change(question, entries, core, entry, pythons)
        if found is not None and found[0] < NEAR:
            return found[1]
        if found is not None and entry not in anchors:
            far.append(found)
    return min(far, key=lambda found: found[0], default=(0, None))[1]


def _change(
    question: Inquiry, entries: Sequence[Entry], core: Sequence[Entry], entry: Entry, pythons: Sequence[Minor]
) -> tuple[int, Suggestion] | None:
    """The nearest release of *entry* that solves, after how many others that do not."""
    others = [other for other in entries if other is not entry]
    rest = [other for other in core if other is not entry]
    working = _working(question, others, pythons, entry)
    if not working:  # another conflict is left
        others = rest
        working = _working(question, others, pythons, entry)
    versions = _nearest_releases(question, entry, pythons) or _versions_others_pin(question, entry, core, pythons)
    for tried, version in enumerate(versions):
        # Cheap first: together with the rest of the core alone.
        if not _solves(question, rest, entry, version, working, may_break=True):
            continue
        if _solves(question, others, entry, version, working):
            return tried, Suggestion(entry=entry, name=question.project(entry), version=version)
    return None


def _working(question: Inquiry, entries: Sequence[Entry], pythons: Sequence[Minor], changed: Entry) -> list[Minor]:
    """The newest of *pythons* that satisfy *entries*, those first for which *changed* has a release somewhere.

    What is near to an old release does not serve the newest Pythons.
    """
    near = question.possible_pythons([changed], pythons, any_platform=True)
    possible = question.possible_pythons(entries, [*near, *(python for python in pythons if python not in near)])
    found = (python for python in possible if question.solve(python, entries) is not None)
    return list(itertools.islice(found, MAX_PYTHONS))


def _nearest_releases(question: Inquiry, entry: Entry, pythons: Sequence[Minor]) -> list[Version]:
    """Releases usable by some Python that *entry* does not admit, nearest first, the newer of two equally near."""
    demands = question.demands(pythons[0], [entry])
    if not demands:
        return []
    name = demands[0].requirement.name
    anything = [Demand(to_requirement(name, SpecifierSet(), text=name), None, None)]
    versions: dict[Version, None] = {}
    for python in pythons:
        for candidate in question.releases(python, name, anything):
            if candidate.version is not None and not candidate.sdist_only:
                versions.setdefault(candidate.version)
    source = question.source(pythons[0])
    ordered = sorted(versions, reverse=True)
    asked = _asked_position(ordered, demands[0])
    kept = [v for v in ordered if not source.is_satisfied(demands[0], Candidate(name, v))]
    kept.sort(key=lambda version: (abs(ordered.index(version) - asked), ordered.index(version)))
    return kept[:MAX_TRIES]


def _versions_others_pin(
    question: Inquiry, entry: Entry, core: Sequence[Entry], pythons: Sequence[Minor]
) -> list[Version]:
    """For a project whose releases the matrix does not list: the versions that the rest of the core pins it to."""
    python = telling_python(question, core, pythons)
    name, source = question.project(entry), question.source(python)
    found: dict[Version, None] = {}
    for demand in question.demands(python, [other for other in core if other is not entry]):
        for candidate in itertools.islice(source.matches(demand.requirement.name, [demand]), 3):
            for dependency in source.dependencies(candidate, demand.requirement.extras):
                if dependency.requirement.name == name:
                    found.update(dict.fromkeys(exact_versions(dependency)))
    return list(found)


def _asked_position(ordered: Sequence[Version], demand: Demand) -> float:
    """Where in *ordered* (newest first) the newest version that *demand* admits stands, or would stand."""
    for position, version in enumerate(ordered):
        if admits(demand, version):
            return position
    bound = next((Version(s.version.removesuffix(".*")) for s in demand.requirement.public if s.operator != "!="), None)
    if isinstance(demand.entry, CondaEntry) and demand.entry.spec.version is not None:
        text = demand.entry.spec.version.is_exact or demand.entry.spec.version.series
        bound = Version(text) if text else None
    if bound is None:
        return 0
    return sum(1 for version in ordered if version > bound) - 0.5


def _solves(
    question: Inquiry,
    others: Sequence[Entry],
    entry: Entry,
    version: Version,
    pythons: Sequence[Minor],
    *,
    may_break: bool = False,
) -> bool:
    """Whether *others* and *version* of the project of *entry* go together, and no known-broken pair has it.

    *may_break* leaves the pairs out, as is right where *others* are not all that bounds the rest.
    """
    for python in pythons:
        own = question.demands(python, [entry])
        if not own:
            continue
        requirement = own[0].requirement
        pin = f"=={version}"
        changed = to_requirement(
            requirement.name, SpecifierSet(pin), extras=requirement.extras, text=f"{requirement.name}{pin}"
        )
        picks = question.solve_demands(python, [*question.demands(python, others), Demand(changed, None, None)])
        if picks is None:
            continue
        if may_break or not any(
            requirement.name in (pair.first.name, pair.second.name) for pair in question.broken_couplings(picks)
        ):
            return True
    return False
