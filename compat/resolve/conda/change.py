"""The nearest change with which conda requirements are solved: tried out, a bounded number of solves at a time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from compat.model.conda_order import BOTTOM, TOP, InvalidVersion, Key, parse_conda_version
from compat.model.conda_records import CondaRecord, CondaRequest, VirtualPackage
from compat.model.conda_solutions import CondaChange
from compat.model.environments import CondaEntry
from compat.model.matchspec import MatchSpec
from compat.model.names import CondaName
from compat.model.targets import PYTHON_MINORS
from compat.resolve.conda.minimal import Solver, solution
from compat.resolve.conda.pools import Pools, admits, is_from, read_spec
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.conda.words import versions_of

#: How many versions next to the one asked for are tried, nearest first.
MAX_TRIES = 6

#: Packages that others are built for: where there is a choice, the others change.
_ANCHORS = frozenset(
    {"python", "pytorch", "tensorflow", "jax", "jaxlib", "cudatoolkit", "cuda-version", "pytorch-cuda"}
)

#: Packages whose version is the CUDA that a build is for.
_CUDA_VERSIONS = ("cuda-version", "cudatoolkit", "pytorch-cuda")


class Changes:
    """Looks for changes to *question*; *leave_out* are entries that have another conflict of their own."""

    def __init__(
        self,
        question: CondaQuestion,
        request: CondaRequest,
        solver: Solver,
        pools: Pools,
        leave_out: Sequence[int] = (),
    ) -> None:
        self._question = question
        self._request = request
        self._solver = solver
        self._pools = pools
        self._left_out = frozenset(leave_out)

    def other_python(self) -> CondaChange | None:
        """The Pythons with which all of it is solved, where the target's is only assumed."""
        own = f"python[version='{self._question.python}.*']"
        rest = tuple(text for text in self._request.constraints if text != own)
        minors = [f"{major}.{minor}" for major, minor in PYTHON_MINORS if minor > 5]
        requests = [self._with({}, (*rest, f"python[version='{minor}.*']")) for minor in minors]
        answers = self._solver.solve_requests(requests)
        found = [minor for minor, answer in zip(minors, answers, strict=True) if solution(answer) is not None]
        return CondaChange(pythons=tuple(found)) if found else None

    def other_machine(
        self, name: CondaName, texts: Sequence[str], needing: Sequence[CondaRecord]
    ) -> CondaChange | None:
        """The key of the target that brings the virtual package *name*, which records *needing* ask for by *texts*."""
        key = {"__cuda": "cuda", "__glibc": "glibc"}.get(name)
        values = _cuda_of(needing) if name == "__cuda" else []
        values += [value for text in texts if (value := _lowest(text)) and value not in values]
        if key is None or not values:
            return None
        values = values[:MAX_TRIES]
        others = tuple(package for package in self._request.virtual if package.name != name)
        requests = [
            self._with({})._replace(virtual=tuple(sorted((*others, VirtualPackage(name, value))))) for value in values
        ]
        answers = self._solver.solve_requests(requests)
        found = next((v for v, answer in zip(values, answers, strict=True) if solution(answer) is not None), None)
        return CondaChange(key=f"{key}={found}") if found is not None else None

    def instead(self, number: int) -> tuple[CondaEntry, str] | None:
        """What is there in place of the entry by *number*: its version without the build, or else the nearest version."""
        entry = self._entry(number)
        exact = entry.spec.version.is_exact if entry.spec.version is not None else None
        records = self._records(entry.spec)
        if exact is not None and any(_matches(entry.spec, record.version) for record in records):
            return entry, exact
        nearest = self._nearest(entry)
        return (entry, nearest[0]) if nearest else None

    def all_at_once(self, edits: Mapping[int, tuple[CondaEntry, str]]) -> bool:
        """Whether all that the file asks is solved with these entries at these versions."""
        if not edits or self._left_out - set(edits):
            return False
        changed = {number: _solver_text(entry, version) for number, (entry, version) in edits.items()}
        (answer,) = self._solver.solve_requests([self._with(changed)])
        return solution(answer) is not None

    def other_version(self, numbers: Sequence[int]) -> CondaChange | None:
        """One of the entries by these numbers at the version nearest to the one asked for; an anchor only if nothing else helps.

        Where none helps alone, all of them in the versions that the solver takes then.
        """
        free = [self._with({number: _solver_text(self._entry(number), "")}) for number in numbers]
        if len(numbers) > 1:
            open_ones = [number for number in numbers if self._entry(number).name != "python"]
            free.append(self._with({number: _solver_text(self._entry(number), "") for number in open_ones}))
        answers = [solution(answer) for answer in self._solver.solve_requests(free)]
        helping = [(number, records) for number, records in zip(numbers, answers, strict=False) if records is not None]
        if helping:
            number, records = min(helping, key=lambda one: (self._entry(one[0]).name in _ANCHORS, -one[0]))
            name = self._entry(number).name
            return self.nearest_version(number, otherwise="" if name == "python" else _version_in(records, name))
        together = answers[-1] if len(numbers) > 1 else None
        if together is None:
            return None
        found = [(self._entry(number), _version_in(together, self._entry(number).name)) for number in numbers]
        return CondaChange(edits=tuple((e, v) for e, v in found if not _matches(e.spec, v)))

    def nearest_version(self, number: int, *, otherwise: str = "") -> CondaChange | None:
        """The nearest version of the entry by *number* that solves all; *otherwise* one that is known to."""
        entry = self._entry(number)
        versions = self._nearest(entry)[:MAX_TRIES]
        answers = self._solver.solve_requests(
            [self._with({number: _solver_text(entry, version)}) for version in versions]
        )
        solved = (v for v, answer in zip(versions, answers, strict=True) if solution(answer) is not None)
        chosen = next(solved, otherwise)
        return CondaChange(edits=((entry, chosen),)) if chosen else None

    def _nearest(self, entry: CondaEntry) -> list[str]:
        """`nearest_versions`, with the build where the entry has a pattern that some of its builds fit."""
        records = self._records(entry.spec)
        if (
            entry.name == "python"
        ):  # by minors: there are dozens of patch releases, and packages are built for none of them
            return list(dict.fromkeys(".".join(v.split(".")[:2]) for v in nearest_versions(entry.spec, records)))
        if entry.spec.build is None or entry.spec.exact_build:
            return nearest_versions(entry.spec, records)
        any_version = entry.spec._replace(version=None)
        fitting = [record for record in records if admits(any_version, record)]
        return [f"{version}={entry.spec.build}" for version in nearest_versions(entry.spec, fitting)]

    def _entry(self, number: int) -> CondaEntry:
        return self._question.entries[number]

    def _records(self, spec: MatchSpec) -> list[CondaRecord]:
        records = self._pools.records(spec.name)
        return [record for record in records if spec.channel is None or is_from(record, spec.channel)]

    def _with(self, changed: Mapping[int, str], constraints: Sequence[str] | None = None) -> CondaRequest:
        """The request with other texts for the entries by these numbers."""
        left_out = self._left_out - set(changed)
        specs = [changed.get(n, text) for n, text in enumerate(self._request.specs) if n not in left_out]
        kept = self._request.constraints if constraints is None else tuple(constraints)
        return self._request._replace(specs=tuple(specs), constraints=kept, preferred=())


def nearest_versions(spec: MatchSpec, records: Sequence[CondaRecord]) -> list[str]:
    """The versions that *spec* does not admit, those next to what it admits first, the newer of two."""
    versions = versions_of(records)
    outside = [version for version in versions if not _matches(spec, version)]
    cuts = [cut for cut in (spec.version.cuts if spec.version is not None else ()) if cut not in (BOTTOM, TOP)]
    points = [(_key(version)[1], 0) for version in versions]
    ends = [bisect_left(points, cut) - 0.5 for cut in cuts]
    if not ends:
        return outside[::-1]
    place = {version: number for number, version in enumerate(versions)}
    return sorted(outside, key=lambda version: (min(abs(place[version] - end) for end in ends), -place[version]))


def around(spec: MatchSpec, versions: Sequence[str]) -> tuple[str, str]:
    """The last of the ascending *versions* before the one that *spec* names, and the first behind it; "" for none."""
    asked = spec.version and (spec.version.is_exact or spec.version.series)
    if not asked:
        return "", ""
    older = [version for version in versions if _key(version) < _key(asked)]
    newer = [version for version in versions if _key(version) > _key(asked)]
    return (older[-1] if older else ""), (newer[0] if newer else "")


def _matches(spec: MatchSpec, version: str) -> bool:
    try:
        return spec.matches(version)
    except InvalidVersion:
        return False


def _key(version: str) -> tuple[int, Key]:
    try:
        return (1, parse_conda_version(version).key)
    except InvalidVersion:
        return (0, ())


def _version_in(records: Sequence[CondaRecord], name: CondaName) -> str:
    return next((record.version for record in records if record.name == name), "")


def _solver_text(entry: CondaEntry, version: str) -> str:
    """The entry with another version, and the build behind it (``2.5.1=*cuda*``) or none, in the solver's spelling."""
    number, _, build = version.partition("=")
    words = [f"version='{number}.*'" if entry.name == "python" else f"version='=={number}'"] if number else []
    words += [f"build='{build}'"] if build else []
    words += [f"channel='{entry.spec.channel}'"] if entry.spec.channel is not None else []
    return f"{entry.name}[{','.join(words)}]" if words else entry.name


def _cuda_of(records: Sequence[CondaRecord]) -> list[str]:
    """The CUDA versions that *records* are built for, newest first."""
    found: dict[str, None] = {}
    for record in records:
        for text in record.depends:
            spec = read_spec(text)
            if spec is not None and spec.name in _CUDA_VERSIONS and (lowest := _lowest(text)):
                found[".".join(lowest.split(".")[:2])] = None
    return sorted(found, key=_key, reverse=True)


def _lowest(text: str) -> str:
    """The version that the lower bound of *text* names, or the one that it fixes; "" where there is none."""
    spec = read_spec(text)
    if spec is None or spec.version is None:
        return ""
    for clause in spec.version.text.split(","):
        if clause.startswith((">=", "=")) or clause[:1].isdigit():
            value = clause.lstrip(">=").rstrip(".*")
            return value if re.fullmatch(r"\d+(\.\d+)*", value) else ""
    return ""
