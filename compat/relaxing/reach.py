"""How far a range may go by what the matrix knows: up with policy ``matrix``, and down with ``--lower``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from compat.model.knowledge import Project, Release, evidence_of
from compat.model.names import PyPIName
from compat.model.solutions import Pick
from compat.relaxing.ground import Ground, Texts
from compat.relaxing.labels import is_served
from compat.relaxing.policy import Policy, series_end
from compat.relaxing.slots import Slot, Slots, reason, texts_of

#: Releases tried from the newest on; each try may be a search. What a solve of everything takes is tried after them.
_NEWEST = 4


def reach_up(slots: Slots, grounds: Sequence[Ground]) -> Slots:
    """*slots* of policy ``matrix`` up to the last release that works with the rest of the file on every target.

    A search cannot try them all: beyond the newest few, the last is the one that an installer takes where all these
    requirements are open above.
    """
    wide = {place: slot for place, slot in slots.items() if slot.policy is Policy.MATRIX}
    if not wide:
        return slots
    texts = {**texts_of(slots), **{place: f">={slot.bounds.lower}" for place, slot in wide.items()}}
    taken = [solved.picks for ground in grounds if (solved := ground.solve(texts)) is not None]
    return {**slots, **{place: _reach(slot, texts, grounds, taken) for place, slot in wide.items()}}


def _reach(slot: Slot, texts: Texts, grounds: Sequence[Ground], taken: Sequence[Mapping[PyPIName, Pick]]) -> Slot:
    own = [ground for ground in grounds if ground.has(slot.pin.entry)]
    project, pinned = _project(slot, own), slot.version
    if project is None or pinned is None:
        why = f"policy `matrix` reaches as far as `minor`: the matrix does not cover {slot.pin.name}"
        return slot.note("matrix", reason(why))
    sound = [r for r in project.releases if r.version > pinned and _is_sound(slot, r, own)]
    jointly = {picks[project.name].version for picks in taken if project.name in picks}
    later = sorted((r for r in sound[_NEWEST:] if r.version in jointly), key=lambda release: release.version)
    for release in (*sound[:_NEWEST], *later):
        if _works(slot, release, texts, own):
            claim = f"`<={release.version}`: the last release known to work with the rest of the file"
            bounds = slot.bounds._replace(upper=str(release.version), inclusive=True)
            return slot.because(bounds, evidence_of(claim, release.files_fact))
    return slot.note("matrix", reason(f"no release above {pinned} is known to work with the rest of the file"))


def reach_down(slots: Slots, grounds: Sequence[Ground]) -> Slots:
    """*slots* from the oldest release of the pinned series on with which the rest of the file still solves everywhere."""
    found = dict(slots)
    for place, slot in slots.items():
        own = [ground for ground in grounds if ground.has(slot.pin.entry)]
        project, pinned = _project(slot, own), slot.version
        if project is None or pinned is None or slot.carried or slot.is_conda:
            continue
        for release in project.releases:
            if release.version >= pinned or not _is_sound(slot, release, own):
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


def _is_sound(slot: Slot, release: Release, own: Iterable[Ground]) -> bool:
    """Whether *release* may be the end of a range: not bad itself, not excluded, and built as the label of the pin says."""
    fine = release.yanked is None and not release.invalid and str(release.version) not in slot.bounds.excluded
    return fine and all(is_served(slot, release.version, ground) for ground in own)


def _works(slot: Slot, release: Release, texts: Texts, own: Iterable[Ground]) -> bool:
    """Whether the file solves with *release* on every target, without a finding that it does not have as pinned."""
    there = {**texts, slot.place: slot.exactly(release.version)}
    return all(ground.news(there) == [] for ground in own)
