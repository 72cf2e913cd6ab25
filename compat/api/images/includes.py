"""The files that an installing command names, read from the repository that the image is built of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from compat.api.environments import join as join_parts
from compat.api.files import Library
from compat.api.images.layout import Layout
from compat.api.locking.kinds import LOCK_KINDS
from compat.formats import READABLE_KINDS, detect, read
from compat.model.containers import Install, Word
from compat.model.environments import Document, Environment, Include, Problem, Variant
from compat.model.errors import FileProblem

if TYPE_CHECKING:  # most images install from no lock
    from compat.api.locking.judge import LockRoot

#: Folders above that of the Dockerfile which may be the build context.
_MAX_ABOVE = 8

#: Tools that install what the lock of a project says, and how it is called.
PROJECT_LOCKS: Mapping[str, str] = MappingProxyType(
    {"uv": "uv.lock", "pixi": "pixi.lock", "poetry": "poetry.lock", "pipenv": "Pipfile.lock"}
)
#: Options that leave out what the project itself requires.
_PARTIAL = frozenset({"only-group", "only-dev", "only"})

#: Tools that read environment files and MatchSpecs.
CONDA = frozenset({"conda", "mamba", "micromamba"})


class Included(NamedTuple):
    """What the files of one command say: their parts as one environment, and the files themselves.

    One that a heredoc spells has the path of the Dockerfile.
    """

    parts: tuple[Environment, ...] = ()
    documents: tuple[Document, ...] = ()
    missing: tuple[str, ...] = ()
    """What is named and could not be followed."""
    problems: tuple[Problem, ...] = ()
    locks: tuple[LockRoot, ...] = ()
    """Locks that are installed as they are, and so are judged by themselves."""


class Context:
    """The repository around one Dockerfile: the build context is its folder, or one above it up to the repository's root."""

    def __init__(self, library: Library, dockerfile: Document) -> None:
        self._library = library
        self._path = dockerfile.path
        self._text = dockerfile.text

    def follow(self, install: Install, layout: Layout, folder: str) -> Included:
        """The files that *install* names, from *folder* of the image on."""
        found = Included()
        for include in install.includes:
            lock = self._lock(install, include, layout, folder)
            if lock is not None:
                found = found._replace(locks=(*found.locks, lock))
                continue
            document = self._include(install, include, layout, folder)
            found = self._add(found, include.path, document, frozenset({""}), constraint=include.constraint)
        return self._add_members(found, install, layout, folder)

    def follow_project(self, install: Install, layout: Layout, folder: str) -> Included:
        """What a tool installs that has a lock beside the project: the lock, else what the project itself asks for."""
        missing = Included(missing=("the lock of the project",))
        unknown = "extra" in install.flags and not any(member.extras for member in install.members)
        if install.verb != "sync" or unknown or not _PARTIAL.isdisjoint(install.flags):
            return missing
        name, found = PROJECT_LOCKS[install.tool], Included()
        for path in [member.path for member in install.members] or ["."]:
            place = layout.absolute(f"{path}/{name}", folder)
            lock = self._read_lock(layout, place)
            if lock is not None:
                found = found._replace(locks=(*found.locks, lock))
            elif not install.members or next(self._files(layout, place), None) is not None:
                return missing  # without a reader
        if not found.locks:
            found = self._add_members(found, install, layout, folder)
        return missing if found.missing else found

    def _add_members(self, found: Included, install: Install, layout: Layout, folder: str) -> Included:
        for member in install.members:
            document = self._load(layout, layout.absolute(f"{member.path}/pyproject.toml", folder), "pyproject")
            scopes = frozenset({"", *(f"extra:{extra}" for extra in member.extras)})
            found = self._add(found, member.path or str(member.name), document, scopes, constraint=False)
        return found

    def _lock(self, install: Install, include: Include, layout: Layout, folder: str) -> LockRoot | None:
        """The lock that *include* names. For conda an explicit list may have any name."""
        kind = detect(include.path, None)
        if "://" in include.path or not (kind in LOCK_KINDS or (install.tool in CONDA and kind != "environment")):
            return None
        return self._read_lock(layout, layout.absolute(include.path, folder))

    def _read_lock(self, layout: Layout, path: str) -> LockRoot | None:
        name, data = next(self._files(layout, path), ("", b""))
        kind = detect(path if name == self._path else name, data)
        if kind not in LOCK_KINDS:
            return None
        from compat.api.locking.judge import read_root

        try:
            return read_root(name, kind, data, named=False)
        except FileProblem:
            return None

    def _files(self, layout: Layout, path: str) -> Iterator[tuple[str, bytes]]:
        """The files that *path* of the image may be, by their paths in the repository, the likeliest first."""
        for source in layout.sources(path):
            if isinstance(source, Word):
                if source.known:
                    yield self._path, self._spelled(source)
                return
            for candidate in self._places(source):
                try:
                    data = self._library.peek(candidate)
                except FileNotFoundError:
                    continue
                if data is not None:
                    yield candidate, data

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
            if isinstance(source, Word):
                return self._inline(source, kind)
            for candidate in self._places(source):
                try:
                    return self._library.load(candidate, kind)
                except FileNotFoundError:
                    continue
        return None

    def _inline(self, text: Word, kind: str) -> Document | None:
        """The file that a heredoc spells, with its places in the Dockerfile. What it includes lies in the image: not followed."""
        try:
            document = read(self._path, self._spelled(text), kind)
        except FileProblem:
            return None
        return document if text.known and not document.includes else None

    def _spelled(self, text: Word) -> bytes:
        """The lines of a heredoc, below as many empty ones as there are lines above it."""
        above = (text.place.line or 1) - 1
        lines = self._text.split("\n")[above : above + text.text.count("\n")]
        return "\n".join([*[""] * above, *lines, ""]).encode()

    def _places(self, source: str) -> Iterator[str]:
        """Where *source* of the build context may lie, the folder of the Dockerfile first."""
        folder = dirname(self._path)
        for _ in range(_MAX_ABOVE):
            path = normpath(join(folder, source))
            if not self._library.is_inside(path, self._path):
                return
            yield path
            folder = join(folder, "..")
