"""Laws 2 and 4 for one requirement: a range that holds nothing usable is carried on, and bad releases are excluded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.version import Version

from compat.model.diagnostics import Evidence
from compat.model.knowledge import Project, Release, evidence_of
from compat.model.requirements import PipEntry
from compat.model.versions import to_version
from compat.relaxing.ground import Ground
from compat.relaxing.labels import is_served, only_served
from compat.relaxing.policy import series_end
from compat.relaxing.ranges import admits, without
from compat.relaxing.slots import Slot


def blocked(slot: Slot, own: Iterable[Ground]) -> list[Ground]:
    """The grounds on which nothing that *slot* admits can be installed, by complete tables."""
    entry = slot.pin.entry
    if not isinstance(entry, PipEntry):
        return []  # what a channel holds, the matrix does not know in full
    return [ground for ground in own if _is_closed(ground, entry) and not _is_usable(slot, ground)]


def _is_usable(slot: Slot, ground: Ground) -> bool:
    """Whether something that *slot* admits can be installed; its lowest is asked for too, as it may be a pre-release."""
    entry = slot.pin.entry
    assert isinstance(entry, PipEntry)
    return any(ground.is_usable(entry, text) for text in (str(slot.bounds), f"=={slot.bounds.lower}"))


def _is_closed(ground: Ground, entry: PipEntry) -> bool:
    """Whether every release that *entry* could get is listed."""
    project, world = ground.project(entry), ground.world(entry.name)
    return project is not None and project.complete and not (world.open or world.named or world.nightly)


def carry(slot: Slot, grounds: Sequence[Ground]) -> Slot | None:
    """*slot* with its end moved to that of the first later series with a release for all of *grounds*; None without one."""
    entry = slot.pin.entry
    assert isinstance(entry, PipEntry)
    for ground in grounds:
        if _is_usable(slot, ground):
            continue  # an earlier ground has carried it far enough
        first = _first_above(ground, entry, slot)
        if first is None:
            return None
        end = series_end(str(first.version), slot.policy)
        claim = (
            f"`<{end}`: nothing below {first.version} can be installed for `{ground.target.text}`, "
            "so the range is carried to the end of that series"
        )
        bounds = slot.bounds._replace(upper=end, inclusive=False)
        slot = slot.because(bounds, evidence_of(claim, first.files_fact))
    return only_served(slot, grounds)


def _first_above(ground: Ground, entry: PipEntry, slot: Slot) -> Release | None:
    """The oldest release above the range that can be installed here; None where the label of the pin ends before it."""
    project, upper = ground.project(entry), to_version(slot.bounds.upper)
    for release in reversed(project.releases if project is not None else ()):
        above = upper is not None and release.version >= upper
        if above and release.yanked is None and ground.candidate(entry, release.version) is not None:
            return release if is_served(slot, release.version, ground) else None
    return None


def exclude_bad(slot: Slot, own: Iterable[Ground]) -> Slot:
    """*slot* without yanked releases, and without those that pip cannot read or would build from source.

    A yank is about one release, so the range goes on behind it; the other two mostly hold from some release on, where the
    range then ends. The pinned release stays, whatever it is: it is what was tested.
    """
    for ground in own:
        project = ground.project(slot.pin.entry)
        if project is None or slot.is_conda:
            continue  # yanks are the package index's; a channel removes files
        for version, why in _yanked(slot, project):
            slot = slot.because(slot.bounds._replace(excluded=(*slot.bounds.excluded, str(version))), why)
        slot = _cut(slot, project, dict(_refused(slot, project)))
        slot = _cut(slot, project, dict(_from_source(slot, project, ground)))
    return slot


def _cut(slot: Slot, project: Project, bad: Mapping[Version, Evidence]) -> Slot:
    """*slot* without the versions in *bad*, each with its reason."""
    bounds = without(slot.bounds, bad, [release.version for release in project.releases], slot.version)
    if bounds[1:3] != slot.bounds[1:3]:
        why = bad[Version(bounds.upper)]
        ended = slot.bounds._replace(upper=bounds.upper, inclusive=False)
        slot = slot.because(ended, why._replace(claim=f"`<{bounds.upper}`: {why.claim}"))
    for version, why in bad.items():
        if str(version) in bounds.excluded and str(version) not in slot.bounds.excluded:
            slot = slot.because(slot.bounds._replace(excluded=(*slot.bounds.excluded, str(version))), why)
    return slot._replace(bounds=bounds)


def _inside(slot: Slot, project: Project) -> Iterator[Release]:
    """The releases above the pin that the range holds, oldest first."""
    return (
        release
        for release in reversed(project.releases)
        if release.version != slot.version and admits(slot.bounds, release.version)
    )


def _yanked(slot: Slot, project: Project) -> Iterator[tuple[Version, Evidence]]:
    for release in _inside(slot, project):
        if release.yanked is not None:
            claim = f"{project.name} {release.version} is yanked: {release.yanked}"
            yield release.version, evidence_of(claim, release.files_fact)


def _refused(slot: Slot, project: Project) -> Iterator[tuple[Version, Evidence]]:
    for release in _inside(slot, project):
        if release.invalid:
            claim = f"pip refuses the metadata of {project.name} {release.version}: `{release.invalid[0]}`"
            yield release.version, evidence_of(claim, release.fact)


def _from_source(slot: Slot, project: Project, ground: Ground) -> Iterator[tuple[Version, Evidence]]:
    for release in _inside(slot, project):
        if _only_source(slot, release.version, ground):
            claim = (
                f"{project.name} {release.version} has no wheel for `{ground.target.text}` and would be built from "
                "source; the pinned release has one"
            )
            yield release.version, evidence_of(claim, release.files_fact)


def loses_pin(slot: Slot, own: Iterable[Ground]) -> bool:
    """Whether the pin names a yanked release that can be installed somewhere that nothing of its range can.

    Installers take a yanked release for ``==`` alone: https://peps.python.org/pep-0592/#installers
    """
    entry = slot.pin.entry
    if not isinstance(entry, PipEntry) or slot.carried:
        return False
    pin, span = f"=={slot.pin.version}", str(slot.bounds)
    return any(
        _is_closed(ground, entry)
        and _is_yanked(ground.project(entry), slot.version)
        and ground.is_usable(entry, pin)
        and not ground.is_usable(entry, span)
        for ground in own
    )


def _is_yanked(project: Project | None, version: Version | None) -> bool:
    return project is not None and any(r.version == version and r.yanked is not None for r in project.releases)


def _only_source(slot: Slot, version: Version, ground: Ground) -> bool:
    """Whether *version* would be built from source where the pinned release is not; asked where the Python is known."""
    entry, pinned = slot.pin.entry, slot.version
    if not isinstance(entry, PipEntry) or pinned is None or not (ground.situation.python_known and ground.has(entry)):
        return False
    new, old = ground.candidate(entry, version), ground.candidate(entry, pinned)
    return new is not None and new.sdist_only and old is not None and not old.sdist_only
