"""Does a lock satisfy its input on every target: told from the lock and the input alone, without an index.

A lock holds no METADATA, so what its packages ask of each other is known as far as the lock itself says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from compat.lock.askers import requirement_of
from compat.lock.conda_check import (
    Machine,
    entry_problems,
    is_same_channel,
    record_problems,
    records_for,
    short_channel,
    unasked_problems,
)
from compat.lock.itself import Installed, OwnProblems, admits, title_of
from compat.lock.markers import holds
from compat.lock.names import to_target_text
from compat.lock.problems import Fits, LockProblem
from compat.lock.reading import ReadLock, ReadPackage
from compat.lock.urls import same_source, without_credentials
from compat.model.environments import CondaEntry
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.model.targets import Target

__all__ = ["CondaSide", "Fits", "LockProblem", "check_lock"]


class CondaSide(NamedTuple):
    """What is known of the conda part on one target.

    ``entries`` are the lines of the input that apply there. ``installed`` is what conda installs for pip, None where a
    conda part is asked for and no lock at hand holds it. ``channels`` are those asked for, in their order; none are not judged.
    """

    entries: tuple[CondaEntry, ...] = ()
    installed: Installed | None = None
    machine: Machine = MappingProxyType({})
    channels: tuple[str, ...] = ()


_NO_CONDA = CondaSide(installed={})
_NONE: Mapping[Target, CondaSide] = MappingProxyType({})


def check_lock(
    lock: ReadLock,
    entries: Sequence[PipEntry],
    targets: Sequence[Target],
    fits: Fits,
    *,
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
    conda: Mapping[Target, CondaSide] = _NONE,
) -> tuple[LockProblem, ...]:
    """All problems, each once with the targets that have it, in the order of the input and then of the lock.

    Args: entries are those of the scopes that were locked, constraints included. targets have their Python. extras
    and groups choose among the packages of locks that hold several (``'dev' in dependency_groups``). conda has the
    conda part of each target, where the input or the lock has one.
    """
    found: dict[LockProblem, list[str]] = {}
    for target in targets:
        gap = lock.gap(target)
        if gap is not None:
            text = f"the lock is not for `{to_target_text(target)}`: {gap}"
            problems: Iterable[LockProblem] = [LockProblem("target", "", text, None, Place(lock.path))]
        else:
            side = conda.get(target, _NO_CONDA)
            check = _Check(lock, target, lock.for_target(target, extras, groups), side)
            problems = (*check.conda(pip=bool(entries)), *check.run(entries, fits))
        for problem in dict.fromkeys(problems):
            found.setdefault(problem, []).append(to_target_text(target))
    return tuple(problem._replace(targets=tuple(texts)) for problem, texts in found.items())


#: What comes with every Python, and has no extras that anybody asks for.
_BRING_NOTHING = frozenset({"pip", "setuptools", "wheel"})


class _Check:
    """One target's packages against the input."""

    def __init__(self, lock: ReadLock, target: Target, packages: Sequence[ReadPackage], side: CondaSide) -> None:
        self.lock = lock
        self.target = target
        self.packages = packages
        self.side = side
        self.by_name = {package.name: package for package in packages}
        self.members: set[PyPIName] = set()

    def conda(self, *, pip: bool) -> Iterator[LockProblem]:
        """The conda part, if the lock holds one."""
        if not records_for(self.lock, self.target):
            return
        yield from self._channels()
        yield from entry_problems(self.lock, self.side.entries, self.target)
        yield from record_problems(self.lock, self.target, self.side.machine)
        yield from unasked_problems(self.lock, self.side.entries, self.target, pip=pip)

    def _channels(self) -> Iterator[LockProblem]:
        """A lock for other channels, or for the same in another order. An explicit file lists packages, and no channels."""
        asked, locked = self.side.channels, self.lock.channels
        if not asked or not locked or self.lock.kind not in ("conda-lock", "pixi-lock"):
            return
        if len(asked) != len(locked) or not all(map(is_same_channel, asked, locked)):
            shown = " and ".join(f"`{short_channel(channel)}`" for channel in locked)
            text = f"locked from {shown}, but asked for are {' and '.join(f'`{channel}`' for channel in asked)}"
            yield LockProblem("channels", "", text, None, Place(self.lock.path))

    def run(self, entries: Sequence[PipEntry], fits: Fits) -> Iterator[LockProblem]:
        if self.lock.kind == "explicit" and not self.packages:
            return  # such a file holds the conda part alone
        wanted = [entry for entry in entries if holds(entry.requirement.marker, self.target)]
        overridden = frozenset(entry.name for entry in wanted if entry.override)
        self.members = {entry.name for entry in wanted if entry.editable}
        for entry in wanted:
            if entry.override or entry.name not in overridden:
                yield from self._entry(entry)
        installed = self.side.installed
        yield from OwnProblems(
            self.lock, self.target, self.packages, fits, installed=installed, overridden=overridden
        ).find()
        yield from self._unasked(wanted)

    def _entry(self, entry: PipEntry) -> Iterator[LockProblem]:
        """One line of the input. A constraint and an override bound a package; they do not ask for it."""
        package = self.by_name.get(entry.name)
        place = entry.place
        words = without_credentials(entry.requirement.text)
        if package is None:
            yield from self._absent(entry, words)
            return
        if (url := entry.requirement.url) is not None:
            if package.url is None or not same_source(url, package.url):
                text = f"`{words}` is locked from {_origin(package)}"
                yield LockProblem("source", entry.name, text, place, package.place)
        elif package.url is not None and not package.version:
            return  # a repository or folder, whose version only building it would tell
        elif not admits(entry.requirement.specifier, package.version):
            yield LockProblem("version", entry.name, f"`{words}` is locked to {package.version}", place, package.place)
        yield from self._extras(entry, package)

    def _extras(self, entry: PipEntry, package: ReadPackage) -> Iterator[LockProblem]:
        """Extras are known where the lock keeps the words of the input, or spells them at the entry itself.

        Locks of conda and pixi keep those of packages alone, of which none may ask for the extra.
        """
        requirements = [requirement_of(asker) for asker in package.askers]
        known = {extra for requirement in requirements if requirement for extra in requirement.extras} | package.extras
        by_input = any(asker.parent is None for asker in package.askers)
        says = bool(package.extras) or (by_input and all(requirements))
        missing = sorted(entry.requirement.extras - known)
        if says and missing and not entry.constraint:
            text = f"`{package.name}` is locked without {_names(missing, 'extra')}"
            yield LockProblem("extras", package.name, text, entry.place, package.place)

    def _absent(self, entry: PipEntry, words: str) -> Iterator[LockProblem]:
        """A line of which pip installs nothing: conda may have done so."""
        if self.side.installed is not None and entry.name in self.side.installed:
            version = self.side.installed[entry.name]
            if version and entry.requirement.url is None and not admits(entry.requirement.specifier, version):
                text = f"`{words}` is locked to conda's {version}"
                yield LockProblem("version", entry.name, text, entry.place, Place(self.lock.path))
            return
        # A requirements file has a member by its path alone, which tells no name.
        unnamed = self.lock.kind == "requirements" and entry.name in self.members
        known = self.side.installed is not None
        if known and not (entry.constraint or entry.override or unnamed):
            yield LockProblem("missing", entry.name, f"`{words}` is not locked", entry.place, Place(self.lock.path))

    def _unasked(self, entries: Iterable[PipEntry]) -> Iterator[LockProblem]:
        installed = self.side.installed or {}
        # What is asked for by an extra of a project that conda has installed: these two formats do not say so.
        unseen = self.lock.kind in ("conda-lock", "pixi-lock") and not _BRING_NOTHING.issuperset(installed)
        if not self.lock.linked or unseen:
            return
        pending = [entry.name for entry in entries if not (entry.constraint or entry.override)]
        pending += [name for conda in installed for name in self._asked_by(conda)]
        reached: set[PyPIName] = set()
        while pending:
            name = pending.pop()
            if name in self.by_name and name not in reached:
                reached.add(name)
                pending += self.by_name[name].dependencies
                pending += self._asked_by(name)
        for package in self.packages:
            if package.name not in reached:
                text = f"nobody asks for {title_of(package)}"
                yield LockProblem("unasked", package.name, text, None, package.place)

    def _asked_by(self, name: PyPIName) -> list[PyPIName]:
        """The packages that the lock says *name* asks for."""
        return [package.name for package in self.packages if any(asker.parent == name for asker in package.askers)]


def _origin(package: ReadPackage) -> str:
    return f"`{without_credentials(package.url)}`" if package.url else f"an index, in version {package.version}"


def _names(names: Sequence[str], noun: str) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"{noun} {listed}" if len(names) == 1 else f"{noun}s {listed}"
