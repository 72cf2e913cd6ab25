"""Explaining why nothing can be installed: the minimal set, what each member needs, and the nearest change."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.diagnostics import Evidence
from compat.model.environments import CondaEntry
from compat.model.names import PyPIName
from compat.model.requirements import to_requirement
from compat.model.solutions import (
    ABOUT_PYTHON,
    Candidate,
    Conflict,
    Demand,
    Entry,
    Rejection,
    Situation,
    Step,
    Suggestion,
)
from compat.model.targets import PYTHON_MINORS
from compat.resolve.admission import admits, exact_versions
from compat.resolve.explain import minimal_set
from compat.resolve.ports import CandidateSource
from compat.resolve.propagate import propagate
from compat.resolve.question import Minor, Question
from compat.resolve.solve import solve

#: How many releases are tried around the one asked for, nearest first, when looking for a change that solves.
MAX_TRIES = 40

#: Pythons, newest first, for which a change is tried.
MAX_PYTHONS = 3

#: Projects outside the core that are named in one derivation.
MAX_SHARED = 2

#: A change is near that solves after fewer tries than this: about half as many releases up or down.
NEAR = 10

#: Projects that others are built for; where there is a choice, the others change.
_ANCHORS = ("torch", "tensorflow", "tensorflow-cpu", "tensorflow-gpu", "jax", "python")


class _Circumstance(Enum):
    """What stands outside the file and can be part of a conflict."""

    PYTHON = "python"
    PLATFORM = "platform"


def find_conflict(question: Question, entries: Sequence[Entry], situation: Situation) -> Conflict:
    """The conflict among *entries*, which no Python of *situation* satisfies. Raises: SearchCutOffError."""

    def is_solvable(items: Sequence[Entry | _Circumstance]) -> bool:
        pythons = situation.pythons if _Circumstance.PYTHON in items else PYTHON_MINORS
        chosen = [item for item in items if not isinstance(item, _Circumstance)]
        return question.is_solvable(chosen, pythons, any_platform=_Circumstance.PLATFORM not in items)

    suspects = _suspects(question, entries, situation.pythons)
    items = minimal_set([*suspects, _Circumstance.PYTHON, _Circumstance.PLATFORM], is_solvable)
    core = tuple(item for item in items if not isinstance(item, _Circumstance))
    python = _Circumstance.PYTHON in items and _is_mended_elsewhere(question, core)
    asked = situation.pythons if python else PYTHON_MINORS
    outside = python or _Circumstance.PLATFORM in items
    steps, rejections = _derive(question, core, asked, outside=outside)
    return Conflict(
        entries=core,
        projects=tuple(question.project(entry) for entry in core),
        python=python,
        platform=_Circumstance.PLATFORM in items,
        steps=steps,
        rejections=rejections,
        suggestion=_suggest(question, entries, core, situation.pythons),
    )


def _is_mended_elsewhere(question: Question, core: Sequence[Entry]) -> bool:
    """Whether some Python has known releases for *core*, or all that is known of every Python is that more may come."""
    solutions = [(question.solve(python, core), python) for python in question.possible_pythons(core, PYTHON_MINORS)]
    found = [(picks, python) for picks, python in solutions if picks is not None]
    return not found or any(question.is_known(picks, python) for picks, python in found)


def _suspects(question: Question, entries: Sequence[Entry], pythons: Sequence[Minor]) -> list[Entry]:
    """The entries that clash for one Python or another by what they force; all of them where only a search could tell."""
    found: dict[int, Entry] = {}
    for python in pythons:
        clash = propagate(question.demands(python, entries), question.source(python))
        if clash is None:
            return list(entries)
        found.update((id(demand.entry), demand.entry) for demand in clash if demand.entry is not None)
    return [entry for entry in entries if id(entry) in found]


# -- the derivation ----------------------------------------------------------------------------------------------------


class _Need(NamedTuple):
    """A requirement of a candidate that a member of the core admits."""

    project: PyPIName
    candidate: Candidate
    demand: Demand


def _derive(
    question: Question, core: Sequence[Entry], pythons: Sequence[Minor], *, outside: bool
) -> tuple[tuple[Step, ...], tuple[Rejection, ...]]:
    """What the releases that *core* admits require of each other, and which were rejected and why.

    *outside* says that Python or the platform is part of the conflict; without it, rejected releases beside usable
    ones explain nothing.
    """
    python = _telling_python(question, core, pythons)
    by_project: dict[PyPIName, list[Demand]] = {}
    for demand in question.demands(python, core):
        by_project.setdefault(demand.requirement.name, []).append(demand)
    admitted: dict[PyPIName, list[Candidate]] = {}
    needs: list[_Need] = []
    rejections: list[Rejection] = []
    source = question.source(python)
    for name, demands in by_project.items():
        admitted[name], rejected = _candidates(question, name, demands, pythons)
        if outside or not admitted[name]:
            rejections.extend(rejected)
        extras = {extra for demand in demands for extra in demand.requirement.extras}
        for candidate in admitted[name]:
            for asked in (frozenset[str](), frozenset(extras)) if extras else (frozenset[str](),):
                needs.extend(_Need(name, candidate, d) for d in source.dependencies(candidate, asked))
    steps = [*_need_steps(source, needs, admitted, by_project), *_rejection_steps(rejections)]
    return tuple(steps), tuple(rejections)


def _telling_python(question: Question, core: Sequence[Entry], pythons: Sequence[Minor]) -> Minor:
    """A Python for which each member of *core* alone can be installed, so that only their clash is told."""
    for python in pythons:
        if all(question.solve(python, [entry]) is not None for entry in core):
            return python
    return pythons[0]


def _candidates(
    question: Question, name: PyPIName, demands: Sequence[Demand], pythons: Sequence[Minor]
) -> tuple[list[Candidate], list[Rejection]]:
    """Usable and rejected candidates over all of *pythons*, each release once; one that some Python takes is usable.

    Of several reasons to reject a release, one that no Python mends is kept.
    """
    usable: dict[Version | None, Candidate] = {}
    rejected: dict[Version, Rejection] = {}
    for python in pythons:
        source = question.source(python)
        for candidate in source.matches(name, demands):
            usable.setdefault(candidate.version, candidate)
        for rejection in source.rejections(name, demands):
            known = rejected.get(rejection.version)
            if known is None or (known.reason in ABOUT_PYTHON and rejection.reason not in ABOUT_PYTHON):
                rejected[rejection.version] = rejection
    return list(usable.values()), [rejection for version, rejection in rejected.items() if version not in usable]


def _need_steps(
    source: CandidateSource,
    needs: Sequence[_Need],
    admitted: Mapping[PyPIName, Sequence[Candidate]],
    asked: Mapping[PyPIName, Sequence[Demand]],
) -> Iterator[Step]:
    """A sentence for each requirement that leaves another member of the core, or what both need, without a release.

    Of projects outside the core that two members disagree about, the first two tell enough.
    """
    told: dict[tuple[PyPIName, PyPIName], list[_Need]] = {}
    outside: set[PyPIName] = set()
    for need in needs:
        wanted = need.demand.requirement.name
        if wanted == need.project or (wanted not in admitted and wanted not in outside and len(outside) == MAX_SHARED):
            continue
        if _excludes(source, need, needs, admitted, asked):
            told.setdefault((need.project, wanted), []).append(need)
            outside.update({wanted} - admitted.keys())
    for (name, wanted), found in told.items():
        candidate, demand = found[0].candidate, found[0].demand
        evidence = _metadata_evidence(candidate, demand)
        specs = list(dict.fromkeys(str(need.demand.requirement.specifier) for need in found))
        if len(found) == 1:
            yield Step(f"{name} {candidate.version} requires {_spelled(demand)}", evidence)
        elif len(specs) == 1:
            yield Step(
                f"{name} {found[-1].candidate.version} to {candidate.version} require {_spelled(demand)}", evidence
            )
        else:
            shown = ", ".join(specs[:4]) + (f" and {len(specs) - 4} more" if len(specs) > 4 else "")
            yield Step(
                f"{name} {found[-1].candidate.version} to {candidate.version} require {wanted} {shown}, by release",
                evidence,
            )
        if wanted not in admitted and not source.matches(wanted, [demand]):
            yield from _rejection_steps(source.rejections(wanted, [demand]))


def _excludes(
    source: CandidateSource,
    need: _Need,
    needs: Sequence[_Need],
    admitted: Mapping[PyPIName, Sequence[Candidate]],
    asked: Mapping[PyPIName, Sequence[Demand]],
) -> bool:
    """Whether *need* takes part in the conflict: it rules out a candidate of the core, clashes, or cannot be met."""
    wanted = need.demand.requirement.name
    if wanted in admitted:
        if not all(source.is_satisfied(need.demand, candidate) for candidate in admitted[wanted]):
            return True
        return not source.matches(wanted, [*asked[wanted], need.demand])
    others = [o.demand for o in needs if o.demand.requirement.name == wanted and o.project != need.project]
    if not source.matches(wanted, [need.demand]):
        return True
    return any(not source.matches(wanted, [need.demand, other]) for other in others)


def _metadata_evidence(candidate: Candidate, demand: Demand) -> Evidence | None:
    release = candidate.release
    if release is None:
        return None
    claim = f"{candidate.name} {candidate.version} requires {_spelled(demand)}"
    special = (key for key, requires in release.requires_on.items() if demand.requirement in requires)
    key = None if demand.requirement in release.requires else next(special, None)
    fact = release.fact if key is None else release.facts_on.get(key, release.fact)
    return Evidence(claim=claim, source=fact.source, read_on=fact.read_on, thin=fact.thin)


def _spelled(demand: Demand) -> str:
    requirement = demand.requirement
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"


def _rejection_steps(rejections: Sequence[Rejection]) -> Iterator[Step]:
    """The rejection of the newest release of each project for each reason: older ones say the same."""
    told: set[tuple[PyPIName, object]] = set()
    for rejection in rejections:
        key = (rejection.name, rejection.reason)
        if key not in told:
            told.add(key)
            yield Step(rejection.detail, rejection.evidence)


# -- the nearest change -------------------------------------------------------------------------------------------------


def _suggest(
    question: Question, entries: Sequence[Entry], core: Sequence[Entry], pythons: Sequence[Minor]
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
    question: Question, entries: Sequence[Entry], core: Sequence[Entry], entry: Entry, pythons: Sequence[Minor]
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


def _working(question: Question, entries: Sequence[Entry], pythons: Sequence[Minor], changed: Entry) -> list[Minor]:
    """The newest of *pythons* that satisfy *entries*, those first for which *changed* has a release somewhere.

    What is near to an old release does not serve the newest Pythons.
    """
    near = question.possible_pythons([changed], pythons, any_platform=True)
    possible = question.possible_pythons(entries, [*near, *(python for python in pythons if python not in near)])
    found = (python for python in possible if question.solve(python, entries) is not None)
    return list(itertools.islice(found, MAX_PYTHONS))


def _nearest_releases(question: Question, entry: Entry, pythons: Sequence[Minor]) -> list[Version]:
    """Releases usable by some Python that *entry* does not admit, nearest first, the newer of two equally near."""
    demands = question.demands(pythons[0], [entry])
    if not demands:
        return []
    name = demands[0].requirement.name
    anything = [Demand(to_requirement(name, SpecifierSet(), text=name), None, None)]
    versions: dict[Version, None] = {}
    for python in pythons:
        for candidate in question.source(python).matches(name, anything):
            if candidate.version is not None and not candidate.sdist_only:
                versions.setdefault(candidate.version)
    source = question.source(pythons[0])
    ordered = sorted(versions, reverse=True)
    asked = _asked_position(ordered, demands[0])
    kept = [v for v in ordered if not source.is_satisfied(demands[0], Candidate(name, v))]
    kept.sort(key=lambda version: (abs(ordered.index(version) - asked), ordered.index(version)))
    return kept[:MAX_TRIES]


def _versions_others_pin(
    question: Question, entry: Entry, core: Sequence[Entry], pythons: Sequence[Minor]
) -> list[Version]:
    """For a project whose releases the matrix does not list: the versions that the rest of the core pins it to."""
    python = _telling_python(question, core, pythons)
    name, source = question.project(entry), question.source(python)
    found: dict[Version, None] = {}
    for demand in question.demands(python, [other for other in core if other is not entry]):
        for candidate in source.matches(demand.requirement.name, [demand])[:3]:
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
    question: Question,
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
        picks = solve([*question.demands(python, others), Demand(changed, None, None)], question.source(python))
        if picks is None:
            continue
        if may_break or not any(
            requirement.name in (pair.first.name, pair.second.name) for pair in question.broken_couplings(picks)
        ):
            return True
    return False
