"""ABI002: releases that every installer accepts together and that do not work together."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY
from compat.model.diagnostics import Diagnostic, Fix, Severity
from compat.model.knowledge import Coupling, Undeclared, evidence_of
from compat.model.matchspec import parse_matchspec
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry, Requirement
from compat.model.solutions import Entry, Pick
from compat.rules.base import Rule, Subject, worst
from compat.rules.builds import labels_of, taken
from compat.rules.channels import add_conda
from compat.rules.conda_pairs import BroughtPair, brought_pairs
from compat.rules.conda_torch import project_names
from compat.rules.picks import asked, is_certain, is_met_by, nearest_release, roots_of
from compat.rules.remedies import add_pip
from compat.rules.wording import narrow_fix, quoted, relate, version_fix


class KnownBrokenPair(Rule):
    """Two releases whose metadata agree, and which are known to break or degrade at run time.

    What it finds:
        Pairs of the curated table among the releases that an installer takes: wheels built on numpy 1 beside numpy 2,
        torchtext after torch 2.3, cuDNN 8 beside cuDNN 9, setuptools without ``pkg_resources``; releases that need a
        project which they do not declare; and conda builds with a dependency that has become too new for them
        (pytorch of the channel ``pytorch`` before 2.5 with mkl 2024.1).

    Why it matters:
        Nothing complains before the first import or call, which then fails with a message that names neither.

    Example:
        torch==2.2.2
        numpy==2.0.2

    Use instead:
        torch==2.2.2
        numpy<2

    Source:
        Each pair names its own; ``data/couplings.toml``.
    """

    code, name = "ABI002", "known-broken-pair"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for coupling in subject.matrix.couplings():
            if self._is_broken(subject, coupling):
                yield from self._tell_pair(subject, coupling)
        for undeclared in subject.matrix.undeclared():
            if _lacks(subject, undeclared):
                yield from self._tell_lack(subject, undeclared)
        for brought in brought_pairs(subject):
            yield self._tell_brought(subject, brought)

    def _is_broken(self, subject: Subject, coupling: Coupling) -> bool:
        picks = subject.situation.picks
        first, second = picks.get(coupling.first.name), picks.get(coupling.second.name)
        if first is None or second is None or (first.candidate.conda and second.candidate.conda):
            return False  # conda's own builds are patched and rebuilt: what holds for wheels says nothing about them
        if first.candidate.sdist_only or second.candidate.sdist_only:
            return False  # what is compiled here was built on neither numpy nor torch of its wheels' days
        if coupling.subdirs and subject.target.subdir not in coupling.subdirs:
            return False
        if not (is_certain(subject, first) and is_certain(subject, second)):
            return False
        halves = ((coupling.first, first), (coupling.second, second))
        return all(is_met_by(half, pick, labels_of(pick)) for half, pick in halves) and _builds_match(subject, coupling)

    def _tell_pair(self, subject: Subject, coupling: Coupling) -> Iterator[Diagnostic]:
        picks = subject.situation.picks
        first, second = picks[coupling.first.name], picks[coupling.second.name]
        ends = [(root, pick) for pick in (second, first) for root in roots_of(picks, pick.name)[:1]]
        if not ends:
            return
        # The side that the file leaves open is the one to bound, so that is where it is shown.
        ends.sort(key=lambda end: end[1].pinned)
        (entry, pick), *others = ends
        evidence = [evidence_of(f"{coupling.first.text} with {coupling.second.text}: {coupling.effect}", coupling.fact)]
        yield self.found(
            worst(_capped(Severity(coupling.severity), first, second), evidence),
            f"{_sides(entry, pick, others)}: {coupling.effect}",
            entry.place,
            packages=[first.name, second.name],
            related=relate([other for other, _ in others if other is not entry]),
            evidence=evidence,
            fix=_fix(subject, coupling, ends),
            hint=coupling.remedy,
        )

    def _tell_lack(self, subject: Subject, undeclared: Undeclared) -> Iterator[Diagnostic]:
        pick = subject.situation.picks[undeclared.first.name]
        for entry in roots_of(subject.situation.picks, pick.name)[:1]:
            evidence = [evidence_of(undeclared.effect, undeclared.fact)]
            yield self.found(
                worst(Severity(undeclared.severity), evidence),
                f"{asked(entry, pick)}: {undeclared.effect}",
                entry.place,
                packages=[pick.name, undeclared.needs.name],
                evidence=evidence,
                hint=undeclared.remedy,
            )

    def _tell_brought(self, subject: Subject, pair: BroughtPair) -> Diagnostic:
        """A conda package with a dependency that conda takes too new, because nothing holds it back."""
        coupling, entry = pair.coupling, pair.second or pair.first
        evidence = [evidence_of(coupling.effect, coupling.fact)]
        return self.found(
            worst(pair.severity, evidence),
            f"{quoted(entry)} is not kept to `{coupling.remedy}`: {coupling.effect}"
            if pair.second is not None
            else f"{quoted(entry)} comes without `{coupling.remedy}`: {coupling.effect}",
            entry.place,
            packages=[*project_names(subject, [pair.first]), parse_matchspec(coupling.second).name],
            related=relate([pair.first] if pair.second is not None else []),
            evidence=evidence,
            fix=add_conda(subject, pair.first, coupling.remedy) if pair.second is None else None,
            hint=f"keep to `{coupling.remedy}`" if pair.second is not None else None,
        )


def _fix(subject: Subject, coupling: Coupling, ends: list[tuple[Entry, Pick]]) -> Fix | None:
    """Bound the side that the file leaves open, else the nearest release of one side that is not part of the pair.

    torch and its companions only change together.
    """
    for entry, pick in ends:
        own, their = _halves(coupling, pick)
        if pick.name in TORCH_FAMILY or own.extras or own.labels:
            continue
        unwanted = _unwanted(subject, pick, subject.situation.picks[their.name])
        version = nearest_release(subject, pick, unwanted)
        bound = _bound_before(subject, pick, version, unwanted)
        if entry not in pick.entries:
            if bound is not None and isinstance(entry, PipEntry):
                return add_pip(subject, entry, f"{pick.name}{bound}")
            continue
        if bound is not None and not pick.pinned and (narrowed := narrow_fix(entry, bound)) is not None:
            return narrowed
        if version is not None:
            fix = version_fix(entry, pick.name, str(version))
            return fix._replace(title=f"{fix.title}: {coupling.remedy}")
    return None


def _halves(coupling: Coupling, pick: Pick) -> tuple[Requirement, Requirement]:
    """What *coupling* says of the project of *pick*, and of the other one."""
    if pick.name == coupling.first.name:
        return coupling.first, coupling.second
    return coupling.second, coupling.first


def _unwanted(subject: Subject, pick: Pick, other: Pick) -> list[Requirement]:
    """The releases of the project of *pick* that any pair of the table has with *other*."""
    named = {pick.name, other.name}
    pairs = [c for c in subject.matrix.couplings() if {c.first.name, c.second.name} == named]
    halves = (_halves(pair, pick) for pair in pairs)
    return [own for own, their in halves if is_met_by(their, other, labels_of(other))]


def _bound_before(subject: Subject, pick: Pick, version: Version | None, unwanted: list[Requirement]) -> str | None:
    """``<2`` for the pair ``>=2``, if *version* is below it and what the file pins is content with that."""
    floors = [Version(s.version) for half in unwanted for s in half.public if s.operator == ">="]
    above = [floor for floor in floors if version is not None and floor > version]
    if version is None or not above or (pick.version is not None and version > pick.version):
        return None
    picks = subject.situation.picks
    firm = [d for d in pick.demands if d.parent is None or (d.parent.name in picks and picks[d.parent.name].pinned)]
    if not all(demand.requirement.public.contains(version, prereleases=True) for demand in firm):
        return None
    return f"<{min(above)}"


def _sides(entry: Entry, pick: Pick, others: list[tuple[Entry, Pick]]) -> str:
    """Both sides with what is installed for them; one entry may bring both, or be one and bring the other."""
    words = [asked(entry, pick)]
    for other, other_pick in others:
        if other is not entry:
            words.append(asked(other, other_pick))
        elif other_pick.name != entry.name:
            words.append(f"its {other_pick.name} {other_pick.version}")
    return " with ".join(words)


def _capped(severity: Severity, first: Pick, second: Pick) -> Severity:
    """An error only where the file pins a side: else it works with other releases, and may after the next one.

    Where the file names neither, both are there for something else, which may not use what is broken.
    """
    if not first.entries and not second.entries:
        return Severity.INFO
    if severity is Severity.ERROR and not (first.pinned or second.pinned):
        return Severity.WARNING
    return severity


def _builds_match(subject: Subject, coupling: Coupling) -> bool:
    """Whether the pair is about the build that is taken, where the table names its CUDA major."""
    if coupling.second_cuda is None:
        return True
    found = taken(subject, coupling.second.name)
    return found is not None and found.cuda is not None and found.cuda[:1] == coupling.second_cuda[:1]


def _lacks(subject: Subject, undeclared: Undeclared) -> bool:
    """Whether the release is taken and nothing brings what it needs."""
    picks = subject.situation.picks
    pick = picks.get(undeclared.first.name)
    if pick is None or pick.candidate.conda or not is_met_by(undeclared.first, pick, labels_of(pick)):
        return False
    provided: set[PyPIName] = {item.name for item in subject.situation.provided}
    return undeclared.needs.name not in picks and undeclared.needs.name not in provided
