"""Law 3: a family moves together. Ranges are narrowed until they admit no pair that is known to be broken."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY
from compat.model.diagnostics import Diagnostic, Evidence
from compat.model.knowledge import Coupling, evidence_of
from compat.model.names import PyPIName
from compat.model.relaxation import Bounds
from compat.model.requirements import Requirement, to_requirement
from compat.model.solutions import Situation
from compat.relaxing.ground import Ground
from compat.relaxing.ranges import admits, without
from compat.relaxing.slots import Slot, Slots, reason, texts_of
from compat.relaxing.usable import blocked

#: Narrowing one range can free another pair; real files are done after two rounds.
_ROUNDS = 5


def narrow(slots: Slots, grounds: Iterable[Ground]) -> tuple[Slots, list[str]]:
    """*slots* without broken pairs and builds, and what could not be mended, in a sentence for each two projects."""
    grounds, notes = list(grounds), dict[tuple[str, str], str]()
    for _ in range(_ROUNDS):
        before = dict(slots)
        for ground in grounds:
            if ground.solve(texts_of(slots)) is None:
                continue  # nothing can be chosen, so nothing broken either
            for coupling in ground.matrix.couplings():
                if (note := _part(slots, ground, coupling)) is not None:
                    notes[coupling.first.name, coupling.second.name] = note
            for slot in _built(slots, ground):
                slots[slot.place] = _fitting_builds(slot, slots, ground)
        if slots == before:
            break
    return slots, list(notes.values())


# -- pairs -------------------------------------------------------------------------------------------------------------


def _part(slots: Slots, ground: Ground, coupling: Coupling) -> str | None:
    """Narrow one side of *coupling* where the ranges admit the pair; a note where neither side can be."""
    if coupling.severity == "info" or coupling.first.labels or not _is_here(coupling, ground):
        return None
    sides = [(half, _slots_for(half, slots, ground)) for half in (coupling.first, coupling.second)]
    if not any(_gone(half, slot, ground) for half, own in sides for slot in own):
        return None  # of what is relaxed here, nothing is in the pair
    if not _meet(ground.solve(texts_of(slots), [_bare(half) for half, _ in sides]), coupling):
        return None  # the metadata of the packages keep them apart
    free = [(half, own) for half, own in sides if own and all(not _holds(half, slot) for slot in own)]
    if not free:
        is_pinned = all(own for _, own in sides) or not ground.is_solvable
        if not is_pinned and not _meet(ground.solve({}, [_bare(half) for half, _ in sides]), coupling):
            return _part_others(slots, ground, coupling)
        return (
            f"the file lets an installer take {coupling.first.text} beside {coupling.second.text}, relaxed or not: "
            f"{coupling.effect}"
        )
    half, own = min(free, key=lambda side: sum(len(_gone(side[0], slot, ground)) for slot in side[1]))
    other = coupling.second if half is coupling.first else coupling.first
    for slot in own:
        slots[slot.place] = _cut(slot, _gone(half, slot, ground), ground, coupling, f"beside {other.text}")
    return None


def _part_others(slots: Slots, ground: Ground, coupling: Coupling) -> str | None:
    """Narrow what brings *coupling* in, though its own pins allow it: tensorflow 2.20 lets numpy 2 come to a torch 2.2."""
    texts, halves = texts_of(slots), [_bare(half) for half in (coupling.first, coupling.second)]

    def gone(slot: Slot) -> list[Version]:
        inside = [v for v in _known(slot, ground) if admits(slot.bounds, v) and v != slot.version]
        return [v for v in inside if _meet(ground.solve({**texts, slot.place: slot.exactly(v)}, halves), coupling)]

    ways = [
        (slot, gone(slot))
        for slot in slots.values()
        if ground.has(slot.pin.entry)
        and slot.version is not None
        and ground.project(slot.pin.entry) is not None
        and not _meet(ground.solve({**texts, slot.place: slot.exactly(slot.version)}, halves), coupling)
    ]
    ways = [(slot, versions) for slot, versions in ways if versions]
    pair = f"{coupling.first.text} with {coupling.second.text}"
    if not ways:
        return f"the ranges let an installer take {pair}, which the pins do not: {coupling.effect}"
    slot, versions = min(ways, key=lambda way: len(way[1]))
    slots[slot.place] = _cut(slot, versions, ground, coupling, f"it lets an installer take {pair}")
    return None


def _cut(slot: Slot, gone: Collection[Version], ground: Ground, coupling: Coupling, where: str) -> Slot:
    """*slot* without the versions *gone*, because of *coupling*."""
    bounds = without(slot.bounds, gone, _known(slot, ground), slot.version)
    if not _leaves_some(slot, bounds, ground):
        return slot
    ends = [f"<{bounds.upper}"] if bounds[1:3] != slot.bounds[1:3] else []
    parts = ",".join([*ends, *(f"!={hole}" for hole in bounds.excluded if hole not in slot.bounds.excluded)])
    return slot.because(bounds, evidence_of(f"`{parts}`: {where}, {coupling.effect}", coupling.fact))


def _leaves_some(slot: Slot, bounds: Bounds, ground: Ground) -> bool:
    """Whether *bounds* hold something that can be installed here, or *slot* held nothing either."""
    return not blocked(slot._replace(bounds=bounds), [ground]) or bool(blocked(slot, [ground]))


def _is_here(coupling: Coupling, ground: Ground) -> bool:
    """Whether *coupling* is about this platform, and about the extras that the file asks for."""
    if coupling.subdirs and ground.target.subdir not in coupling.subdirs:
        return False
    asked = {e.name: e.requirement.extras for e in ground.situation.pip}
    return all(half.extras <= asked.get(half.name, frozenset()) for half in (coupling.first, coupling.second))


def _slots_for(half: Requirement, slots: Slots, ground: Ground) -> list[Slot]:
    return [slot for slot in slots.values() if ground.project_name(slot.pin.entry) == half.name]


def _known(slot: Slot, ground: Ground) -> list[Version]:
    project = ground.project(slot.pin.entry)
    return [release.version for release in project.releases] if project is not None else []


def _gone(half: Requirement, slot: Slot, ground: Ground) -> list[Version]:
    """The releases of *slot* that are in the pair."""
    return [
        version
        for version in _known(slot, ground)
        if admits(slot.bounds, version) and half.public.contains(version, prereleases=True)
    ]


def _holds(half: Requirement, slot: Slot) -> bool:
    """Whether the pinned release itself is in the pair."""
    return slot.version is not None and half.public.contains(slot.version, prereleases=True)


def _bare(half: Requirement) -> Requirement:
    """One side of a pair as a constraint: without extras, which constraints cannot have."""
    return to_requirement(half.name, half.public, text=f"{half.name}{half.public}")


def _meet(situation: Situation | None, coupling: Coupling) -> bool:
    """Whether an installer may take both sides, as wheels that the pair is about."""
    if situation is None:
        return False
    picks = [situation.picks.get(half.name) for half in (coupling.first, coupling.second)]
    if None in picks:
        return False
    chosen = [pick.candidate for pick in picks if pick is not None]
    wheels = all(c.version is not None and not c.sdist_only for c in chosen)
    return wheels and not all(c.conda for c in chosen)


# -- builds ------------------------------------------------------------------------------------------------------------


def _built(slots: Slots, ground: Ground) -> list[Slot]:
    """The slots of projects that are built for CUDA, which change with the release."""
    return [slot for slot in slots.values() if _family_name(slot, ground) is not None and ground.has(slot.pin.entry)]


def _family_name(slot: Slot, ground: Ground) -> PyPIName | None:
    name = ground.project_name(slot.pin.entry)
    return name if name in TORCH_FAMILY else None


def _fitting_builds(slot: Slot, slots: Slots, ground: Ground) -> Slot:
    """*slot* without releases that bring an error or a warning which the pinned one does not have on this target."""
    name = _family_name(slot, ground)
    versions = [v for v in _known(slot, ground) if admits(slot.bounds, v) and v != slot.version]
    if name is None or not versions:
        return slot
    texts, known = texts_of(slots), _known(slot, ground)
    for version in versions:
        news = ground.news({**texts, slot.place: slot.exactly(version)})
        found = next((one for one in news or () if name in one.packages), None)
        if found is not None:
            bounds = without(slot.bounds, [version], known, slot.version)
            if _leaves_some(slot, bounds, ground):
                slot = slot.because(bounds, _reason_of(found, bounds, version))
    return slot


def _reason_of(found: Diagnostic, bounds: Bounds, version: Version) -> Evidence:
    """What `check` says of *version*, with the first fact that it says it by."""
    bound = f"!={version}" if str(version) in bounds.excluded else f"<{bounds.upper}"
    claim = f"`{bound}`: {found.message} ({found.code})"
    return found.evidence[0]._replace(claim=claim) if found.evidence else reason(claim)
