"""Local projects by their folders: where a path leads, what the project there declares without being built."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from compat.api.files import DiskFiles, Library
from compat.api.members.member_tables import data_of, is_static, name_of, to_scope, version_of
from compat.api.members.workspaces import Workspaces, to_path
from compat.formats.markers import under_extra
from compat.formats.pip_urls import is_archive
from compat.model.environments import Document, Member, PythonBound
from compat.model.errors import UsageError
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.model.requirements import InvalidRequirement, PipEntry, parse_requirement

if TYPE_CHECKING:
    from compat.index.files.builds import Built

#: What the project of that name in a folder declares, by building it; None where that is not allowed.
Builder = Callable[[PyPIName, str], "Built | None"]

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\")


def refuse(member: Member, why: str, hint: str | None = None) -> UsageError:
    """The error for *member*, at the line that asks for it."""
    return UsageError(f"{member.place}: {why}", hint=hint)


class Project(NamedTuple):
    """One project. ``gathered`` are its pyproject.toml and what that includes, each with the scope it is included for.

    ``built`` is the METADATA of one that has to be built; then nothing else of it counts.
    """

    folder: str
    name: PyPIName
    version: str
    gathered: Sequence[tuple[Document, bool, str]] = ()
    built: Built | None = None

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(document for document, _, _ in self.gathered)

    @property
    def place(self) -> Place:
        return Place(self.gathered[0][0].path if self.gathered else self.folder)

    @property
    def pythons(self) -> tuple[PythonBound, ...]:
        """What it says about Python, of which the first counts."""
        if self.built is not None or not self.gathered:
            return ()
        return tuple(bound for bound in self.gathered[0][0].pythons if bound.scope == "")[:1]

    def scopes(self, extras: Collection[str]) -> tuple[frozenset[str], tuple[str, ...]]:
        """The scopes of the project with *extras*, and those of them that it does not have."""
        if self.built is not None:
            have = set(map(to_pypi_name, self.built.metadata.extras))
            wanted = {to_pypi_name(extra) for extra in extras}
            return frozenset(["", *(wanted & have)]), tuple(sorted(wanted - have))
        known = {to_scope(variant.name): variant.scopes for variant in self.gathered[0][0].variants}
        names = {f"extra:{to_pypi_name(extra)}" for extra in extras}
        unknown = sorted(name.partition(":")[2] for name in names - known.keys())
        # The scopes of the base may hold what is only there without extras, so it counts alone.
        found = {scope for name in sorted(names & known.keys()) or [""] for scope in known[name]}
        return frozenset(found), tuple(unknown)

    def requires(self, scopes: Collection[str]) -> Iterator[PipEntry]:
        """What it requires. Constraints of a member do not count, and overrides for what it requires itself alone."""
        if self.built is not None:
            yield from self._built(self.built, scopes)
            return
        for document, constraint, scope in self.gathered:
            if constraint or scope not in scopes:
                continue
            for entry in document.pip:
                if entry.scope in scopes and not entry.constraint:
                    yield entry._replace(override=False)

    def _built(self, built: Built, scopes: Collection[str]) -> Iterator[PipEntry]:
        for text in built.metadata.requires:
            try:
                requirement = parse_requirement(text)
            except InvalidRequirement as error:
                raise UsageError(f"{self.folder}: its metadata holds `{text}`, which is no requirement") from error
            for extra in sorted(scopes):
                can_hold, rest = under_extra(requirement.marker, extra)
                if can_hold:
                    yield PipEntry(requirement._replace(marker=rest), self.place)

    def members(self, scopes: Collection[str]) -> Iterator[Member]:
        for document, constraint, scope in self.gathered if self.built is None else ():
            if not constraint and scope in scopes:
                yield from (member for member in document.members if member.scope in scopes)


class Projects:
    """The projects of one run, each read once."""

    def __init__(self, library: Library, files: DiskFiles, build: Builder | None = None) -> None:
        self._library = library
        self._files = files
        self._build = build
        self._known: dict[tuple[str, frozenset[str]], Project] = {}
        self.workspaces = Workspaces(files, self._document)

    def virtual(self, documents: Iterable[Document]) -> Iterator[Member]:
        """All members of workspaces whose root is no project itself: there is nothing else to lock."""
        for document in documents:
            if document.workspace and "project" not in data_of(document):
                names = self.workspaces.members(document)
                yield from (Member("", Place(document.path), editable=True, name=name) for name in names)

    def is_archive(self, member: Member) -> bool:
        return is_archive(member.path)

    def find(self, member: Member) -> Project:
        """Raises: UsageError."""
        folder = self._folder(member)
        key = folder, member.extras
        if key not in self._known:
            self._known[key] = self._read(member, folder)
        return self._known[key]

    def siblings(self, project: Project, entries: Iterable[PipEntry], known: Collection[str]) -> Iterator[Member]:
        """The members of the workspace around *project* that *entries* mean by their names."""
        names: Mapping[PyPIName, str] | None = None
        for entry in entries:
            if entry.requirement.url is not None or entry.name in known or entry.name == project.name:
                continue
            if names is None:
                names = self.workspaces.around(project.place.path)
            if entry.name in names:
                extras, marker = entry.requirement.extras, entry.requirement.marker
                yield Member("", entry.place, extras, editable=True, name=entry.name, marker=marker)

    # -- where a path leads ------------------------------------------------------------------------------------------

    def _folder(self, member: Member) -> str:
        if not member.path:
            folder = self.workspaces.around(member.place.path).get(to_pypi_name(member.name))
            if folder is None:
                raise refuse(member, f"no member of the workspace is named {member.name}")
            return folder
        if _DRIVE.match(member.path):
            raise refuse(member, f"`{member.path}` is a path of another system")
        beside = to_path(os.path.join(os.path.dirname(member.place.path), os.path.expanduser(member.path)))
        # pip takes paths of a requirements file from where it runs. The file's own folder is where people mean them.
        places = dict.fromkeys([beside, to_path(os.path.expanduser(member.path))])
        inside = [place for place in places if self._files.is_inside(place, member.place.path)]
        if not inside:
            raise refuse(member, f"`{member.path}` is outside the repository and is not read")
        found = next((place for place in inside if _is_project(place)), None)
        if found is not None:
            return found
        why = "holds no project" if any(map(os.path.isdir, inside)) else "does not exist"
        raise refuse(member, f"`{member.path}` {why}", hint="a project has a pyproject.toml")

    # -- what a project declares -------------------------------------------------------------------------------------

    def _document(self, path: str) -> Document | None:
        if not os.path.isfile(path):
            return None
        document = self._library.load(path, "pyproject")
        if document is None:
            raise self._library.failures[path]
        return document

    def _read(self, member: Member, folder: str) -> Project:
        document = self._document(to_path(os.path.join(folder, "pyproject.toml")))
        data = {} if document is None else data_of(document)
        name = name_of(data)
        if document is None or name is None or not is_static(data, document, member.extras):
            return self._built(member, folder, name)
        gathered, problems = self._library.gather(document)
        broken = next((p for one, _, _ in gathered for p in one.problems if p.kind == "invalid"), None)
        for problem in (*problems, *([broken] if broken else ())):
            raise UsageError(f"{problem.place}: {problem.message}", hint=problem.hint)
        return Project(folder, name, version_of(data), gathered)

    def _built(self, member: Member, folder: str, name: PyPIName | None) -> Project:
        ours = name or to_pypi_name(member.name or os.path.basename(os.path.realpath(folder)))
        built = self._build(ours, folder) if self._build is not None else None
        if built is None:
            why = f"`{member.path or folder}` says what it requires only once it is built"
            hint = f"a static `[project]` table in its pyproject.toml would tell, or `--allow-build {ours}`"
            raise refuse(member, why, hint)
        return Project(folder, to_pypi_name(built.name or ours), built.version, built=built)


def _is_project(folder: str) -> bool:
    return any(os.path.isfile(os.path.join(folder, name)) for name in _MARKS)
