"""How far a range may go by what the matrix knows: up with policy ``matrix``, and down with ``--lower``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compat.model.knowledge import Project, Release, evidence_of
from compat.model.relaxation import Bounds
from compat.relaxing.ground import Ground, Texts
from compat.relaxing.policy import Policy, series_end
from compat.relaxing.slots import Slot, Slots, reason, texts_of


def reach_up(slots: Slots, grounds: Sequence[Ground]) -> Slots:
    """*slots* of policy ``matrix`` up to the last release that works with the rest of the file on every target."""
    wide = {place: slot for place, slot in slots.items() if slot.policy is Policy.MATRIX}
    texts = {**texts_of(slots), **{place: f">={slot.bounds.lower}" for place, slot in wide.items()}}
    reached = {place: _reach(slot, texts, grounds) for place, slot in wide.items()}
    return {**slots, **reached}


def _reach(slot: Slot, texts: Texts, grounds: Sequence[Ground]) -> Slot:
    own = [ground for ground in grounds if ground.has(slot.pin.entry)]
    project, pinned = _project(slot, own), slot.version
    if project is None or pinned is None:
        why = f"policy `matrix` reaches as far as `minor`: the matrix does not cover {slot.pin.name}"
        return slot.note("matrix", reason(why))
    for release in project.releases:
        if release.version <= pinned:
            break
        if release.yanked is None and not release.invalid and _works(slot, release, texts, own):
            claim = f"`<={release.version}`: the last release known to work with the rest of the file"
            bounds = Bounds(slot.bounds.lower, str(release.version), inclusive=True)
            return slot.because(bounds, evidence_of(claim, release.files_fact))
    claim = f"no release above {pinned} is known to work with the rest of the file"
    return slot.note("matrix", reason(claim))


def reach_down(slots: Slots, grounds: Sequence[Ground]) -> Slots:
    """*slots* from the oldest release of the pinned series on with which the rest of the file still solves everywhere."""
    found = dict(slots)
    for place, slot in slots.items():
        own = [ground for ground in grounds if ground.has(slot.pin.entry)]
        project, pinned = _project(slot, own), slot.version
        if project is None or pinned is None or slot.carried or slot.is_conda:
            continue
        for release in project.releases:
            if release.version >= pinned or release.yanked is not None:
                continue
            same = series_end(str(release.version), slot.policy) == series_end(slot.pin.version, slot.policy)
            if not same or not _works(slot, release, texts_of(found), own):
                break
            claim = (
                f"`>={release.version}`: the oldest release of the series with which the rest of the file still solves"
            )
            bounds = slot.bounds._replace(lower=str(release.version))
            found[place] = found[place].because(bounds, evidence_of(claim, release.files_fact))
    return found


def _project(slot: Slot, own: Iterable[Ground]) -> Project | None:
    return next((project for ground in own if (project := ground.project(slot.pin.entry)) is not None), None)


def _works(slot: Slot, release: Release, texts: Texts, own: Iterable[Ground]) -> bool:
    """Whether the file solves with *release* on every target, without a finding that it does not have as pinned."""
    there = {**texts, slot.place: slot.exactly(release.version)}
    return all(ground.news(there) == [] for ground in own)
