"""Telling a conflict as sentences: what each member of the minimal set requires, and which releases were rejected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.version import Version

from compat.model.diagnostics import Evidence
from compat.model.names import PyPIName
from compat.model.solutions import ABOUT_PYTHON, Candidate, Demand, Entry, Rejection, Step
from compat.resolve.ports import CandidateSource, Inquiry, Minor

#: Projects outside the core that are named in one derivation.
MAX_SHARED = 2


class Need(NamedTuple):
    """A requirement of a candidate that a member of the core admits."""

    project: PyPIName
    candidate: Candidate
    demand: Demand
    via: Demand | None = None
    """The requirement that brings *candidate*, where that is not a release of *project* itself."""


def derive(
    question: Inquiry, core: Sequence[Entry], pythons: Sequence[Minor], *, outside: bool
) -> tuple[tuple[Step, ...], tuple[Rejection, ...]]:
    """What the releases that *core* admits require of each other, and which were rejected and why.

    *outside* says that Python or the platform is part of the conflict; without it, rejected releases beside usable
    ones explain nothing.
    """
    python = telling_python(question, core, pythons)
    by_project: dict[PyPIName, list[Demand]] = {}
    for demand in question.demands(python, core):
        by_project.setdefault(demand.requirement.name, []).append(demand)
    admitted: dict[PyPIName, list[Candidate]] = {}
    needs: list[Need] = []
    rejections: list[Rejection] = []
    source = question.source(python)
    for name, demands in by_project.items():
        admitted[name], rejected = _candidates(question, name, demands, pythons)
        if outside or not admitted[name]:
            rejections.extend(rejected)
        extras = {extra for demand in demands for extra in demand.requirement.extras}
        for candidate in admitted[name]:
            for asked in (frozenset[str](), frozenset(extras)) if extras else (frozenset[str](),):
                needs.extend(Need(name, candidate, d) for d in source.dependencies(candidate, asked))
    told = list(_need_steps(source, needs, admitted, by_project))
    if not told:
        told.extend(_need_steps(source, [*needs, *_through_pins(source, needs, admitted)], admitted, by_project))
    steps = [*told, *rejection_steps(rejections)]
    return tuple(steps), tuple(rejections)


def _through_pins(
    source: CandidateSource, needs: Sequence[Need], admitted: Mapping[PyPIName, Sequence[Candidate]]
) -> Iterator[Need]:
    """What the only releases that *needs* leave require: a project that is split by platform requires all it needs so."""
    for need in tuple(needs):
        matches = source.matches(need.demand.requirement.name, [need.demand])
        for candidate in matches if need.demand.requirement.name not in admitted and len(matches) == 1 else ():
            for extras in {frozenset[str](), need.demand.requirement.extras}:
                for demand in source.dependencies(candidate, extras):
                    yield Need(need.project, candidate, demand, need.demand)


def telling_python(question: Inquiry, core: Sequence[Entry], pythons: Sequence[Minor]) -> Minor:
    """A Python for which each member of *core* alone can be installed, so that only their clash is told."""
    for any_platform in (False, True):
        for python in pythons:
            if all(question.solve(python, [entry], any_platform=any_platform) is not None for entry in core):
                return python
    return pythons[0]


def _candidates(
    question: Inquiry, name: PyPIName, demands: Sequence[Demand], pythons: Sequence[Minor]
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
    needs: Sequence[Need],
    admitted: Mapping[PyPIName, Sequence[Candidate]],
    asked: Mapping[PyPIName, Sequence[Demand]],
) -> Iterator[Step]:
    """A sentence for each requirement that leaves another member of the core, or what both need, without a release.

    Of projects outside the core that two members disagree about, the first two tell enough.
    """
    told: dict[tuple[PyPIName, PyPIName], list[Need]] = {}
    outside: set[PyPIName] = set()
    for need in needs:
        wanted = need.demand.requirement.name
        if wanted == need.project or (wanted not in admitted and wanted not in outside and len(outside) == MAX_SHARED):
            continue
        if _excludes(source, need, needs, admitted, asked):
            told.setdefault((need.candidate.name, wanted), []).append(need)
            outside.update({wanted} - admitted.keys())
    for (name, wanted), found in told.items():
        yield from need_sentences(name, wanted, found)
        if wanted not in admitted and not source.matches(wanted, [found[0].demand]):
            yield from rejection_steps(source.rejections(wanted, [found[0].demand]))


def need_sentences(name: PyPIName, wanted: PyPIName, found: Sequence[Need]) -> Iterator[Step]:
    """What the releases of *name* require of *wanted*, by *found*, newest first."""
    candidate, demand = found[0].candidate, found[0].demand
    if (via := found[0].via) is not None and via.parent is not None:
        yield Step(
            f"{via.parent.name} {via.parent.version} requires {_spelled(via)}", _metadata_evidence(via.parent, via)
        )
    evidence = _metadata_evidence(candidate, demand)
    specs = list(dict.fromkeys(str(need.demand.requirement.specifier) for need in found))
    if len({need.candidate.version for need in found}) == 1:
        spelled = " and ".join(dict.fromkeys(_spelled(need.demand) for need in found))
        yield Step(f"{name} {candidate.version} requires {spelled}", evidence)
    elif len(specs) == 1:
        yield Step(f"{name} {found[-1].candidate.version} to {candidate.version} require {_spelled(demand)}", evidence)
    else:
        shown = ", ".join(specs[:4]) + (f" and {len(specs) - 4} more" if len(specs) > 4 else "")
        yield Step(
            f"{name} {found[-1].candidate.version} to {candidate.version} require {wanted} {shown}, by release",
            evidence,
        )


def _excludes(
    source: CandidateSource,
    need: Need,
    needs: Sequence[Need],
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


def rejection_steps(rejections: Sequence[Rejection]) -> Iterator[Step]:
    """The rejection of the newest release of each project for each reason: older ones say the same."""
    told: set[tuple[PyPIName, object]] = set()
    for rejection in rejections:
        key = (rejection.name, rejection.reason)
        if key not in told:
            told.add(key)
            yield Step(rejection.detail, rejection.evidence)
