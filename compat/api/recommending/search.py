"""The newest torch family set that works on a target, found by asking the solver release by release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product, takewhile
from typing import NamedTuple

from packaging.version import Version

from compat.api.answers import dotted, platform_words
from compat.api.querying.scope import TORCH, Companion, Scope, companion_of, requirement_on
from compat.api.recommending.builds import Option, find_options, obstacle_words
from compat.model.builds import TORCH_FAMILY
from compat.model.environments import Environment, Index
from compat.model.knowledge import Coupling, Fact, Matrix, Release
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry, Requirement, parse_requirement
from compat.model.solutions import Pick
from compat.model.targets import PYTHON_MINORS, Target
from compat.resolve.offline import Cache
from compat.resolve.ports import SearchCutOffError
from compat.resolve.question import Question
from compat.rules.picks import is_met_by

Minor = tuple[int, int]

#: What goes along with torch unless nothing of it fits.
FAMILY = (PyPIName("torchvision"), PyPIName("torchaudio"))

_PLACE = Place("--with")
#: Further pins that a solution may need because of pairs that install and break.
_MAX_REPAIRS = 4
#: Releases of a wanted project tried with one torch; each that fails costs a search for every Python.
_MAX_FOLLOWERS = 3


class PassedOver(NamedTuple):
    """Why a release of torch was not taken, with the fact behind it."""

    version: Version
    why: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A set that works: ``entries`` are what is installed by name, ``picks`` everything that the solver chose."""

    target: Target
    python: Minor
    torch: Release
    option: Option
    wanted: tuple[Requirement, ...]
    """What was asked of torch itself."""
    companions: Mapping[PyPIName, Companion]
    entries: tuple[PipEntry, ...]
    picks: Mapping[PyPIName, Pick]
    repairs: tuple[tuple[Requirement, Coupling], ...]
    """Requirements added because of pairs that install and break."""


class Search:
    """The search for one target; *wanted* are the requirements that the set must hold."""

    def __init__(self, matrix: Matrix, target: Target, wanted: Sequence[Requirement], cache: Cache) -> None:
        self._matrix = matrix
        self._target = target
        self._wanted = tuple(r for r in wanted if r.name != TORCH)
        self._torch = [r for r in wanted if r.name == TORCH]
        self._cache = cache
        self._labels = {label for requirement in wanted for label in requirement.labels}
        self._hindrance = ""
        self.passed_over: list[PassedOver] = []

    def find(self) -> Choice | None:
        """The choice for the newest torch that works; ``passed_over`` says why the newer ones do not.

        A build that only a thin fact speaks of is taken where there is no other.
        """
        for thin in (False, True):
            self.passed_over.clear()
            for release in self._releases():
                found = self._try(release, thin=thin)
                if found is not None:
                    return found
        return None

    def _releases(self) -> Iterator[Release]:
        project = self._matrix.project(TORCH)
        for release in project.releases if project is not None else ():
            if release.yanked is None and all(r.public.contains(release.version) for r in self._torch):
                yield release

    def _try(self, torch: Release, *, thin: bool) -> Choice | None:
        self._hindrance = ""
        pythons = self._pythons(torch)
        if not pythons:
            self._pass_over(torch, self._no_wheel(torch), [torch.files_fact])
            return None
        options, obstacles = find_options(self._matrix, torch.version, self._target, self._labels, thin=thin)
        for option in options:
            try:
                found = self._solve(torch, option, pythons)
            except SearchCutOffError:
                self._pass_over(torch, "unknown: the search was too long", [])
                return None
            if found is not None:
                return found
        if options:
            self._pass_over(torch, self._unsolved(torch, options[0], pythons), [torch.fact])
        else:
            self._pass_over(torch, obstacle_words(obstacles), [obstacle.fact for obstacle in obstacles])
        return None

    def _pass_over(self, torch: Release, why: str, facts: Sequence[Fact | None]) -> None:
        self.passed_over.append(PassedOver(torch.version, why, tuple(f for f in facts if f is not None)))

    # -- Python ------------------------------------------------------------------------------------------------------

    def _pythons(self, torch: Release) -> list[Minor]:
        """The Pythons that the target admits and a wheel of *torch* serves there, newest first."""
        wheels = [torch.wheels[key] for key in (self._target.subdir, "any") if key in torch.wheels]
        admitted = PYTHON_MINORS if self._target.python is None else (self._target.python,)
        glibc = self._target.glibc
        wheels = [wheel for wheel in wheels if not (glibc and wheel.glibc and wheel.glibc > glibc)]
        return [python for python in admitted if any(wheel.serves(python) for wheel in wheels)]

    def _no_wheel(self, torch: Release) -> str:
        subdir, python, glibc = self._target.subdir, self._target.python, self._target.glibc
        if subdir not in torch.wheels and "any" not in torch.wheels:
            return f"no wheel for {subdir}"
        needed = torch.wheels[subdir].glibc if subdir in torch.wheels else None
        if glibc is not None and needed is not None and needed > glibc:
            return f"its wheels need glibc {dotted(needed)}"
        have = platform_words(torch, subdir).rpartition(": ")[2]
        return f"no wheel for Python {dotted(python)} (there are some for {have})"

    # -- solving -----------------------------------------------------------------------------------------------------

    def _solve(self, torch: Release, option: Option, pythons: Sequence[Minor]) -> Choice | None:
        """The first set that solves: all companions on the newest Python, then on older ones, then fewer companions."""
        companions = {python: self._companions(torch, option, python) for python in pythons}
        followers = self._followers(torch)
        for names in _subsets(FAMILY):
            for python in pythons:
                held = {**followers, **{name: companions[python][name].versions for name in names}}
                for versions in product(*held.values()):
                    found = self._solve_on(torch, option, python, dict(zip(held, versions, strict=True)))
                    if found is not None:
                        entries, picks, repairs = found
                        return Choice(
                            target=self._target,
                            python=python,
                            torch=torch,
                            option=option,
                            wanted=tuple(self._torch),
                            companions=companions[python],
                            entries=entries,
                            picks=picks,
                            repairs=repairs,
                        )
        return None

    def _followers(self, torch: Release) -> dict[PyPIName, tuple[Version, ...]]:
        """For each wanted project whose releases are for certain torch releases, the newest that are for this one.

        Without naming them the solver may leave the newest for a reason that an older neighbour would settle.
        """
        found: dict[PyPIName, tuple[Version, ...]] = {}
        for wanted in self._wanted:
            project = self._matrix.project(wanted.name) if wanted.name not in FAMILY else None
            releases = [r for r in (project.releases if project else ()) if wanted.public.contains(r.version)]
            needs = [(r, requirement_on(r, TORCH, self._target.subdir)) for r in releases if r.yanked is None]
            if any(need is not None for _, need in needs):
                fitting = (r.version for r, need in needs if need is None or need.public.contains(torch.version))
                found[wanted.name] = tuple(islice(fitting, _MAX_FOLLOWERS))
        return found

    def _companions(self, torch: Release, option: Option, python: Minor) -> dict[PyPIName, Companion]:
        """For each companion the releases that go with *torch* here and that the index of *option* is known to hold."""
        scope = Scope(python=python, subdir=self._target.subdir)
        found = {name: companion_of(self._matrix, name, torch, scope) for name in FAMILY}
        if option.index_url is None:
            return found
        return {name: self._held(name, companion, option) for name, companion in found.items()}

    def _held(self, name: PyPIName, companion: Companion, option: Option) -> Companion:
        held = tuple(version for version in companion.versions if self._is_held(name, version, option))
        return companion._replace(versions=held, known=companion.known and (bool(held) or not companion.versions))

    def _is_held(self, name: PyPIName, version: Version, option: Option) -> bool:
        """Whether the index of *option* is known to hold a release for the target."""
        builds = self._matrix.builds(name, version)
        return any(build.variant == option.variant and self._target.subdir in build.subdirs for build in builds)

    def _solve_on(
        self, torch: Release, option: Option, python: Minor, pinned: Mapping[PyPIName, Version]
    ) -> tuple[tuple[PipEntry, ...], Mapping[PyPIName, Pick], tuple[tuple[Requirement, Coupling], ...]] | None:
        """Entries, picks and repairs of the set that holds these releases, if there is one."""
        if any(not r.public.contains(pinned[r.name]) for r in self._wanted if r.name in pinned):
            return None
        pins = [parse_requirement(f"{name}=={version}") for name, version in {TORCH: torch.version, **pinned}.items()]
        repairs: list[tuple[Requirement, Coupling]] = []
        for _ in range(_MAX_REPAIRS):
            requirements = [*pins, *self._wanted, *(requirement for requirement, _ in repairs)]
            entries = tuple(PipEntry(requirement, _PLACE) for requirement in requirements)
            picks = self._ask(entries, option, python)
            if picks is None:
                return None
            broken = self._broken(picks, option)
            if broken is None:
                return entries, picks, tuple(repairs)
            repair = _repair(broken, fixed={TORCH, *pinned})
            if repair is None or repair in {requirement for requirement, _ in repairs}:
                self._hindrance = f"{broken.first.text} with {broken.second.text}: {broken.effect}"
                return None
            repairs.append((repair, broken))
        return None

    def _ask(self, entries: tuple[PipEntry, ...], option: Option, python: Minor) -> Mapping[PyPIName, Pick] | None:
        """The picks, if every project that the matrix covers has a release with a wheel. Raises: SearchCutOffError."""
        question = Question(self._matrix, _environment(entries, option), self._target, entries, (), self._cache)
        picks = question.solve(python, entries)
        proven = picks is not None and all(self._is_proven(pick, option, python) for pick in picks.values())
        return picks if proven else None

    def _is_proven(self, pick: Pick, option: Option, python: Minor) -> bool:
        """Whether a release is known to be there with a wheel; of what no table covers nothing is claimed.

        Projects that never had a wheel are built on the user's machine by everybody.
        """
        project, release = self._matrix.project(pick.name), pick.candidate.release
        if project is None or release is None:
            return project is None
        if pick.name in TORCH_FAMILY and option.index_url and not self._is_held(pick.name, release.version, option):
            return False
        if not self._is_trusted(release):
            return False
        wheels = [release.wheels[key] for key in (self._target.subdir, "any") if key in release.wheels]
        return any(wheel.serves(python) for wheel in wheels) or not any(other.wheels for other in project.releases)

    def _is_trusted(self, release: Release) -> bool:
        """Whether an open range on torch means something: releases before one that closes it did not know better."""
        if not _is_open(requirement_on(release, TORCH, self._target.subdir)):
            return True
        project = self._matrix.project(release.project)
        newer = takewhile(lambda other: other.version > release.version, project.releases if project else ())
        wanted = (requirement_on(other, TORCH, self._target.subdir) for other in newer)
        return all(_is_open(requirement) for requirement in wanted if requirement is not None)

    def _broken(self, picks: Mapping[PyPIName, Pick], option: Option) -> Coupling | None:
        """A pair that is known to break or degrade, among releases and build."""
        labels = (option.variant,)
        for coupling in self._matrix.couplings():
            if coupling.severity == "info" or (coupling.subdirs and self._target.subdir not in coupling.subdirs):
                continue
            cuda = option.build.cuda if option.build is not None else None
            if coupling.second_cuda is not None and (cuda is None or cuda[:1] != coupling.second_cuda[:1]):
                continue
            if all(is_met_by(half, picks.get(half.name), labels) for half in (coupling.first, coupling.second)):
                return coupling
        return None

    def _unsolved(self, torch: Release, option: Option, pythons: Sequence[Minor]) -> str:
        """What is known to break, or which requirement has no release that goes with *torch* here."""
        if self._hindrance:
            return self._hindrance
        for requirement in self._wanted:
            others = Search(self._matrix, self._target, [r for r in self._wanted if r is not requirement], self._cache)
            if others._solve(torch, option, pythons) is not None:
                return f"no release of {requirement.text} goes with it"
        return "no set of releases goes with it"


def _is_open(requirement: Requirement | None) -> bool:
    """Whether a requirement admits whatever comes."""
    return requirement is not None and all(spec.operator in {">=", ">", "!="} for spec in requirement.public)


def _subsets(names: Sequence[PyPIName]) -> Iterator[tuple[PyPIName, ...]]:
    """All of *names* first, nothing of them last."""
    for size in range(len(names), -1, -1):
        yield from combinations(names, size)


def _repair(coupling: Coupling, fixed: set[PyPIName]) -> Requirement | None:
    """A requirement that keeps one half of a broken pair away: of a project that is not fixed already."""
    if coupling.second_cuda is not None:
        return None  # another build of torch is the remedy
    for half in (coupling.second, coupling.first):
        specs = list(half.public)
        if half.name not in fixed and len(specs) == 1 and specs[0].operator in _OPPOSITE:
            return parse_requirement(f"{half.name}{_OPPOSITE[specs[0].operator]}{specs[0].version}")
    return None


_OPPOSITE = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "==": "!="}


def _environment(entries: tuple[PipEntry, ...], option: Option) -> Environment:
    return Environment(
        root=_PLACE.path,
        variant="",
        documents=(),
        pip=entries,
        conda=(),
        channels=(),
        indexes=(Index("index", option.index_url, _PLACE),) if option.index_url else (),
        pythons=(),
        system=(),
    )
