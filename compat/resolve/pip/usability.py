"""Whether the files of a release can be installed on one target: wheel tags, Requires-Python, yanked, upload date."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from compat.model.distributions import DistFile
from compat.model.names import PyPIName
from compat.model.solutions import Reason, Rejection
from compat.model.targets import Target
from compat.model.wheels import WheelTags, parse_wheel_name, read_tags
from compat.resolve.pip.wheel_fit import DEFAULT_GLIBC, Fit, parse_wheel
from compat.resolve.shelf import Shelf

#: Dashes in the name of a wheel without build number.
_DASHES = 4


class Usable(NamedTuple):
    """The files of a release that may be taken: wheels that fit, best first, and the sdist.

    ``yanked`` says that all of them are yanked, so that the release counts only where it is pinned (PEP 592), ``partly``
    that they are for later patch releases of the target's Python only, so that it counts only where nothing else does: a
    lock for Python 3.11 is also for the 3.11.2 of a stable distribution.
    """

    wheels: tuple[DistFile, ...]
    sdist: DistFile | None
    yanked: bool = False
    partly: bool = False

    @property
    def files(self) -> tuple[DistFile, ...]:
        return self.wheels if self.sdist is None else (*self.wheels, self.sdist)


class Judge:
    """Judges files for one target and Python.

    Args: *exclude_newer* is a day (files of that day are taken) or a time ``2026-01-02T03:04:05Z`` (earlier ones are), in
    UTC; what does not say when it was uploaded is left out then, as in uv. *any_platform* takes a wheel for any platform.
    *full* is the patch release of the Python, where it is known.
    """

    def __init__(
        self,
        target: Target,
        python: tuple[int, int],
        *,
        exclude_newer: str = "",
        any_platform: bool = False,
        full: str = "",
    ) -> None:
        self._target = target
        self._python = python
        self._patches = (full, full) if full else (f"{python[0]}.{python[1]}.0", f"{python[0]}.{python[1]}.99")
        self._fit = Fit(target, python, any_platform=any_platform)
        #: Whether a file may be of use by its name: of any other, `judge` only needs to tell the reason.
        self.may_use = self._fit.may_take
        self._exclude_newer = exclude_newer
        self._admits: dict[str, tuple[bool, bool]] = {}

    def judge(self, files: Sequence[DistFile]) -> Usable | Reason:
        """What of *files* can be used, or why nothing can."""
        reason = Reason.NO_RELEASE
        live: list[tuple[int, str, DistFile]] = []
        withdrawn: list[tuple[int, str, DistFile]] = []
        sdists: list[DistFile] = []
        for file in files:
            if self._exclude_newer and self._is_too_new(file):
                reason = Reason.TOO_NEW if reason is Reason.NO_RELEASE else reason
            elif not (self._admits.get(file.requires_python) or self._admitted(file.requires_python))[1]:
                reason = Reason.REQUIRES_PYTHON if reason is not Reason.WHEEL_PYTHON else reason
            elif file.is_wheel:
                rank = self._fit.rank_of(file.name)
                if rank is None:
                    reason = Reason.WHEEL_PYTHON
                else:
                    (live if file.yanked is None else withdrawn).append((rank, file.name, file))
            else:
                sdists.append(file)
        sdist = _best_sdist(sdists)
        if live or (sdist and sdist.yanked is None):
            usable = Usable(_best_first(live), sdist if sdist and sdist.yanked is None else None)
        elif withdrawn or sdist:
            usable = Usable(_best_first(withdrawn), sdist, yanked=True)
        else:
            return reason
        first = usable.files[0].requires_python
        return usable if self._admits_all(first) else usable._replace(partly=True)

    def admits_python(self, requires_python: str) -> bool:
        """Whether *requires_python* admits the latest patch of the target's Python; what is no specifier says nothing."""
        return self._admitted(requires_python)[1]

    def _admits_all(self, requires_python: str) -> bool:
        """Whether it admits the first patch release too, which is what uv asks for."""
        return self._admitted(requires_python)[0]

    def _admitted(self, requires_python: str) -> tuple[bool, bool]:
        """Whether *requires_python* admits the first and the latest patch, or the one that is known."""
        found = self._admits.get(requires_python)
        if found is None:
            try:
                specifier = SpecifierSet(requires_python)
                first, latest = self._patches
                found = specifier.contains(first, prereleases=True), specifier.contains(latest, prereleases=True)
            except InvalidSpecifier:
                found = True, True
            self._admits[requires_python] = found
        return found

    def _is_too_new(self, file: DistFile) -> bool:
        limit = self._exclude_newer
        if not file.uploaded:
            return True
        return file.uploaded[:10] > limit if len(limit) == 10 else file.uploaded >= limit

    def reject(self, name: PyPIName, shelf: Shelf, position: int, reason: Reason) -> Rejection:
        """The rejection of version *position* of *shelf* for *reason*, told by what its files are for."""
        version = shelf.version(position)
        files = shelf.page.files(shelf.texts[position])
        if reason is Reason.WHEEL_PYTHON:
            return self._reject_wheels(name, shelf, position)
        what = f"{name} {version}"
        if reason is Reason.REQUIRES_PYTHON:
            bounds = next((f.requires_python for f in files if not self.admits_python(f.requires_python)), "")
            detail = f"{what} has Requires-Python {bounds}"
        elif reason is Reason.TOO_NEW:
            uploaded = min((file.uploaded[:10] for file in files if file.uploaded), default="")
            detail = f"{what} was uploaded {f'on {uploaded}' if uploaded else 'on a day that the index does not tell'}"
            detail += f", {self._exclude_newer[:10]} is the last day that counts"
        elif reason is Reason.YANKED:
            why = next((file.yanked for file in files if file.yanked), "")
            detail = f"{what} is yanked" + (f" ({why})" if why and why != "yanked" else "")
        elif reason is Reason.SDIST:
            has_wheels = any(file.is_wheel for file in files)
            detail = self._reject_wheels(name, shelf, position).detail if has_wheels else f"{what} has no wheels"
            detail += f", and its sdist would have to be built: `--allow-build {name}`"
        else:
            detail = f"{what}: {reason.value}"
        return Rejection(name, version, reason, detail)

    def _reject_wheels(self, name: PyPIName, shelf: Shelf, position: int) -> Rejection:
        """No wheel fits: the platform, the Python or glibc, whichever leaves none first."""
        version = shelf.version(position)
        tags = [tag for file in shelf.page.files(shelf.texts[position]) for tag in _tags_of(file.name)]
        subdir, minor = self._target.subdir, self._python[1]
        here = [tag for tag in tags if tag.subdir in {subdir, "any"}]
        what = f"{name} {version} has wheels for"
        if not here:
            served = ", ".join(sorted({tag.subdir for tag in tags})) or "other Pythons or platforms"
            return Rejection(name, version, Reason.WHEEL_PLATFORM, f"{what} {served}, none for {subdir}")
        if not any(tag.serves(minor) for tag in here):
            detail = f"{what} {_minors_of(here)}, none for Python 3.{minor} on {subdir}"
            return Rejection(name, version, Reason.WHEEL_PYTHON, detail)
        needed = min((tag.glibc for tag in here if tag.serves(minor) and tag.glibc), default=None)
        if needed is None or needed <= (self._target.glibc or DEFAULT_GLIBC):
            detail = f"{name} {version} has no wheel that fits Python 3.{minor} on {subdir}"
            return Rejection(name, version, Reason.WHEEL_PYTHON, detail)
        detail = f"the wheels of {name} {version} need glibc {'.'.join(map(str, needed))}"
        return Rejection(name, version, Reason.GLIBC, detail)


def _best_first(wheels: list[tuple[int, str, DistFile]]) -> tuple[DistFile, ...]:
    """By rank, then the higher build number, then by name."""
    if len(wheels) > 1:
        wheels.sort(key=itemgetter(1))
        if any(wheel[1].count("-") > _DASHES for wheel in wheels):
            wheels.sort(key=lambda wheel: _build_of(wheel[1]), reverse=True)
        wheels.sort(key=itemgetter(0))
    return tuple(wheel[2] for wheel in wheels)


def _build_of(name: str) -> tuple[int, str]:
    parsed = parse_wheel(name)
    return (0, "") if parsed is None else parsed.build


def _best_sdist(sdists: Sequence[DistFile]) -> DistFile | None:
    """The ``.tar.gz`` where there is one, which is all that PEP 625 leaves; those that are not yanked first."""
    return min(sdists, key=lambda f: (f.yanked is not None, not f.name.endswith(".tar.gz"), f.name), default=None)


def _tags_of(name: str) -> list[WheelTags]:
    parsed = parse_wheel_name(name)
    return [] if parsed is None else read_tags(*parsed[2:])


def _minors_of(tags: Sequence[WheelTags]) -> str:
    """``cp38-cp311``, or ``cp39 and later`` for the stable ABI."""
    later = min((tag.from_minor for tag in tags if tag.from_minor is not None), default=None)
    if later is not None:
        return f"cp3{later} and later"
    minors = sorted({minor for tag in tags for minor in tag.minors})
    if len(minors) > 2 and minors[-1] - minors[0] == len(minors) - 1:
        return f"cp3{minors[0]}-cp3{minors[-1]}"
    return ", ".join(f"cp3{minor}" for minor in minors)
