"""Does a lock satisfy its input on every target: told from the lock and the input alone, without an index.

A lock holds no METADATA, so what its packages ask of each other is known as far as the lock itself says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

from compat.lock.askers import asks_on, requirement_of
from compat.lock.markers import holds
from compat.lock.names import to_target_text
from compat.lock.reading import ReadLock, ReadPackage
from compat.lock.urls import same_source, without_credentials
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.pythons import admits_minor
from compat.model.requirements import PipEntry
from compat.model.targets import Target

#: How well the wheel of this name fits a target, the best lowest; None where it does not.
Fits = Callable[[str, Target], int | None]


class LockProblem(NamedTuple):
    """Something that does not hold. ``place`` is the line of the input, or None; ``lock_place`` is that in the lock.

    ``kind``: ``target`` (the lock is not for it), ``missing``, ``version`` (locked to one that is not asked for),
    ``source`` (from elsewhere than asked), ``extras``, ``open`` (a dependency that is not locked), ``hole`` (no file
    fits), ``build`` (only an sdist), ``python``, ``twice``, ``pin`` (no version), ``hash``; and ``unasked``, which is
    no more than an info. ``targets`` are target texts.
    """

    kind: str
    package: str
    text: str
    place: Place | None
    lock_place: Place
    targets: tuple[str, ...] = ()


def check_lock(
    lock: ReadLock,
    entries: Sequence[PipEntry],
    targets: Sequence[Target],
    fits: Fits,
    *,
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
) -> tuple[LockProblem, ...]:
    """All problems, each once with the targets that have it, in the order of the input and then of the lock.

    Args: entries are those of the scopes that were locked, constraints included. targets have their Python. extras
    and groups choose among the packages of locks that hold several (``'dev' in dependency_groups``).
    """
    found: dict[LockProblem, list[str]] = {}
    for target in targets:
        gap = lock.gap(target)
        if gap is not None:
            text = f"the lock is not for `{to_target_text(target)}`: {gap}"
            problems: Iterable[LockProblem] = [LockProblem("target", "", text, None, Place(lock.path))]
        else:
            problems = _Check(lock, target, lock.for_target(target, extras, groups)).run(entries, fits)
        for problem in dict.fromkeys(problems):
            found.setdefault(problem, []).append(to_target_text(target))
    return tuple(problem._replace(targets=tuple(texts)) for problem, texts in found.items())


class _Check:
    """One target's packages against the input."""

    def __init__(self, lock: ReadLock, target: Target, packages: Sequence[ReadPackage]) -> None:
        self.lock = lock
        self.target = target
        self.packages = packages
        self.by_name = {package.name: package for package in packages}
        self.all_names = {package.name for package in lock.packages}
        self.members: set[PyPIName] = set()

    def run(self, entries: Sequence[PipEntry], fits: Fits) -> Iterator[LockProblem]:
        wanted = [entry for entry in entries if holds(entry.requirement.marker, self.target)]
        overridden = {entry.name for entry in wanted if entry.override}
        self.members = {entry.name for entry in wanted if entry.editable}
        for entry in wanted:
            if entry.override or entry.name not in overridden:
                yield from self._entry(entry)
        for package in self.packages:
            yield from self._package(package, fits)
            if package.name not in overridden:
                yield from self._askers(package)
        yield from self._twice()
        yield from self._hashes()
        yield from self._unasked(wanted)

    def _entry(self, entry: PipEntry) -> Iterator[LockProblem]:
        """One line of the input. A constraint and an override bound a package; they do not ask for it."""
        package = self.by_name.get(entry.name)
        place = entry.place
        words = without_credentials(entry.requirement.text)
        if package is None:
            # A requirements file has a member by its path alone, which tells no name.
            unnamed = self.lock.kind == "requirements" and entry.name in self.members
            if not (entry.constraint or entry.override or unnamed):
                yield LockProblem("missing", entry.name, f"`{words}` is not locked", place, Place(self.lock.path))
            return
        if (url := entry.requirement.url) is not None:
            if package.url is None or not same_source(url, package.url):
                text = f"`{words}` is locked from {_origin(package)}"
                yield LockProblem("source", entry.name, text, place, package.place)
        elif package.url is not None and not package.version:
            return  # a repository or folder, whose version only building it would tell
        elif not _admits(entry.requirement.specifier, package.version):
            yield LockProblem("version", entry.name, f"`{words}` is locked to {package.version}", place, package.place)
        yield from self._extras(entry, package)

    def _extras(self, entry: PipEntry, package: ReadPackage) -> Iterator[LockProblem]:
        """Extras are known where the lock keeps the words of those who ask, or spells them at the entry itself."""
        requirements = [requirement_of(asker) for asker in package.askers]
        known = {extra for requirement in requirements if requirement for extra in requirement.extras} | package.extras
        says = bool(package.extras) or (bool(requirements) and all(requirements))
        missing = sorted(entry.requirement.extras - known)
        if says and missing and not entry.constraint:
            text = f"`{package.name}` is locked without {_names(missing, 'extra')}"
            yield LockProblem("extras", package.name, text, entry.place, package.place)

    def _package(self, package: ReadPackage, fits: Fits) -> Iterator[LockProblem]:
        """What stands at the package itself: dependencies, files, Python."""
        for name in package.dependencies:
            # One that is locked for other environments is left out here by its marker, and rightly so.
            if name not in self.all_names:
                text = f"`{package.name}` depends on `{name}`, which is not locked"
                yield LockProblem("open", name, text, None, package.place)
        if not package.version and package.url is None:
            text = f"`{package.name}` is not pinned to a version, so that this is no lock of it"
            yield LockProblem("pin", package.name, text, None, package.place)
        if package.requires_python and self.target.python is not None:
            specifier = SpecifierSet(package.requires_python)
            if not admits_minor(specifier, self.target.python):
                python = f"{self.target.python[0]}.{self.target.python[1]}"
                text = f"{_title(package)} asks for Python `{package.requires_python}`, not {python}"
                yield LockProblem("python", package.name, text, None, package.place)
        yield from self._files(package, fits)

    def _files(self, package: ReadPackage, fits: Fits) -> Iterator[LockProblem]:
        files = package.files or ()
        if package.files == () and package.url is None:
            text = f"{_title(package)} is locked without any file"
            yield LockProblem("hole", package.name, text, None, package.place)
            return
        wheels = [file.name for file in files if file.is_wheel]
        if not wheels or any(fits(name, self.target) is not None for name in wheels):
            if files and not wheels and package.url is None:
                text = f"{_title(package)} is locked as an sdist only: it has to be built where it is installed"
                yield LockProblem("build", package.name, text, None, package.place)
            return
        if len(wheels) < len(files):
            text = f"no wheel of {_title(package)} fits `{self.target.subdir}`: its sdist has to be built there"
            yield LockProblem("build", package.name, text, None, package.place)
            return
        text = f"no file of {_title(package)} fits `{to_target_text(self.target)}`; locked are {_some(wheels)}"
        yield LockProblem("hole", package.name, text, None, package.place)

    def _askers(self, package: ReadPackage) -> Iterator[LockProblem]:
        """What other locked packages ask of this one, where the lock keeps their words."""
        for asker in package.askers:
            requirement = requirement_of(asker)
            if requirement is None or asker.parent not in self.by_name or not asks_on(asker, self.target):
                continue
            if requirement.url is None and package.version and not _admits(requirement.specifier, package.version):
                asked = f"`{asker.parent}` asks for `{without_credentials(asker.requirement)}`"
                text = f"{asked}, but {package.version} is locked"
                yield LockProblem("version", package.name, text, None, package.place)

    def _twice(self) -> Iterator[LockProblem]:
        first: dict[PyPIName, ReadPackage] = {}
        for package in self.packages:
            other = first.setdefault(package.name, package)
            if other is not package:
                text = f"`{package.name}` is locked twice, at {_at(other)} and {_at(package)}, and both hold here"
                yield LockProblem("twice", package.name, text, None, package.place)

    def _hashes(self) -> Iterator[LockProblem]:
        """With one hash in a requirements file, pip wants all."""
        if self.lock.kind != "requirements" or not any(package.hashes for package in self.packages):
            return
        for package in self.packages:
            if not package.hashes:
                text = f"`{package.name}` has no hash though others have, which pip refuses"
                yield LockProblem("hash", package.name, text, None, package.place)

    def _unasked(self, entries: Iterable[PipEntry]) -> Iterator[LockProblem]:
        if not self.lock.linked:
            return
        pending = [entry.name for entry in entries if not (entry.constraint or entry.override)]
        reached: set[PyPIName] = set()
        while pending:
            name = pending.pop()
            if name in self.by_name and name not in reached:
                reached.add(name)
                pending += self.by_name[name].dependencies
                pending += self._asked_by(name)
        for package in self.packages:
            if package.name not in reached:
                text = f"nobody asks for {_title(package)}"
                yield LockProblem("unasked", package.name, text, None, package.place)

    def _asked_by(self, name: PyPIName) -> list[PyPIName]:
        """The packages that the lock says *name* asks for."""
        return [package.name for package in self.packages if any(asker.parent == name for asker in package.askers)]


def _admits(specifier: SpecifierSet, version: str) -> bool:
    """Whether a locked *version* is one that *specifier* admits; pre-releases count, for they were chosen."""
    return bool(version) and specifier.contains(version, prereleases=True)


def _origin(package: ReadPackage) -> str:
    return f"`{without_credentials(package.url)}`" if package.url else f"an index, in version {package.version}"


def _title(package: ReadPackage) -> str:
    return f"`{package.name} {package.version}`" if package.version else f"`{package.name}`"


def _at(package: ReadPackage) -> str:
    return f"line {package.place.line}"


def _names(names: Sequence[str], noun: str) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"{noun} {listed}" if len(names) == 1 else f"{noun}s {listed}"


def _some(names: Sequence[str]) -> str:
    """A few names, and how many more."""
    shown = ", ".join(f"`{name}`" for name in names[:2])
    return f"{shown} and {len(names) - 2} more" if len(names) > 2 else shown
