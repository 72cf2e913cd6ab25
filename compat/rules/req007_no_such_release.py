"""REQ007: a pin of a release that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import evidence_of
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Demand, Entry, Reason, Rejection
from compat.model.words import listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.conflicts import Kind, conflicts_of
from compat.rules.picks import roots_of
from compat.rules.serving import names_no_index
from compat.rules.wording import main_place, quoted, relate, suggested_fix


class NoSuchRelease(Rule):
    """A pin of a release that was never on the package index.

    What it finds:
        An exact pin of a version that the index does not have, of a project whose releases are all known: a typing
        error, a release that only another index or conda has, a version of another project. A version newer than the
        matrix is unknown, not missing. ``compat lock``, which asks the indexes, also finds projects that none of them has.

    Why it matters:
        ``No matching distribution found``: nothing is installed.

    Example:
        torch==0.4.1

    Use instead:
        torch==1.0.0

    Source:
        The release list of the package index, on the day that the evidence names.
    """

    code, name = "REQ007", "no-such-release"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for conflict in conflicts_of(subject, Kind.NO_RELEASE):
            if any(isinstance(entry, PipEntry) and names_no_index(subject, entry) for entry in conflict.entries):
                continue  # CUD001: the index that the file forgot may have it
            yield self._tell(subject, conflict)

    def _tell(self, subject: Subject, conflict: Conflict) -> Diagnostic:
        entry, others = main_place(conflict.entries, conflict)
        missing = next(r for r in conflict.rejections if r.reason is Reason.NO_RELEASE)
        evidence = [step.evidence for step in conflict.steps if step.evidence is not None]
        rivals = list(_rivals(subject, entry))
        said = [f"{quoted(root)} requires {demand.requirement.text}" for root, demand in rivals]
        evidence += [
            evidence_of(f"{d.parent.name} {d.parent.version} requires {d.requirement.text}", d.parent.release.fact)
            for _, d in rivals
            if d.parent is not None and d.parent.release is not None
        ]
        return self.found(
            worst(Severity.ERROR, evidence),
            f"{quoted(entry)} cannot be installed: the package index has no {missing.name} {missing.version}"
            + (f", and {listed(said)}" if said else ""),
            entry.place,
            packages=[*conflict.projects, *(root.name for root, _ in rivals)],
            related=relate([*others, *(root for root, _ in rivals)]),
            evidence=evidence,
            fix=suggested_fix(conflict),
            hint=_nearest(subject, missing) if conflict.suggestion is None else None,
        )


def _nearest(subject: Subject, missing: Rejection) -> str | None:
    """The releases on either side of the one that is missing."""
    project = subject.matrix.project(missing.name)
    versions = sorted(r.version for r in project.releases if r.yanked is None) if project is not None else []
    if not versions:
        return None
    near = [*[v for v in versions if v < missing.version][-1:], *[v for v in versions if v > missing.version][:1]]
    return f"the nearest that it has: {listed([f'`{missing.name}=={version}`' for version in near])}"


def _rivals(subject: Subject, entry: Entry) -> Iterator[tuple[Entry, Demand]]:
    """Other entries whose releases require another version of the same project, with what they require."""
    pick = subject.situation.picks.get(entry.name) if isinstance(entry, PipEntry) else None
    for demand in pick.demands if pick is not None else ():
        if demand.parent is None or not isinstance(entry, PipEntry):
            continue
        if (demand.requirement.public & entry.requirement.public).to_range().is_empty:
            root = next(iter(roots_of(subject.situation.picks, demand.parent.name)), None)
            if root is not None and root is not entry:
                yield root, demand
