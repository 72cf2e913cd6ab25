"""GAP001: what could not be judged, and which fact was missing."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.builds import TORCH_FAMILY, is_accelerator_unjudged, served_builds
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import CondaEntry
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry, Pick, is_pin
from compat.model.targets import PYTHON_MINORS
from compat.model.wheel_urls import is_source, parse_wheel_url
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.builds import TEGRA, TORCH, Taken, labels_of, runs_on, sm, taken
from compat.rules.picks import asked, roots_of
from compat.rules.wheel_labels import parse_label
from compat.rules.wording import quoted


class FactMissing(Rule):
    """A question that the matrix could not answer, so the verdict is unknown rather than ok.

    What it finds:
        A covered project in a release that the matrix does not know (newer than it, a pre-release, a repository); a
        target with a GPU or driver where the index or the build of torch says nothing about CUDA; ROCm and XPU
        builds; a Python outside the range of the tables; a search that took too long.

    Why it matters:
        No finding is not the same as no problem. ``--strict`` makes it exit 3.

    Example:
        # compat check requirements.txt --target linux-64,gpu=h100
        --index-url https://mirror.example.org/simple
        torch==2.7.1

    Use instead:
        Nothing is wrong with such a file; ``--online`` or a newer matrix may know more.

    Source:
        The tables themselves; their days are those of the evidence elsewhere.
    """

    code, name = "GAP001", "fact-missing"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        situation = subject.situation
        if situation.cut_off:
            yield self._gap(
                "the search for a set of releases was too long, so conflicts are unknown", _first(subject), []
            )
            return
        if not situation.pythons:
            yield from self._python(subject)
            return
        for pick in situation.picks.values():
            told = any(set(conflict.projects) == {pick.name} for conflict in situation.conflicts)
            if pick.version is None and not told and subject.matrix.project(pick.name) is not None:
                yield from self._release(subject, pick)
        told_of = {name for conflict in situation.conflicts for name in conflict.projects}
        for pick in situation.picks.values():
            if pick.name not in told_of:
                yield from self._label(subject, pick)
        if subject.target.wants_gpu:
            yield from self._build(subject)

    def _gap(self, message: str, place: Place, packages: list[str]) -> Diagnostic:
        return self.found(Severity.INFO, message, place, packages=packages, gap=True)

    def _python(self, subject: Subject) -> Iterator[Diagnostic]:
        """The file admits no Python of the tables."""
        bounds = subject.situation.python_bounds
        pips = [e.name for e in subject.situation.pip if subject.matrix.project(e.name) is not None]
        known = [*pips, *(item.name for item in subject.situation.provided if not item.assumed)]
        if known and bounds:
            low, high = PYTHON_MINORS[-1], PYTHON_MINORS[0]
            message = f"the tables are for Python {dotted(low)} to {dotted(high)}: what the file asks for is not judged"
            yield self._gap(message, bounds[0].place, ["python"])

    def _release(self, subject: Subject, pick: Pick) -> Iterator[Diagnostic]:
        entries = [e for e in pick.entries if isinstance(e, CondaEntry) or not e.constraint]
        for entry in entries[:1]:
            if isinstance(entry, CondaEntry) and _is_assumed(subject, entry):
                continue
            if isinstance(entry, PipEntry) and _is_labelled_wheel(entry):
                continue
            if isinstance(entry, PipEntry) and is_source(entry):
                why = "its version is known only when it is built"
            elif is_pin(entry):
                why = f"the matrix ({subject.matrix.version}) does not know this release of {pick.name}"
            else:
                why = (
                    f"no release of {pick.name} that the matrix ({subject.matrix.version}) lists fits, a newer one may"
                )
            yield self._gap(f"{quoted(entry)} is not judged: {why}", entry.place, [pick.name])

    def _label(self, subject: Subject, pick: Pick) -> Iterator[Diagnostic]:
        """A labelled build whose index the file names, where no table says whether it was made for this platform."""
        name, version, subdir = pick.name, pick.version, subject.target.subdir
        labels, world = labels_of(pick), subject.situation.worlds(name)
        if not labels or version is None or pick.candidate.conda or name not in TORCH_FAMILY:
            return
        if world.open or world.nightly or world.named or not subject.matrix.builds(name, version):
            return
        if not served_builds(subject.matrix, name, version, world, subdir, labels):
            for entry in pick.entries[:1]:
                message = f"{quoted(entry)}: whether there is a +{labels[0]} build of {name} {version} for {subdir} is not known"
                yield self._gap(message, entry.place, [name])

    def _build(self, subject: Subject) -> Iterator[Diagnostic]:
        """A torch from pip, on a target with a GPU or driver, where the build or its architectures are not known."""
        pick = subject.situation.picks.get(TORCH)
        root = next(iter(roots_of(subject.situation.picks, TORCH)), None) if pick is not None else None
        if pick is None or root is None or pick.candidate.conda or subject.target.subdir.startswith("osx-"):
            return
        found, world = taken(subject, TORCH), subject.situation.worlds(TORCH)
        variants = [*labels_of(pick), *world.variants]
        if found is None and any(is_accelerator_unjudged(variant) for variant in variants):
            yield self._gap(f"{asked(root, pick)}: builds for ROCm and XPU are not judged", root.place, [TORCH])
        elif found is None and (world.open or world.nightly or world.every_variant) and pick.version is not None:
            message = (
                f"{asked(root, pick)}: which CUDA it is built for is not known, since its index may hold any build"
            )
            yield self._gap(message, root.place, [TORCH])
        elif _is_unjudged(subject, found):
            message = (
                f"{asked(root, pick)}: whether this build holds code for {sm(subject.target.gpu or ())} is not known"
            )
            yield self._gap(message, root.place, [TORCH])


def _is_unjudged(subject: Subject, found: Taken | None) -> bool:
    """Whether the GPU architectures of the build are not known; on Jetson modules that is told as a warning."""
    gpu = subject.target.gpu
    if found is None or found.build is None or found.cuda is None or not gpu or gpu in TEGRA:
        return False
    return runs_on(subject.matrix, found.build, subject.target) is None


def _is_assumed(subject: Subject, entry: CondaEntry) -> bool:
    return any(item.entry is entry and item.assumed for item in subject.situation.provided)


def _is_labelled_wheel(entry: PipEntry) -> bool:
    """Whether *entry* is a wheel whose label says which torch it is for, which is judged in place of its metadata."""
    wheel = parse_wheel_url(entry.requirement.url) if entry.requirement.url else None
    return wheel is not None and parse_label(wheel.version.local).torch is not None


def _first(subject: Subject) -> Place:
    entries: tuple[Entry, ...] = (*subject.situation.pip, *subject.situation.conda)
    return entries[0].place if entries else Place(subject.environment.root)
