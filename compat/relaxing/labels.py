"""Law 1 for local labels: no range holds ``+cu118``, so the index has to choose the build."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY, World
from compat.model.knowledge import Build, evidence_of
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.versions import to_version
from compat.relaxing.ground import Ground
from compat.relaxing.pins import Held, Pin
from compat.relaxing.ranges import without
from compat.relaxing.slots import Slot


def move_label(slot: Slot, own: Sequence[Ground]) -> Slot | Held:
    """*slot* with its label left to the index, or why that cannot be; *own* are the grounds that the entry stands on."""
    entry, label = slot.pin.entry, slot.pin.label
    assert isinstance(entry, PipEntry)
    if not own:
        return Held(
            entry, f"`+{label}` names a build, and it is installed on no target in view: name one with --target"
        )
    if entry.name not in TORCH_FAMILY:
        return Held(entry, f"`+{label}` names a build that only `==` can ask for")
    build = _build(slot.pin, own)
    if build is None or build.index_url is None:
        return Held(entry, f"`+{label}` names a build, and no index that serves it is known")
    for ground in own:
        if why := _hindrance(ground, slot.pin):
            return Held(entry, f"{why}; name `{build.index_url}` alone to relax it")
    named = all(label in ground.world(entry.name).variants for ground in own)
    claim = (
        f"no range can hold the label `+{label}`: the index of that build is named in the file"
        if named
        else f"no range can hold the label `+{label}`: it moves to the index `{build.index_url}`"
    )
    moved = slot._replace(index_url=None if named else build.index_url)
    return only_served(moved.note("+", evidence_of(claim, build.fact)), own)


def _build(pin: Pin, own: Iterable[Ground]) -> Build | None:
    """The build that the label names, on a target that has it if there is one."""
    version = to_version(pin.version)
    name = PyPIName(pin.name)
    found = (
        (b for ground in own for b in ground.matrix.builds(name, version) if b.variant == pin.label) if version else ()
    )
    return next(iter(found), None)


def _hindrance(ground: Ground, pin: Pin) -> str | None:
    """Why, without the label, another build might be taken in the environment of *ground*."""
    entry = pin.entry
    assert isinstance(entry, PipEntry)
    labels = {label for e in ground.situation.pip if e.name in TORCH_FAMILY for label in e.requirement.labels}
    if len(labels) > 1:
        return f"the labels {_listed(labels)} stand in one environment, and no index could tell them apart"
    world = ground.world(entry.name)
    if world.every_variant:
        return f"the index of the file holds every build, and only `+{pin.label}` chooses one"
    others = set(world.variants) - {pin.label}
    if others:
        return f"the index for {_listed(others)} is named too, and only `+{pin.label}` chooses between them"
    return "its index is not known to compat" if _is_closed_to(world, pin.label) else None


def _is_closed_to(world: World, label: str) -> bool:
    """Whether the environment takes its files from an unknown index, which a further one would compete with."""
    return world.open and label not in world.variants


def is_served(slot: Slot, version: Version, ground: Ground) -> bool:
    """Whether *version* is built as the label of *slot* says, where the pinned release is; True without a label."""
    entry, label, pinned = slot.pin.entry, slot.pin.label, slot.version
    if not label or pinned is None or not isinstance(entry, PipEntry):
        return True
    return _is_built(ground, entry, version, label) or not _is_built(ground, entry, pinned, label)


def only_served(slot: Slot, own: Iterable[Ground]) -> Slot:
    """*slot* without the releases that are not built as its label says, on targets where the pinned one is."""
    label, pinned = slot.pin.label, slot.version
    for ground in own:
        project = ground.project(slot.pin.entry)
        if project is None:
            continue
        known = [release.version for release in project.releases]
        gone = [version for version in known if not is_served(slot, version, ground)]
        bounds = without(slot.bounds, gone, known, pinned)
        if bounds != slot.bounds:
            claim = f"the index serves no `+{label}` of what `{slot.bounds}` holds besides `{bounds}`"
            slot = slot.because(bounds, evidence_of(claim, project.fact))
    return slot


def _is_built(ground: Ground, entry: PipEntry, version: Version, label: str) -> bool:
    return any(
        build.variant == label and ground.target.subdir in build.subdirs
        for build in ground.matrix.builds(entry.name, version)
    )


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(f"`+{label}`" for label in sorted(labels))
