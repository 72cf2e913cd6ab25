"""One question to the solver: these entries, on this target; asked for each Python, whole or in part."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from compat.model.builds import NAMED, TORCH_FAMILY, World
from compat.model.environments import CondaEntry, Environment
from compat.model.knowledge import Coupling, Matrix
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry, is_empty
from compat.model.solutions import Candidate, Demand, Entry, Pick, Provided, Rejection, Step
from compat.model.targets import PYTHON_MINORS, Target
from compat.resolve.offline import Cache, CondaSide, MatrixSource
from compat.resolve.situation import applying_pip, conda_demand, pip_demand, worlds_for
from compat.resolve.solve import solve

Minor = tuple[int, int]

_TORCH = PyPIName("torch")

#: Channels that only serve the builds of PyTorch's own channel: none of them holds another pytorch.
_PYTORCH_CHANNELS = frozenset({"pytorch", "nvidia", "pytorch-lts"})


class Question:
    """The entries of an environment as demands, and the solver's answers to them, remembered.

    *pip* are the pip entries that apply to the target under some Python, *provided* the conda ones that provide a
    project and that pip does not replace. ``entries`` are those that can take part in a conflict: of projects that the matrix covers, or that one of them
    requires, or that stand in the file more than once.
    """

    def __init__(
        self,
        matrix: Matrix,
        environment: Environment,
        target: Target,
        pip: Sequence[PipEntry],
        provided: Sequence[Provided],
        cache: Cache,
    ) -> None:
        self._matrix = matrix
        self._target = target
        self._cache = cache
        self._overrides = [entry for entry in pip if entry.override]
        self._provided = {id(item.entry): item for item in provided}
        self.worlds = worlds_for(pip, environment)
        channels = {channel.name for channel in environment.channels}
        own = {item.entry.spec.channel for item in provided if item.entry.spec.channel}
        names = {item.name for item in provided}
        if names & TORCH_FAMILY and not any(entry.name == _TORCH for entry in pip):
            names.add(_TORCH)  # conda's torchvision brings conda's pytorch
        self._conda = CondaSide(frozenset(names), bool(channels or own) and channels | own <= _PYTORCH_CHANNELS)
        self.entries: tuple[Entry, ...] = (
            *(item.entry for item in provided),
            *_relevant(pip, matrix, {item.name for item in provided}),
        )
        self._sources: dict[tuple[Minor, bool], MatrixSource] = {}
        self._waived: set[PyPIName] = set()
        self.rounds: int | None = None
        """How long a search may be; None for as long as any."""

    def waive(self, name: PyPIName) -> bool:
        """Take every release of *name* as installable from now on; False where that is so already.

        What cannot be installed is told once; what its version means for the others is still worth knowing.
        """
        if name in self._waived or name in self._conda.names:
            return False
        self._waived.add(name)
        self._sources.clear()  # they remember where the files of a project come from
        return True

    def _world(self, name: PyPIName) -> World:
        return NAMED if name in self._waived else self.worlds(name)

    def source(self, python: Minor, *, any_platform: bool = False) -> MatrixSource:
        key = (python, any_platform)
        if key not in self._sources:
            self._sources[key] = MatrixSource(
                self._matrix,
                self._target,
                python,
                self._world,
                self._conda,
                self._cache,
                any_platform=any_platform,
                overridden=frozenset(entry.name for entry in applying_pip(self._overrides, self._target, python)),
            )
        return self._sources[key]

    @property
    def elsewhere(self) -> Sequence[Minor]:
        return PYTHON_MINORS

    def releases(self, python: Minor, name: PyPIName, demands: Sequence[Demand]) -> Sequence[Candidate]:
        return self.source(python).matches(name, demands)

    def derive(
        self, core: Sequence[Entry], pythons: Sequence[Minor], *, outside: bool
    ) -> tuple[tuple[Step, ...], tuple[Rejection, ...]]:
        from compat.resolve.derivation import derive  # only a conflict needs it

        return derive(self, core, pythons, outside=outside)

    def project(self, entry: Entry) -> PyPIName:
        """The PyPI project that *entry* asks for; for a conda entry, the one it provides."""
        return self._provided[id(entry)].name if isinstance(entry, CondaEntry) else entry.name

    def demands(self, python: Minor, entries: Collection[Entry]) -> list[Demand]:
        """The demands of *entries* for one Python: markers decide, constraints bound only what something asks for."""
        pip = [entry for entry in entries if isinstance(entry, PipEntry)]
        conda = [self._demand(entry) for entry in entries if isinstance(entry, CondaEntry)]
        return [*conda, *map(pip_demand, applying_pip(pip, self._target, python))]

    def solve(
        self, python: Minor, entries: Collection[Entry], *, any_platform: bool = False
    ) -> Mapping[PyPIName, Pick] | None:
        """The picks for one Python, or None. Raises: SearchCutOffError."""
        return solve(self.demands(python, entries), self.source(python, any_platform=any_platform), self.rounds)

    def solve_demands(self, python: Minor, demands: Sequence[Demand]) -> Mapping[PyPIName, Pick] | None:
        """The same for demands that are no entries. Raises: SearchCutOffError."""
        return solve(demands, self.source(python))

    def is_solvable(
        self, entries: Collection[Entry], pythons: Sequence[Minor] = PYTHON_MINORS, *, any_platform: bool = False
    ) -> bool:
        """Whether some of *pythons* satisfies *entries*."""
        possible = self.possible_pythons(entries, pythons, any_platform=any_platform)
        return any(self.solve(python, entries, any_platform=any_platform) is not None for python in possible)

    def possible_pythons(
        self, entries: Collection[Entry], pythons: Sequence[Minor], *, any_platform: bool = False
    ) -> list[Minor]:
        """Those of *pythons* for which each of *entries*, taken alone, has a release; listed releases first.

        An entry with a marker may not count for a Python, a constraint may not count at all: both are left out.
        """
        possible, listed = list(pythons), set(pythons)
        for entry in entries:
            if isinstance(entry, PipEntry) and (entry.requirement.marker is not None or entry.constraint):
                continue
            answers = self._answers(entry, any_platform=any_platform)
            for python in possible:
                if python not in answers:
                    answers[python] = self._answer(entry, python, any_platform=any_platform)
            possible = [python for python in possible if answers[python] is not None]
            listed &= {python for python in possible if answers[python]}
        return sorted(possible, key=lambda python: python not in listed)

    def _answers(self, entry: Entry, *, any_platform: bool) -> dict[Minor, bool | None]:
        """What is known of *entry* by Python, remembered by text: the same line stands in many files."""
        name = self.project(entry)
        side = "conda" if name in self._conda.names else self._world(name)
        text = entry.requirement.text if isinstance(entry, PipEntry) else entry.spec.text
        known = self._cache.setdefault(("pythons", self._target.subdir, self._target.glibc, any_platform), {})
        found: dict[Minor, bool | None] = known.setdefault(
            (name, side, text, isinstance(entry, PipEntry) and entry.editable), {}
        )
        return found

    def _answer(self, entry: Entry, python: Minor, *, any_platform: bool) -> bool | None:
        """Whether the matrix lists a release for *entry* alone; None where there is none, listed or not."""
        name = self.project(entry)
        matches = self.source(python, any_platform=any_platform).matches(name, [self._demand(entry)])
        if not matches:
            return None
        return matches[0].version is not None or self._matrix.project(name) is None

    def is_known(self, picks: Mapping[PyPIName, Pick], python: Minor) -> bool:
        """Whether *picks* are releases that the matrix lists for *python*, or of projects that it does not cover at all."""
        return all(
            self._is_listed(pick, python) if pick.version is not None else self._matrix.project(name) is None
            for name, pick in picks.items()
        )

    def _is_listed(self, pick: Pick, python: Minor) -> bool:
        """Whether the wheels on the default index are for *python*; another index may have more, but seldom has."""
        candidate = pick.candidate
        if candidate.release is None or candidate.conda or candidate.sdist_only:
            return True
        keys = (self._target.subdir, "any")
        wheels = [candidate.release.wheels[key] for key in keys if key in candidate.release.wheels]
        return not wheels or any(one.serves(python) for one in wheels)

    def _demand(self, entry: Entry) -> Demand:
        return conda_demand(self._provided[id(entry)]) if isinstance(entry, CondaEntry) else pip_demand(entry)

    def broken_couplings(self, picks: Mapping[PyPIName, Pick]) -> tuple[Coupling, ...]:
        """The pairs among *picks* that every installer accepts and that do not work together."""
        return tuple(
            coupling for coupling in self._matrix.couplings() if is_broken(coupling, picks, self._target.subdir)
        )


def is_broken(coupling: Coupling, picks: Mapping[PyPIName, Pick], subdir: str) -> bool:
    """Whether both halves of *coupling* are among *picks*, by known versions."""
    if coupling.subdirs and subdir not in coupling.subdirs:
        return False
    for half in (coupling.first, coupling.second):
        pick = picks.get(half.name)
        if pick is None or pick.version is None or not half.public.contains(pick.version, prereleases=True):
            return False
    return True


def _relevant(entries: Sequence[PipEntry], matrix: Matrix, provided: Collection[PyPIName]) -> list[PipEntry]:
    seen: dict[PyPIName, int] = {}
    for entry in entries:
        seen[entry.name] = seen.get(entry.name, 0) + 1
    mentioned = matrix.mentioned()
    return [
        entry
        for entry in entries
        if seen[entry.name] > 1
        or entry.name in provided
        or (entry.name in mentioned and (len(entry.requirement.specifier) or matrix.project(entry.name) is not None))
        or is_empty(entry.requirement)
    ]
