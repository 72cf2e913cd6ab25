"""Requirements that name a file or a repository by URL: pinned to a hash or a commit before anything is solved.

What cannot be pinned is left as it is, and the solver says what it lacks.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import InvalidSdistFilename, parse_sdist_filename

from compat.api.locking.declared_trees import read_declared
from compat.index.addresses import file_name, is_relative, shown_url, to_file_url, to_path
from compat.index.faults import UnreadableError
from compat.index.files.builds import Built, build_metadata
from compat.index.files.declared import parse_core_metadata
from compat.index.files.git import GitUrl, Tree, fetch_tree, find_commit, has_git, parse_git_url
from compat.index.files.local_files import read_local
from compat.index.files.remote_wheel import read_metadata
from compat.index.files.sdists import read_sdist
from compat.lock import read_pylock
from compat.lock.urls import same_source, without_credentials
from compat.model.distributions import CoreMetadata, DistFile, UnreachedError
from compat.model.errors import CompatError, UsageError
from compat.model.locking import LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.wheel_urls import is_wheel_url, parse_wheel_url
from compat.resolve.pip.direct import DirectPage, hashes_of

if TYPE_CHECKING:
    from compat.index import IndexPackages


class Pinned(NamedTuple):
    """What is known of the URLs of a run: the entries with the URLs that a lock holds, their pages and requirements."""

    entries: tuple[PipEntry, ...]
    pages: Mapping[PyPIName, DirectPage] = {}
    declared: Mapping[str, CoreMetadata] = {}
    notes: tuple[str, ...] = ()
    built: tuple[PyPIName, ...] = ()


class Pinning:
    """Pins the URLs of one run, each once.

    Args: *open_indexes* gives what downloads. *allowed* are the projects that may be built. Local paths are relative to
    *folder*, that of the lock. *before* is what an earlier lock has for the same words (see `previous_urls`).
    """

    def __init__(
        self,
        open_indexes: Callable[[], IndexPackages],
        folder: str,
        *,
        offline: bool,
        allowed: Collection[PyPIName] = (),
        before: Mapping[str, DistFile] | None = None,
    ) -> None:
        self._open_indexes = open_indexes
        self._folder = folder
        self._offline = offline
        self._allowed = allowed
        self._before = before or {}
        self._pages: dict[PyPIName, DirectPage] = {}
        self._declared: dict[str, CoreMetadata] = {}
        self._notes: dict[str, None] = {}
        self._urls: dict[tuple[PyPIName, str], str] = {}
        self._built: list[PyPIName] = []

    def pin(self, entries: Sequence[PipEntry]) -> Pinned:
        """Raises: UnreachedError, UsageError for a build that fails."""
        pinned = tuple(self._entry(entry) for entry in entries)
        return Pinned(pinned, self._pages, self._declared, tuple(self._notes), tuple(self._built))

    def _entry(self, entry: PipEntry) -> PipEntry:
        url = entry.requirement.url
        if url is None or entry.editable or entry.constraint:
            return entry
        key = entry.name, url
        if key not in self._urls:
            self._urls[key] = self._kept(entry, url) or self._pin(entry.name, url)
        return entry._replace(requirement=entry.requirement._replace(url=self._urls[key]))

    def _kept(self, entry: PipEntry, url: str) -> str | None:
        """What the earlier lock has, where that can still be had; a branch that has moved on since changes no lock."""
        before = self._before.get(without_credentials(entry.requirement.text))
        if before is None or hashes_of(url) or not same_source(before.url, url):
            return None
        git = parse_git_url(before.url)
        if git is None:
            return self._known(entry.name, before, None) if before.hashes and before.url.startswith("http") else None
        try:
            return self._repository(entry.name, git, before.url)
        except UnreachedError:
            return None  # gone from the repository; what is said is about the name, not about this commit

    def _pin(self, name: PyPIName, url: str) -> str:
        if (git := parse_git_url(url)) is not None:
            return self._repository(name, git, url)
        if is_relative(url):
            return self._local(name, url)
        if url.startswith(("https://", "http://")) and not hashes_of(url) and not self._offline:
            return self._download(name, url)
        return url

    # -- repositories ------------------------------------------------------------------------------------------------

    def _repository(self, name: PyPIName, git: GitUrl, url: str) -> str:
        remote = not git.repository.startswith("file:")
        if (self._offline and remote and not git.is_commit) or not has_git():
            return url
        if self._offline and remote:
            raise UnreachedError(f"{shown_url(git.repository)} may not be asked for {name} (offline)")
        commit = find_commit(git)
        if commit is None:
            return url
        pinned = git.at(commit)
        if git.ref.lower() != commit:
            self._notes[f"{name}: {git.ref or 'the default branch'} is commit {commit}"] = None
        with fetch_tree(git, commit) as tree:
            built = _read_tree(tree) or self._build(name, tree.check_out, f"{name} at {shown_url(git.repository)}")
        if built is not None:
            self._keep(name, built, DistFile(f"{name}-{built.version or '0'}.tar.gz", pinned))
        return pinned

    def _keep(self, name: PyPIName, built: Built, file: DistFile) -> None:
        if to_pypi_name(built.name) != name:
            raise UsageError(f"{file.url} is the project {built.name}, not {name}")
        self._pages[name] = DirectPage(file, built.version or "0", is_open=not built.version)
        self._declared[file.url] = built.metadata

    def _build(self, name: PyPIName, place: Callable[[], str], shown: str) -> Built | None:
        if name not in self._allowed:
            return None
        self._built.append(name)
        return build_metadata(place(), shown=shown)

    # -- files -------------------------------------------------------------------------------------------------------

    def _local(self, name: PyPIName, url: str) -> str:
        """A wheel or sdist of the repository, by its path."""
        path = os.path.abspath(os.path.join(self._folder, to_path(url.partition("#")[0])))
        try:
            with open(path, "rb") as opened:
                content = opened.read()
        except OSError as error:
            raise UsageError(f"`{path}` cannot be read: {error.strerror}") from error
        file = self._file(url, content)
        metadata = read_local(file._replace(url=to_file_url(path)))
        return self._known(name, file._replace(url=f"file:{url.removeprefix('file:').partition('#')[0]}"), metadata)

    def _download(self, name: PyPIName, url: str) -> str:
        bare = url.partition("#")[0]
        content = self._open_indexes().download(DistFile(file_name(bare), bare))
        file = self._file(url, content)
        (_, digest), *_ = file.hashes
        note = (
            f"{name}: {shown_url(bare)} was downloaded to find its hash; `#sha256={digest}` behind the URL keeps it so"
        )
        self._notes[note] = None
        return self._known(name, file, _declared(file, content))

    def _file(self, url: str, content: bytes) -> DistFile:
        bare, _, fragment = url.partition("#")
        digest = hashlib.sha256(content).hexdigest()
        for algorithm, wanted in hashes_of(f"#{fragment}"):
            if hashlib.new(algorithm, content).hexdigest() != wanted:
                raise UsageError(f"{shown_url(bare)} does not have the {algorithm} that the requirement names")
        return DistFile(file_name(bare), bare, (("sha256", digest),), len(content))

    def _known(self, name: PyPIName, file: DistFile, metadata: CoreMetadata | None) -> str:
        """Keep *file* as the one release of *name*. One whose name is wrong is left to the solver to refuse."""
        found = _name_and_version(file)
        pinned = f"{file.url}#{'='.join(file.hashes[0])}"
        if found is not None and found[0] == name:
            self._pages[name] = DirectPage(file, found[1])
            if metadata is not None:
                self._declared[file.url] = metadata
        return pinned


def _declared(file: DistFile, content: bytes) -> CoreMetadata | None:
    try:
        if not file.is_wheel:
            return read_sdist(file.name, content)
        found = read_metadata(len(content), content, lambda start, end: content[start:end])
        return parse_core_metadata(found or b"")
    except UnreadableError as error:
        raise UnreachedError(f"{shown_url(file.url)}: {error}") from error


def _name_and_version(file: DistFile) -> tuple[PyPIName, str] | None:
    if is_wheel_url(file.name):
        wheel = parse_wheel_url(file.name)
        return None if wheel is None else (wheel.name, str(wheel.version))
    try:
        name, version = parse_sdist_filename(file.name)
    except InvalidSdistFilename:
        return None
    return to_pypi_name(name), str(version)


def _read_tree(tree: Tree) -> Built | None:
    content = tree.read("pyproject.toml")
    return None if content is None else read_declared(content)


def with_versions(locked: LockedTarget, pinned: Pinned) -> LockedTarget:
    """*locked*, without the versions that nobody knows."""
    unknown = {name for name, page in pinned.pages.items() if page.is_open}
    if not unknown:
        return locked
    packages = tuple(p._replace(version="") if p.url and p.name in unknown else p for p in locked.packages)
    return locked._replace(packages=packages)


def previous_urls(folder: str, upgrade: Collection[PyPIName] = ()) -> dict[str, DistFile]:
    """What the locks in *folder* have for requirements by URL, by their words: commits, and archives with their hash."""
    found: dict[str, DistFile] = {}
    for name in sorted(os.listdir(folder) if os.path.isdir(folder) else ()):
        if name != "pylock.toml" and not (name.startswith("pylock.") and name.endswith(".toml")):
            continue
        try:
            with open(os.path.join(folder, name), "rb") as opened:
                lock = read_pylock(name, opened.read())
        except (OSError, CompatError):
            continue  # it is written anew
        for package in lock.packages:
            if package.url is None or package.name in upgrade:
                continue
            file = package.files[0] if package.files else DistFile(file_name(package.url), package.url)
            for asker in package.askers:
                found.setdefault(asker.requirement, file)
    return found
