"""The files that an installing command names, read from the repository that the image is built of."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import NamedTuple

from compat.api.environments import join as join_parts
from compat.api.files import Library
from compat.api.images.layout import Layout
from compat.formats import READABLE_KINDS, detect
from compat.model.containers import Install
from compat.model.environments import Document, Environment, Include, Problem, Variant

#: Folders above that of the Dockerfile which may be the build context.
_MAX_ABOVE = 8

#: Tools that read environment files and MatchSpecs.
CONDA = frozenset({"conda", "mamba", "micromamba"})


class Included(NamedTuple):
    """What the files of one command say: their parts as one environment, and the files themselves."""

    parts: tuple[Environment, ...] = ()
    documents: tuple[Document, ...] = ()
    missing: tuple[str, ...] = ()
    """What is named and could not be followed."""
    problems: tuple[Problem, ...] = ()


class Context:
    """The repository around one Dockerfile: the build context is its folder, or one above it up to the repository's root."""

    def __init__(self, library: Library, path: str) -> None:
        self._library = library
        self._path = path

    def follow(self, install: Install, layout: Layout, folder: str) -> Included:
        """The files that *install* names, from *folder* of the image on."""
        found = Included()
        for include in install.includes:
            document = self._include(install, include, layout, folder)
            found = self._add(found, include.path, document, frozenset({""}), constraint=include.constraint)
        for member in install.members:
            document = self._load(layout, layout.absolute(f"{member.path}/pyproject.toml", folder), "pyproject")
            scopes = frozenset({"", *(f"extra:{extra}" for extra in member.extras)})
            found = self._add(found, member.path or str(member.name), document, scopes, constraint=False)
        return found

    def _include(self, install: Install, include: Include, layout: Layout, folder: str) -> Document | None:
        if "://" in include.path:
            return None
        kind = detect(include.path, None)
        if install.tool in CONDA and kind != "environment" and not include.path.endswith((".yml", ".yaml")):
            return None  # a list of MatchSpecs, or an explicit lock
        wanted = "environment" if install.tool in CONDA else kind if kind in READABLE_KINDS else "requirements"
        return self._load(layout, layout.absolute(include.path, folder), wanted)

    def _add(
        self, found: Included, path: str, document: Document | None, scopes: frozenset[str], *, constraint: bool
    ) -> Included:
        if document is None:
            return found._replace(missing=(*found.missing, path))
        gathered, problems = self._library.gather(document)
        part = join_parts(gathered, Variant("", scopes | document.variants[0].scopes))
        if constraint:
            part = part._replace(pip=tuple(entry._replace(constraint=True) for entry in part.pip))
        return found._replace(
            parts=(*found.parts, part),
            documents=(*found.documents, *(document for document, _, _ in gathered)),
            problems=(*found.problems, *problems),
        )

    def _load(self, layout: Layout, path: str, kind: str) -> Document | None:
        for source in layout.sources(path):
            for candidate in self._places(source):
                try:
                    return self._library.load(candidate, kind)
                except FileNotFoundError:
                    continue
        return None

    def _places(self, source: str) -> Iterator[str]:
        """Where *source* of the build context may lie, the folder of the Dockerfile first."""
        folder = dirname(self._path)
        for _ in range(_MAX_ABOVE):
            path = normpath(join(folder, source))
            if not self._library.is_inside(path, self._path):
                return
            yield path
            folder = join(folder, "..")
