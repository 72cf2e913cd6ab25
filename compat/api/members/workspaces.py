"""Workspaces of uv: which one a file is in, which projects it has, and where its root says that packages come from.

Of several projects in a workspace the root alone says which indexes are asked. Where a member does not say so itself, the
root's sources bind what it requires, too.
Source: https://docs.astral.sh/uv/concepts/projects/workspaces/#workspace-sources
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from compat.api.files import DiskFiles, upwards
from compat.api.members.member_tables import data_of, name_of
from compat.formats.toml_entries import table
from compat.model.environments import Document, Environment
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry

_MAX_FOLDERS = 1000


class Workspaces:
    """Args: *load* gives the document at a path, or None where there is none."""

    def __init__(self, files: DiskFiles, load: Callable[[str], Document | None]) -> None:
        self._files = files
        self._load = load
        self._workspaces: dict[str, dict[PyPIName, str]] = {}

    def root(self, path: str) -> Document | None:
        """The root of the workspace around the file at *path*, nearest first."""
        relative = not os.path.isabs(path)
        for folder in upwards(os.path.abspath(os.path.dirname(path) or ".")):
            pyproject = to_path(os.path.join(folder, "pyproject.toml"))
            if not self._files.is_inside(pyproject, path):
                break
            document = self._load(to_path(os.path.relpath(pyproject)) if relative else pyproject)
            if document is not None and document.workspace:
                return document
        return None

    def around(self, path: str) -> Mapping[PyPIName, str]:
        """The projects of the workspace that the file at *path* is in: names to folders."""
        root = self.root(path)
        return {} if root is None else self.members(root)

    def bound(self, entries: Iterable[PipEntry], path: str) -> Iterator[PipEntry]:
        """*entries* of the project at *path*, bound to the indexes that it names or the root does for it."""
        root = self._other_root(path)
        pins = {} if root is None else self._pins(root, path)
        for entry in entries:
            is_free = entry.index_url is None and entry.requirement.url is None
            yield entry._replace(index_url=pins[entry.name]) if is_free and entry.name in pins else entry

    def settled(self, environment: Environment) -> Environment:
        """*environment* with the indexes of the root for each member among its files, and what they require bound to them."""
        roots = {
            document.path: root
            for document in environment.documents
            if os.path.basename(document.path) == "pyproject.toml"
            and (root := self._other_root(document.path)) is not None
        }
        if not roots:
            return environment
        own = [index for index in environment.indexes if index.place.path not in roots]
        pip = [bound for entry in environment.pip for bound in self.bound([entry], entry.place.path)]
        above = [index for root in roots.values() for index in root.indexes]
        return environment._replace(pip=tuple(pip), indexes=tuple(dict.fromkeys([*own, *above])))

    def _other_root(self, path: str) -> Document | None:
        """The root, where the project at *path* is another member of its workspace."""
        if os.path.basename(path) != "pyproject.toml":
            return None
        root = self.root(path)
        if root is None or root.path == path:
            return None
        return root if to_path(os.path.dirname(path) or ".") in self.members(root).values() else None

    def _pins(self, root: Document, path: str) -> Mapping[PyPIName, str]:
        """Projects to the URLs of their indexes. What a member says of a project, whatever it is, goes before the root's word."""
        member = self._load(path)
        urls = {index.name: index.url for index in root.indexes if index.name}
        sources = _sources(root) | (_sources(member) if member is not None else {})
        indexes = {name: source.get("index") for name, source in sources.items() if isinstance(source, dict)}
        return {name: urls[index] for name, index in indexes.items() if isinstance(index, str) and index in urls}

    def members(self, document: Document) -> Mapping[PyPIName, str]:
        """The projects of the workspace that *document* is the root of: names to folders."""
        folder = os.path.dirname(document.path) or "."
        if folder not in self._workspaces:
            found = self._workspaces[folder] = {}
            for place in self._folders(folder, document):
                member = self._load(to_path(os.path.join(place, "pyproject.toml")))
                name = None if member is None else name_of(data_of(member))
                if name is not None:
                    found.setdefault(name, place)
        return self._workspaces[folder]

    def _folders(self, folder: str, document: Document) -> list[str]:
        import glob

        def expand(pattern: str) -> list[str]:
            found = glob.iglob(os.path.join(glob.escape(folder), pattern))
            return [to_path(place) for _, place in zip(range(_MAX_FOLDERS), found, strict=False)]

        excluded = {place for text in document.workspace if text.startswith("!") for place in expand(text[1:])}
        places = [place for text in document.workspace if not text.startswith("!") for place in sorted(expand(text))]
        return [
            place
            for place in dict.fromkeys([to_path(folder), *places])
            if place not in excluded and os.path.isdir(place) and self._files.is_inside(place, document.path)
        ]


def _sources(document: Document) -> dict[PyPIName, object]:
    return {to_pypi_name(name): source for name, source in table(data_of(document), "tool", "uv", "sources").items()}


def to_path(path: str) -> str:
    """*path* in its shortest form, with ``/``."""
    return os.path.normpath(path).replace(os.sep, "/")
