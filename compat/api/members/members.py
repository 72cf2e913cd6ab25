"""Members of the workspace: local projects that the files ask for by their folder, and what those require in turn.

A member is not solved for, because it is there; what it requires is. Its requirements have to be static: a lock that
leaves out what only a build would tell is wrong, so such a member is refused with what is missing.
Sources: https://packaging.python.org/en/latest/specifications/pyproject-toml/
https://docs.astral.sh/uv/concepts/projects/workspaces/
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from compat.api.files import DiskFiles, Library
from compat.api.members.member_archives import archive_entry, is_path
from compat.api.members.member_projects import Builder, Project, Projects, refuse
from compat.formats.markers import join_markers
from compat.lock.markers import holds
from compat.model.environments import Document, Environment, Member, PythonBound
from compat.model.errors import UsageError
from compat.model.locking import Asker, LockedPackage, LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.pythons import admits_minor
from compat.model.requirements import PipEntry, to_requirement
from compat.model.targets import Target

#: Members of members; more are a loop in all but name.
MAX_MEMBERS = 500


class Followed(NamedTuple):
    """One member as far as one way to it goes: under *marker*. ``url`` is as `LockedPackage` has it."""

    project: Project
    url: str
    editable: bool
    marker: Marker | None
    asker: Asker
    entries: tuple[PipEntry, ...]


class Members(NamedTuple):
    """All members, in the order in which they were come upon; ``homes`` are their files, with whose they are."""

    followed: tuple[Followed, ...] = ()
    documents: tuple[Document, ...] = ()
    homes: Mapping[str, PyPIName] = {}
    notes: tuple[str, ...] = ()


def follow(
    environment: Environment, library: Library, files: DiskFiles, folder: str, build: Builder | None = None
) -> tuple[Environment, Members]:
    """*environment* with what its members require, and the members.

    Args: paths in the lock are relative to *folder*. *build* tells the metadata of a member that has to be built, or None
    where that is not allowed.  Raises: UsageError for what is not there, not static, or outside the repository.
    """
    projects = Projects(library, files, build)
    environment = projects.workspaces.settled(environment)
    pending: list[tuple[Member, Marker | None, PyPIName | None]] = [
        (member, None, None) for member in (*environment.members, *projects.virtual(environment.documents))
    ]
    if not pending:
        return environment, Members()
    walk = _Walk(projects, folder)
    for member, above, parent in pending:  # grows while it is walked
        if len(pending) > MAX_MEMBERS:
            raise refuse(member, f"more than {MAX_MEMBERS} members lead here")
        pending += walk.take(member, above, parent)
    return _joined(environment, walk), walk.members()


class _Walk:
    """What was found on the way."""

    def __init__(self, projects: Projects, folder: str) -> None:
        self.projects = projects
        self.followed: list[Followed] = []
        self.archives: list[PipEntry] = []
        self.notes: dict[str, None] = {}
        self._folder = os.path.realpath(folder)
        self._homes: dict[PyPIName, str] = {}
        self._seen: set[tuple[str, frozenset[str], str]] = set()

    def take(
        self, member: Member, above: Marker | None, parent: PyPIName | None
    ) -> Iterator[tuple[Member, Marker | None, PyPIName | None]]:
        """Follow *member*, and yield those that it asks for."""
        marker = _both(above, member.marker)
        if self.projects.is_archive(member):
            self.archives.append(archive_entry(member, marker))
            return
        project = self.projects.find(member)
        key = project.folder, member.extras, str(marker)
        if key in self._seen:
            return
        self._seen.add(key)
        self._check_name(member, project)
        scopes, unknown = project.scopes(member.extras)
        for extra in unknown:
            self.notes[f"{member.place}: {project.name} has no extra `{extra}`"] = None
        entries = [
            entry._replace(
                scope="", requirement=entry.requirement._replace(marker=_both(marker, entry.requirement.marker))
            )
            for entry in self.projects.workspaces.bound(project.requires(scopes), project.place.path)
        ]
        asked = list(project.members(scopes))
        # In a workspace, the name of a member always means the member.
        asked += self.projects.siblings(project, entries, {inner.name for inner in asked})
        asker = Asker(_words(member), parent) if parent is not None else Asker(_words(member), place=member.place)
        url = _url(project.folder, self._folder)
        self.followed.append(Followed(project, url, member.editable, marker, asker, tuple(entries)))
        yield from ((inner, marker, project.name) for inner in asked)

    def _check_name(self, member: Member, project: Project) -> None:
        if member.name and to_pypi_name(member.name) != project.name:
            raise refuse(member, f"`{project.folder}` is the project {project.name}, not {member.name}")
        if self._homes.setdefault(project.name, project.folder) != project.folder:
            other = self._homes[project.name]
            raise refuse(member, f"{project.name} is a member at two paths: `{other}` and `{project.folder}`")

    def members(self) -> Members:
        found = {followed.project.name: followed.project for followed in self.followed}
        documents = {d.path: d for project in found.values() for d in project.documents}
        homes = {d.path: name for name, project in found.items() for d in project.documents}
        return Members(tuple(self.followed), tuple(documents.values()), homes, tuple(self.notes))


def _joined(environment: Environment, walk: _Walk) -> Environment:
    """*environment* with the members as entries that are there already, and what they require."""
    members = [_entry(followed) for followed in walk.followed]
    names = {entry.name for entry in members} | {entry.name for entry in walk.archives}
    places = {member.place for member in environment.members}
    # A reader that knows the name of a member gives it as a requirement, too.
    kept = [e for e in environment.pip if not (e.place in places and e.name in names and is_path(e.requirement.url))]
    required = [entry for followed in walk.followed for entry in followed.entries if not is_path(entry.requirement.url)]
    pythons = [bound for followed in walk.followed if followed.marker is None for bound in followed.project.pythons]
    return environment._replace(
        pip=tuple(dict.fromkeys([*kept, *members, *walk.archives, *required])),
        pythons=tuple(dict.fromkeys([*environment.pythons, *pythons])),
    )


def _entry(followed: Followed) -> PipEntry:
    requirement = to_requirement(
        followed.project.name,
        SpecifierSet(),
        marker=followed.marker,
        url=followed.url if followed.url.startswith("file://") else followed.url.removeprefix("file:"),
        text=followed.asker.requirement,
    )
    place = followed.asker.place or followed.project.place
    return PipEntry(requirement, place, editable=True)


def _both(above: Marker | None, own: Marker | None) -> Marker | None:
    """Both conditions; one that holds already is not said twice, so that circles end."""
    if above is not None and own is not None and str(own) in str(above):
        return above
    return join_markers(above, own)


def _words(member: Member) -> str:
    """How the file asks for *member*, as pip would have it."""
    extras = f"[{','.join(sorted(member.extras))}]" if member.extras else ""
    path = f"{member.path or '.'}{extras}"
    if member.name:
        return f"{member.name}{extras}"
    return f"-e {path}" if member.editable else path


def _url(folder: str, base: str) -> str:
    """``file:`` and the path of *folder* from *base*, the folder of the lock, so that the repository may be moved."""
    return f"file:{quote(os.path.relpath(os.path.realpath(folder), base).replace(os.sep, '/'))}"


def add_members(locked: LockedTarget, members: Members) -> LockedTarget:
    """*locked* with the members that its target has. Raises: UsageError where one does not admit the target's Python."""
    here = [followed for followed in members.followed if holds(followed.marker, locked.target)]
    if not here:
        return locked
    names = {package.name for package in locked.packages} | {followed.project.name for followed in here}
    own: dict[PyPIName, LockedPackage] = {}
    for followed in here:
        _check_python(followed.project.pythons, followed.project.name, locked.target)
        # The files of the call come first, so that their word counts about what is editable.
        package = own.get(followed.project.name) or _package(followed)
        needs = {entry.name for entry in followed.entries if holds(entry.requirement.marker, locked.target)}
        own[package.name] = package._replace(
            dependencies=tuple(sorted({*package.dependencies, *(needs & names - {package.name})})),
            askers=tuple(dict.fromkeys([*package.askers, followed.asker])),
        )
    packages = [_asked(package, members.homes) for package in locked.packages if package.name not in own]
    return locked._replace(packages=tuple(sorted([*packages, *own.values()], key=lambda package: package.name)))


def _check_python(pythons: Sequence[PythonBound], name: PyPIName, target: Target) -> None:
    python = target.python
    for bound in pythons:
        if python is not None and not admits_minor(bound.specifier, python):
            raise UsageError(f"{bound.place}: {name} asks for Python `{bound.text}`, not {python[0]}.{python[1]}")


def _package(followed: Followed) -> LockedPackage:
    project = followed.project
    bounds = " ".join(str(bound.specifier) for bound in project.pythons[:1])
    return LockedPackage(project.name, project.version, "", (), bounds, url=followed.url, editable=followed.editable)


def _asked(package: LockedPackage, homes: Mapping[str, PyPIName]) -> LockedPackage:
    """*package*, asked for by the members themselves instead of by places in their files."""
    askers = [
        Asker(asker.requirement, homes[asker.place.path])
        if asker.parent is None and asker.place is not None and asker.place.path in homes
        else asker
        for asker in package.askers
    ]
    return package._replace(askers=tuple(dict.fromkeys(askers)))
