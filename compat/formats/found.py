"""What a reader has gathered so far, and the one way in which pip's lines become entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from compat.formats.ignores import find_ignores
from compat.model.environments import (
    Channel,
    CondaEntry,
    Document,
    Include,
    Index,
    Member,
    Problem,
    PythonBound,
    SystemRequirement,
    Variant,
)
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.text.source import Source

if TYPE_CHECKING:
    from packaging.markers import Marker

    from compat.formats.pip_line import Defect, Line, Span
    from compat.formats.pip_options import Option
    from compat.formats.pip_urls import Folder

#: Further problems of one file are counted, not listed.
MAX_PROBLEMS = 20

_ROLES = {"index-url": "index", "extra-index-url": "extra", "find-links": "find-links", "no-index": "none"}
ToPlace = Callable[[int, int], Place]


class Found:
    """Lists that become the tuples of a `Document`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.pip: list[PipEntry] = []
        self.conda: list[CondaEntry] = []
        self.channels: list[Channel] = []
        self.indexes: list[Index] = []
        self.includes: list[Include] = []
        self.pythons: list[PythonBound] = []
        self.system: list[SystemRequirement] = []
        self.platforms: list[str] = []
        self.variants: list[Variant] = [Variant("", frozenset({""}))]
        self.problems: list[Problem] = []
        self.members: list[Member] = []
        self.workspace: list[str] = []
        self.only_binary = False
        self.channels_place: Place | None = None
        self.pip_section: Place | None = None
        self.dependencies_end: Place | None = None
        self.channel_priority = ""
        self.exported = False
        self._unlisted: list[Place] = []

    def add_line(
        self,
        line: Line,
        text: str,
        to_place: ToPlace,
        *,
        scope: str = "",
        marker: Marker | None = None,
        hash_place: Place | None = None,
    ) -> None:
        """Take what *line* says; *to_place* turns its spans, which are offsets in *text*, into places."""
        if line.requirement is not None:
            requirement = line.requirement
            if marker is not None:
                from compat.formats.markers import join_markers

                requirement = requirement._replace(marker=join_markers(requirement.marker, marker))
            self.pip.append(
                PipEntry(
                    requirement,
                    to_place(*line.span),
                    scope,
                    version_place=to_place(*line.version) if line.version else None,
                    editable=line.editable,
                    hashed=line.hashed,
                    hash_place=hash_place or _between(to_place, line.hashes),
                )
            )
        if line.folder is not None:
            self._add_member(line, line.folder, to_place, scope, marker)
        for option in line.options:
            self._add_option(option, to_place, scope)
        if line.defect is not None:
            self._add_defect(line.defect, text, to_place)

    def add_problem(self, kind: str, message: str, place: Place, hint: str | None = None) -> None:
        """Note a problem, without credentials; past the first `MAX_PROBLEMS` they are only counted."""
        if len(self.problems) < MAX_PROBLEMS:
            from compat.formats.pip_urls import strip_credentials

            hint = None if hint is None else strip_credentials(hint)
            self.problems.append(Problem(kind, strip_credentials(message), place, hint))
        else:
            self._unlisted.append(place)

    def to_document(self, kind: str) -> Document:
        """The document, with the ignore comments of its text and a count of the problems that are not listed."""
        ignores, flaws = find_ignores(self.source)
        for message, place in flaws:
            self.add_problem("odd", message, place)
        if self._unlisted:
            summary = f"{len(self._unlisted)} more entries of this file could not be taken"
            self.problems.append(Problem(self.problems[0].kind, summary, self._unlisted[0]))
        return Document(
            path=self.source.path,
            kind=kind,
            text=self.source.text,
            pip=tuple(self.pip),
            conda=tuple(self.conda),
            channels=tuple(self.channels),
            channels_place=self.channels_place,
            indexes=tuple(self.indexes),
            includes=tuple(self.includes),
            pythons=tuple(self.pythons),
            platforms=tuple(self.platforms),
            system=tuple(self.system),
            variants=tuple(self.variants),
            problems=tuple(self.problems),
            ignores=ignores,
            pip_section=self.pip_section,
            dependencies_end=self.dependencies_end,
            channel_priority=self.channel_priority,
            exported=self.exported,
            only_binary=self.only_binary,
            members=tuple(self.members),
            workspace=tuple(self.workspace),
        )

    def _add_member(self, line: Line, folder: Folder, to_place: ToPlace, scope: str, marker: Marker | None) -> None:
        """A local project: what it requires is only known to those who follow its path."""
        from compat.formats.markers import join_markers

        requirement = line.requirement
        extras, name = folder.extras, to_pypi_name(folder.name) if folder.name else ""
        own = line.marker
        if requirement is not None:
            extras, name, own = extras | requirement.extras, requirement.name, requirement.marker
        self.members.append(
            Member(folder.path, to_place(*line.span), extras, line.editable, scope, name, join_markers(own, marker))
        )

    def _add_option(self, option: Option, to_place: ToPlace, scope: str) -> None:
        from compat.formats.pip_urls import strip_credentials

        place = to_place(option.start, option.end)
        if role := _ROLES.get(option.name):
            if role == "index" and any(index.role == "extra" for index in self.indexes):
                message = "pip forgets the `--extra-index-url` lines that stand above `--index-url`"
                self.add_problem("odd", message, place, "put `--index-url` first")
            self.indexes.append(Index(role, strip_credentials(option.value), place, scope))
        elif option.name in {"requirement", "constraint"} and "${" in option.value:
            self.add_problem("odd", f"`{option.value}` is filled in elsewhere: not judged", place)
        elif option.name in {"requirement", "constraint"}:
            self.includes.append(Include(option.value, place, option.name == "constraint", scope))
        elif option.name == "only-binary" and ":all:" in option.value.split(","):
            self.only_binary = True

    def _add_defect(self, defect: Defect, text: str, to_place: ToPlace) -> None:
        message, hint = defect.message, defect.hint
        if not message and len(self.problems) < MAX_PROBLEMS:
            from compat.formats.repairs import explain  # a dozen patterns, and most files need none

            message, hint = explain(text[slice(*defect.span)])
        self.add_problem(defect.kind, message, to_place(*defect.span), hint)


def _between(to_place: ToPlace, span: Span | None) -> Place | None:
    """The place of *span*, from the end of what stands before it, which may be a line above."""
    if span is None:
        return None
    start, end = span
    before, place = to_place(start - 1, start), to_place(start, end)
    return place._replace(line=before.end_line, column=before.end_column)
