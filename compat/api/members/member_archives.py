"""Wheels and sdists that files name by their path: no members, but files like any other, at a path from the lock's folder."""

from __future__ import annotations

import os
from collections.abc import Sequence

from packaging.markers import Marker

from compat.api.files import DiskFiles
from compat.api.members.member_projects import refuse
from compat.formats.pip_urls import is_archive, to_url_requirement
from compat.model.environments import Member
from compat.model.errors import UsageError
from compat.model.requirements import PipEntry


def localized(entries: Sequence[PipEntry], files: DiskFiles, folder: str) -> tuple[PipEntry, ...]:
    """*entries*, of which those that name an archive by its path have that path from *folder*, the folder of the lock.

    Repositories installed with ``-e`` are no members: they are locked by their commit.  Raises: UsageError.
    """
    return tuple(entry if entry.requirement.url is None else _localized(entry, files, folder) for entry in entries)


def _localized(entry: PipEntry, files: DiskFiles, folder: str) -> PipEntry:
    url = entry.requirement.url or ""
    if not is_path(url):
        return entry._replace(editable=False)
    path, mark, fragment = url.partition("#")
    if entry.editable or not is_archive(path):
        return entry
    from compat.index.addresses import to_path

    absolute = path.startswith("file:/")
    written = to_path(path) if absolute else path.removeprefix("file:")
    beside = os.path.normpath(os.path.join(os.path.dirname(entry.place.path), written))
    inside = [place for place in dict.fromkeys([beside, written]) if files.is_inside(place, entry.place.path)]
    if not inside and absolute and "sha" in fragment:
        return entry  # named by its place on this machine, and pinned
    found = next((place for place in inside if os.path.isfile(place)), None)
    if found is None:
        why = "does not exist" if inside else "is outside the repository and is not read"
        raise UsageError(f"{entry.place}: `{written}` {why}")
    relative = os.path.relpath(os.path.realpath(found), os.path.realpath(folder)).replace(os.sep, "/")
    return entry._replace(requirement=entry.requirement._replace(url=f"{relative}{mark}{fragment}"))


def archive_entry(member: Member, marker: Marker | None) -> PipEntry:
    """A wheel or sdist in the repository, which is solved for like any other file that is named."""
    requirement = to_url_requirement(member.path, marker, member.extras)
    if requirement is None:
        raise refuse(member, f"`{member.path}` has no file name that tells project and version")
    return PipEntry(requirement, member.place)


def is_path(url: str | None) -> bool:
    """Whether *url*, of a requirement, is a path: only members have such."""
    return url is not None and (url.startswith("file:") or "://" not in url)
