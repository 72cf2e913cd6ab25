"""What a lock says of itself on one target: files that fit, dependencies that are locked, versions that go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.specifiers import SpecifierSet

from compat.lock.askers import asks_on, requirement_of
from compat.lock.names import to_target_text
from compat.lock.problems import Fits, LockProblem
from compat.lock.reading import ReadLock, ReadPackage
from compat.lock.urls import without_credentials
from compat.model.locking import Asker
from compat.model.names import PyPIName
from compat.model.pythons import admits_minor
from compat.model.targets import Target

#: Projects that conda installs, with their version of PEP 440, or "" where that is not known.
Installed = Mapping[PyPIName, str]


class OwnProblems:
    """The packages that pip installs from *lock* on *target*.

    Args: *installed* is what conda installs beside them, None where that is not known. *overridden* are projects whose
    version is chosen against what others ask. *shown* is the target in words, where its whole text says too much.
    """

    def __init__(
        self,
        lock: ReadLock,
        target: Target,
        packages: Sequence[ReadPackage],
        fits: Fits,
        *,
        installed: Installed | None,
        overridden: frozenset[PyPIName] = frozenset(),
        shown: str = "",
    ) -> None:
        self._lock = lock
        self._target = target
        self._packages = packages
        self._fits = fits
        self._installed = installed
        self._overridden = overridden
        self._names = {package.name for package in lock.packages}
        self._here = {package.name for package in packages}
        self._shown = shown or to_target_text(target)

    def find(self) -> Iterator[LockProblem]:
        for package in self._packages:
            yield from self._dependencies(package)
            yield from self._python(package)
            yield from self._files(package)
            if package.name not in self._overridden:
                yield from self._askers(package)
        yield from self._elsewhere()
        yield from self._twice()
        yield from self._hashes()

    def _dependencies(self, package: ReadPackage) -> Iterator[LockProblem]:
        if self._installed is None:
            return
        # One that is locked for other environments is left out here by its marker, and rightly so; conda-lock lists
        # what a package asks for on its own platform.
        known = self._here if self._lock.kind == "conda-lock" else self._names
        for name in package.dependencies:
            if name not in known and name not in self._installed:
                text = f"`{package.name}` depends on `{name}`, which is not locked"
                yield LockProblem("open", name, text, None, package.place)

    def _elsewhere(self) -> Iterator[LockProblem]:
        """What is locked for other platforms only, and asked for here by the words that the lock keeps."""
        if self._lock.kind != "pixi-lock" or self._installed is None:
            return
        parents = {package.name: package for package in self._packages}
        for package in self._lock.packages:
            if package.name in self._here or package.name in self._installed:
                continue
            for asker in package.askers:
                parent = parents.get(asker.parent) if asker.parent is not None else None
                # Another version of it, on the other platform, may be the one that asks.
                if parent is not None and package.name in parent.dependencies and self._asks(asker):
                    text = (
                        f"`{asker.parent}` depends on `{package.name}`, which is not locked for {self._target.subdir}"
                    )
                    yield LockProblem("open", package.name, text, None, parent.place)

    def _asks(self, asker: Asker) -> bool:
        """Whether *asker* asks on this target."""
        requirement = requirement_of(asker)
        if requirement is None:
            return False
        if self._lock.kind == "pixi-lock" and "extra" in str(requirement.marker or ""):
            return False  # such a lock keeps the requirements of all extras, whether anybody asked for them or not
        return asks_on(asker, self._target)

    def _python(self, package: ReadPackage) -> Iterator[LockProblem]:
        if not package.version and package.url is None:
            text = f"`{package.name}` is not pinned to a version, so that this is no lock of it"
            yield LockProblem("pin", package.name, text, None, package.place)
        if package.requires_python and self._target.python is not None:
            specifier = SpecifierSet(package.requires_python)
            if not admits_minor(specifier, self._target.python):
                python = f"{self._target.python[0]}.{self._target.python[1]}"
                text = f"{title_of(package)} asks for Python `{package.requires_python}`, not {python}"
                yield LockProblem("python", package.name, text, None, package.place)

    def _files(self, package: ReadPackage) -> Iterator[LockProblem]:
        files = package.files or ()
        if package.files == () and package.url is None:
            text = f"{title_of(package)} is locked without any file"
            yield LockProblem("hole", package.name, text, None, package.place)
            return
        wheels = [file.name for file in files if file.is_wheel]
        if not wheels or any(self._fits(name, self._target) is not None for name in wheels):
            if files and not wheels and package.url is None:
                text = f"{title_of(package)} is locked as an sdist only: it has to be built where it is installed"
                yield LockProblem("build", package.name, text, None, package.place)
            return
        if len(wheels) < len(files):
            text = f"no wheel of {title_of(package)} fits `{self._target.subdir}`: its sdist has to be built there"
            yield LockProblem("build", package.name, text, None, package.place)
            return
        text = f"no file of {title_of(package)} fits `{self._shown}`; locked are {_some(wheels)}"
        yield LockProblem("hole", package.name, text, None, package.place)

    def _askers(self, package: ReadPackage) -> Iterator[LockProblem]:
        """What other locked packages ask of this one, where the lock keeps their words."""
        for asker in package.askers:
            requirement = requirement_of(asker)
            if requirement is None or asker.parent not in self._here or not self._asks(asker):
                continue
            if requirement.url is None and package.version and not admits(requirement.specifier, package.version):
                asked = f"`{asker.parent}` asks for `{without_credentials(asker.requirement)}`"
                text = f"{asked}, but {package.version} is locked"
                yield LockProblem("version", package.name, text, None, package.place)

    def _twice(self) -> Iterator[LockProblem]:
        first: dict[PyPIName, ReadPackage] = {}
        for package in self._packages:
            other = first.setdefault(package.name, package)
            if other is not package:
                text = f"`{package.name}` is locked twice, at {_at(other)} and {_at(package)}, and both hold here"
                yield LockProblem("twice", package.name, text, None, package.place)

    def _hashes(self) -> Iterator[LockProblem]:
        """With one hash in a requirements file, pip wants all."""
        if self._lock.kind != "requirements" or not any(package.hashes for package in self._packages):
            return
        for package in self._packages:
            if not package.hashes:
                text = f"`{package.name}` has no hash though others have, which pip refuses"
                yield LockProblem("hash", package.name, text, None, package.place)


def admits(specifier: SpecifierSet, version: str) -> bool:
    """Whether a locked *version* is one that *specifier* admits; pre-releases count, for they were chosen."""
    return bool(version) and specifier.contains(version, prereleases=True)


def title_of(package: ReadPackage) -> str:
    """Name and version, quoted."""
    return f"`{package.name} {package.version}`" if package.version else f"`{package.name}`"


def _at(package: ReadPackage) -> str:
    return f"line {package.place.line}"


def _some(names: Sequence[str]) -> str:
    """A few names, and how many more."""
    shown = ", ".join(f"`{name}`" for name in names[:2])
    return f"{shown} and {len(names) - 2} more" if len(names) > 2 else shown
