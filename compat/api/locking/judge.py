"""``check`` of lock files: each platform of a lock by itself, offline, with the rules for environments and those for locks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from compat.api.judge import Judge
from compat.api.locking.findings import problem_findings
from compat.api.locking.locked_environment import to_document, to_environment
from compat.api.locking.sides import fits, installed_by, locked_pythons, machine_of
from compat.api.roots import parse_targets
from compat.lock import LockProblem, ReadLock, ReadPackage, find_own_problems, records_for
from compat.model.diagnostics import Diagnostic, Fix, Safety, Severity
from compat.model.environments import Document
from compat.model.errors import UsageError
from compat.model.knowledge import Matrix
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.targets import PYTHON_MINORS, SUBDIRS, Target, parse_target
from compat.resolve.offline import Cache

#: The rules that judge what is installed. The others judge words, ranges and what an index would give: a lock has chosen.
RULES = frozenset(
    [
        "ABI001",
        "ABI002",
        "ABI003",
        "ABI005",
        "CHN004",
        "CUD003",
        "CUD004",
        "CUD005",
        "CUD006",
        "CUD007",
        "CUD008",
        "CUD009",
        "CUD015",
        "ENV002",
        "ENV003",
        "GAP001",
        "REQ006",
    ]
)

#: Extras and groups of a uv.lock that are judged one by one; of more, the rest is judged by what the base has in common.
MAX_VARIANTS = 24

Minor = tuple[int, int]
_NONE: frozenset[PyPIName] = frozenset()


class LockRoot(NamedTuple):
    """A lock of the call. ``locks`` are its environments by name (pixi has several), ``named`` says that the call names it."""

    document: Document
    locks: Mapping[str, ReadLock]
    named: bool

    @property
    def path(self) -> str:
        return self.document.path


def read_root(path: str, kind: str, data: bytes, *, named: bool) -> LockRoot:
    """The lock in *data*. Raises: FileProblem where it does not parse."""
    locks = _read(path, kind, data)
    first = next(iter(locks.values()))
    conda = tuple(dict.fromkeys(each for lock in locks.values() for each in lock.conda))
    packages = tuple({id(p.place): p for lock in locks.values() for p in lock.packages}.values())
    merged = first._replace(conda=conda, packages=packages)
    return LockRoot(to_document(merged, data.decode("utf-8", "replace")), locks, named)


def _read(path: str, kind: str, data: bytes) -> Mapping[str, ReadLock]:
    """A run meets one or two formats, each with a reader of its own."""
    if kind == "pixi-lock":
        from compat.lock import read_pixi_locks

        return read_pixi_locks(path, data)
    if kind == "conda-lock":
        from compat.lock import read_conda_lock

        return {"": read_conda_lock(path, data)}
    if kind == "explicit":
        from compat.lock import read_explicit

        return {"": read_explicit(path, data)}
    if kind == "pylock":
        from compat.lock import read_pylock

        return {"": read_pylock(path, data)}
    from compat.lock import read_uv_lock

    return {"": read_uv_lock(path, data)}


class LockJudge:
    """Locks on targets. *targets* are those that the call or the configuration names, *usual* those where none is named."""

    def __init__(self, matrix: Matrix, targets: Sequence[Target], usual: Sequence[Target], cache: Cache) -> None:
        self._matrix = matrix
        self._targets = targets
        self._usual = usual
        self._cache = cache

    def findings(self, roots: Sequence[LockRoot]) -> Iterator[Diagnostic]:
        covered = {
            target
            for root in roots
            for lock in root.locks.values()
            for target in self._targets
            if _gap(lock, target) is None
        }
        for root in roots:
            for name, lock in root.locks.items():
                yield from self._lock(root, name, lock, covered)

    def _lock(self, root: LockRoot, name: str, lock: ReadLock, covered: set[Target]) -> Iterator[Diagnostic]:
        if not self._targets:
            yield from _unjudged(lock)
        for target in self._targets or self._own_targets(lock):
            gap = _gap(lock, target)
            if gap is None:
                yield from _OnTarget(self._matrix, self._cache, root.document, lock, target).findings()
            elif not name or name == "default":
                # A lock for other machines is none of this one's business where another lock of the call is for it.
                kind = "target" if root.named and target not in covered else "elsewhere"
                text = f"the lock is not for `{target.text}`: {gap}"
                found = problem_findings([LockProblem(kind, "", text, None, Place(lock.path))])
                yield from (one._replace(targets=(target.text,)) for one in found)

    def _own_targets(self, lock: ReadLock) -> Sequence[Target]:
        """All that the lock is for, as far as targets can say it: its own words, else its platforms."""
        texts = [text for _, text in lock.targets] or [subdir for subdir in lock.subdirs if subdir in SUBDIRS]
        try:
            return parse_targets(texts, self._matrix) if texts else (() if lock.subdirs else self._usual)
        except UsageError:  # a GPU that only the machine knew that the lock was made on
            return [parse_target(text.partition(",")[0], {}) for text in texts]


def _unjudged(lock: ReadLock) -> Iterator[Diagnostic]:
    """The platforms of *lock* that no target can name."""
    for subdir in lock.subdirs:
        if subdir not in SUBDIRS:
            message = f"what is locked for {subdir} is not judged: the tables have nothing of that platform"
            yield Diagnostic("GAP001", "fact-missing", Severity.INFO, message, Place(lock.path), gap=True)


def _gap(lock: ReadLock, target: Target) -> str | None:
    """Why the lock is not for *target* at all; one that leaves its Python open is asked about each."""
    pythons = (target.python,) if target.python else PYTHON_MINORS
    gaps = [lock.gap(target._replace(python=python)) for python in pythons]
    if None in gaps:
        return None
    if lock.subdirs and target.subdir not in lock.subdirs:
        return f"it is for {' and '.join(lock.subdirs)}"
    return gaps[0]


class _OnTarget:
    """One lock on one target that it is for."""

    def __init__(self, matrix: Matrix, cache: Cache, document: Document, lock: ReadLock, target: Target) -> None:
        self._matrix = matrix
        self._cache = cache
        self._document = document
        self._lock = lock
        self._target = target
        self._installed = installed_by(lock, target, matrix)
        self._machine = machine_of(target, matrix)

    def findings(self) -> Iterator[Diagnostic]:
        """What holds for every Python that the lock may be installed with, of which one that fits best is judged in full."""
        pythons = [python for python in self._pythons() if self._lock.gap(self._on(python)) is None]
        for variant, extras, groups in self._variants():
            packages = {python: self._lock.for_target(self._on(python), extras, groups) for python in pythons}
            problems = {python: self._problems(python, packages[python]) for python in pythons}
            fewest = min(sum(_is_bad(p) for p in found) for found in problems.values())
            working = [python for python in pythons if sum(_is_bad(p) for p in problems[python]) == fewest]
            common = [p for p in problems[working[0]] if all(_is_in(p, problems[python]) for python in pythons)]
            told = problem_findings(common)
            told += self._judged(working, packages, variant)
            yield from (one._replace(targets=(self._target.text,)) for one in told)

    def _on(self, python: Minor) -> Target:
        return self._target._replace(python=python)

    def _pythons(self) -> Sequence[Minor]:
        """The Pythons that the lock is for, as far as it says so: that of its conda part, of its target, or all."""
        if self._target.python is not None:
            return (self._target.python,)
        return locked_pythons(self._lock, self._target) or PYTHON_MINORS

    def _variants(self) -> Sequence[tuple[str, frozenset[PyPIName], frozenset[PyPIName]]]:
        """The base, then each extra and group of the projects that a uv.lock is for."""
        needs = dict.fromkeys(link.needs for link in self._lock.links if link.needs and link.parent in self._lock.roots)
        found = [("", _NONE, _NONE)]
        for need in list(needs)[:MAX_VARIANTS]:
            kind, _, name = need.partition(":")
            chosen = frozenset({PyPIName(name)})
            found.append((need, chosen, _NONE) if kind == "extra" else (need, _NONE, chosen))
        return found

    def _problems(self, python: Minor, packages: Sequence[ReadPackage]) -> tuple[LockProblem, ...]:
        return find_own_problems(
            self._lock, packages, self._on(python), fits, installed=self._installed, machine=self._machine
        )

    def _judged(
        self, pythons: Sequence[Minor], packages: Mapping[Minor, Sequence[ReadPackage]], variant: str
    ) -> list[Diagnostic]:
        """What the rules say for all of *pythons*, which are asked one after the other while anything is left to be said."""
        found: list[Diagnostic] | None = None
        seen: set[tuple[ReadPackage, ...]] = set()
        for python in pythons:
            if tuple(packages[python]) in seen and not found:
                continue
            seen.add(tuple(packages[python]))
            environment = to_environment(self._lock, self._document, self._on(python), packages[python], variant)
            judge = Judge(self._matrix, (self._on(python),), self._cache)
            names = self._names(packages[python])
            # The tables know what releases ask for, and what they ask for may be chosen where nothing pins it: not here.
            now = [one for one in judge.findings(environment) if one.code in RULES and names.issuperset(one.packages)]
            there = {(one.code, one.place, one.packages) for one in now}
            found = now if found is None else [one for one in found if (one.code, one.place, one.packages) in there]
            if not found:
                break
        return [_unfixed(one) for one in found or ()]

    def _names(self, packages: Sequence[ReadPackage]) -> frozenset[str]:
        """All that is installed, by its own name and by those of the projects that it provides."""
        conda = (each.record.name for each in records_for(self._lock, self._target))
        return frozenset({*conda, *self._installed, *(package.name for package in packages)})


def _is_bad(problem: LockProblem) -> bool:
    return problem.kind in ("hole", "python", "open", "override", "twice")


def _is_in(problem: LockProblem, others: Sequence[LockProblem]) -> bool:
    return any(
        (one.kind, one.package, one.lock_place) == (problem.kind, problem.package, problem.lock_place) for one in others
    )


def _unfixed(found: Diagnostic) -> Diagnostic:
    """*found* with its fix to be read only: a lock is made anew, never edited."""
    if found.fix is None or found.severity is Severity.INFO:
        return found._replace(fix=None)
    return found._replace(fix=Fix(found.fix.title, Safety.SHOWN))
