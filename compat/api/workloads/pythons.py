"""The Pythons of a GitHub workflow against what its steps install from the repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compat.api.environments import join
from compat.api.files import Library
from compat.api.judge import Judge
from compat.api.workloads.reading import peek
from compat.formats import READABLE_KINDS, detect
from compat.model.containers import Install, Word
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import Document, Environment, Variant
from compat.model.errors import FileProblem
from compat.model.knowledge import Matrix
from compat.model.places import Place
from compat.model.targets import Target
from compat.model.workloads import Job, WorkloadFile
from compat.resolve.offline import Cache
from compat.rules.wrk008_python_of_workflow_without_packages import PythonOfWorkflowWithoutPackages

_FOLDER = re.compile(r"(.*?)(?:^|/)\.github/workflows/[^/]+$")
_PYTHON = re.compile(r"([23])\.(\d{1,2})(?:\.\d+)?")
#: Options with which pip looks at something else than this Python and what the releases say.
_OTHERWISE = frozenset(
    {"no-deps", "ignore-requires-python", "python-version", "target", "prefix", "python", "platform"}
)

#: Installs times Pythons of one file that are judged, about 10 ms each; the most in 1,180 public files are 21.
MAX_RUNS = 600
#: Combinations of one job that are judged: more than that differ in something else than Python and platform.
MAX_COMBINATIONS = 24

Minor = tuple[int, int]


class _Use(NamedTuple):
    """Something that a job installs, as an environment or as a lock, and the step that does it."""

    place: Place
    conditional: bool
    environment: Environment | None = None
    lock: str = ""


class _Run(NamedTuple):
    """One Python on one platform, as the workflow spells it."""

    word: Word
    minor: Minor
    subdir: str

    @property
    def target(self) -> Target:
        return Target(f"{self.subdir},python={self.minor[0]}.{self.minor[1]}", self.subdir, python=self.minor)


def judge_jobs(file: WorkloadFile, library: Library, matrix: Matrix, cache: Cache) -> Iterator[Diagnostic]:
    """What holds on some Pythons of a job and not on others, and what its own commands ask for and cannot get."""
    folder = _FOLDER.fullmatch(file.document.path)
    if folder is None:
        return
    judge, left = _Judge(library, matrix, cache), MAX_RUNS
    told: set[tuple[Place, Place, tuple[str, ...]]] = set()
    for job in file.jobs:
        runs = [] if _has_other_python(job) else _runs(job, frozenset(word.place for word in file.numbers))
        for use in _uses(job, folder[1], file.document, library) if runs else ():
            left -= len(runs)
            if left < 0:
                yield _unjudged(job)
                return
            for found in judge.use(file.document, job, use, runs):
                key = (found.place, found.related[0].place if found.related else found.place, found.packages)
                if key not in told:
                    told.add(key)
                    yield found


def _unjudged(job: Job) -> Diagnostic:
    message = f"so many Pythons and installs in one file: from job `{job.name}` on they are not judged"
    return Diagnostic("GAP001", "fact-missing", Severity.INFO, message, job.place, gap=True)


class _Judge:
    """The Judge of environments and that of locks, by target."""

    def __init__(self, library: Library, matrix: Matrix, cache: Cache) -> None:
        self._library = library
        self._matrix = matrix
        self._cache = cache

    def use(self, document: Document, job: Job, use: _Use, runs: Sequence[_Run]) -> Iterator[Diagnostic]:
        own = {
            subdir: self._errors(use, Target(subdir, subdir)) for subdir in dict.fromkeys(run.subdir for run in runs)
        }
        severity = Severity.WARNING if use.conditional else Severity.ERROR
        for errors in own.values():
            here = (error for error in errors if error.place.path == document.path)
            yield from (error._replace(severity=severity, targets=()) for error in here)
        found = {run: self._new(self._errors(use, run.target), own[run.subdir]) for run in runs}
        fine = list(dict.fromkeys(run.word.text for run, errors in found.items() if not errors))
        rule = PythonOfWorkflowWithoutPackages()
        for run, errors in found.items():
            for error in errors:
                conditional = use.conditional or job.conditional
                others = [text for text in fine if text != run.word.text]
                yield rule.tell(error, run.word, use.place, job.name, conditional=conditional, others=others)

    def _errors(self, use: _Use, target: Target) -> list[Diagnostic]:
        if use.environment is not None:
            found: Iterator[Diagnostic] = Judge(self._matrix, (target,), self._cache).findings(use.environment)
        else:
            found = self._lock_findings(use.lock, target)
        return [finding for finding in found if finding.severity is Severity.ERROR]

    def _new(self, errors: Sequence[Diagnostic], known: Sequence[Diagnostic]) -> list[Diagnostic]:
        """*errors* without those that hold on every Python: in whatever words, they are about the same lines."""
        lines = {(error.place, error.packages) for error in known}
        return [error for error in errors if (error.place, error.packages) not in lines]

    def _lock_findings(self, path: str, target: Target) -> Iterator[Diagnostic]:
        from compat.api.locking.judge import LockJudge, read_root

        data, kind = peek(self._library, path), detect(path, None)
        if data is None or kind is None:
            return
        try:
            root = read_root(path, kind, data, named=True)
        except FileProblem:  # told where the lock itself is checked
            return
        yield from LockJudge(self._matrix, (target,), (target,), self._cache).findings([root])


def _runs(job: Job, cut: frozenset[Place]) -> list[_Run]:
    """The Pythons of a job with the platform of each; those that are read as another number are told of already."""
    found = []
    for python, runner in job.combinations[:MAX_COMBINATIONS]:
        match = _PYTHON.fullmatch(python.text.strip()) if python is not None else None
        subdir = _subdir(runner)
        if python is not None and match is not None and subdir and python.place not in cut:
            found.append(_Run(python, (int(match[1]), int(match[2])), subdir))
    return found


def _has_other_python(job: Job) -> bool:
    """Whether a step makes an environment with a Python that it names itself."""
    installs = [command.install for step in job.steps for command in step.commands if command.install is not None]
    return any(each.python is not None or any(entry.name == "python" for entry in each.conda) for each in installs)


def _subdir(runner: str) -> str:
    """The platform of a runner that GitHub hosts; "" for others.

    Source: https://docs.github.com/en/actions/reference/runners/github-hosted-runners
    """
    if runner.startswith("ubuntu-"):
        return "linux-aarch64" if runner.endswith("-arm") else "linux-64"
    if runner.startswith("windows-"):
        return "" if runner.endswith("-arm") else "win-64"
    if runner.startswith("macos-"):
        intel = runner.startswith(("macos-11", "macos-12", "macos-13")) or runner.endswith(("-intel", "-large"))
        return "osx-64" if intel and not runner.endswith("-xlarge") else "osx-arm64"
    return ""


def _uses(job: Job, top: str, document: Document, library: Library) -> Iterator[_Use]:
    """What the steps of a job install with its Python, as far as the repository has it."""
    for word in job.environments:
        environment = _environment(document, [(word.text, "environment", frozenset({""}), False)], top, library)
        if environment is not None:
            yield _Use(word.place, conditional=False, environment=environment)
    for step in job.steps:
        for command in step.commands:
            if step.folder is None or command.program in {"cd", "pushd"}:
                break  # and back again, perhaps
            if command.install is not None:
                conditional = step.conditional or command.guarded
                yield from _use(command.install, document, _path(top, step.folder), library, conditional=conditional)


def _use(install: Install, document: Document, folder: str, library: Library, *, conditional: bool) -> Iterator[_Use]:
    """What one command installs, at most one thing."""
    if install.tool == "uv" and install.verb == "sync":
        path = _path(folder, "uv.lock")
        # uv looks for another Python, or fetches one, where the one that is there does not do.
        if peek(library, path) is not None:
            yield _Use(install.place, conditional=True, lock=path)
    elif install.tool in {"pip", "uv"} and install.verb == "install":
        environment = _installed(document, install, folder, library)
        if environment is not None:
            yield _Use(install.place, conditional, environment)


def _installed(document: Document, install: Install, folder: str, library: Library) -> Environment | None:
    """All that one command asks for together; None where a part of it is not known, or pip is told to look away."""
    if install.flags & _OTHERWISE or install.prefix or not install.complete or install.problems:
        return None
    files = []
    for include in install.includes:
        kind = detect(include.path, None)
        if kind not in READABLE_KINDS and kind is not None:
            return None
        files.append((include.path, kind or "requirements", frozenset({""}), include.constraint))
    for member in install.members:
        scopes = frozenset({"", *(f"extra:{extra}" for extra in member.extras)})
        files.append((os.path.join(member.path, "pyproject.toml"), "pyproject", scopes, False))
    if not files and not install.pip:
        return None
    own = document._replace(pip=install.pip, indexes=install.indexes, conda=())
    return _environment(own, files, folder, library)


def _environment(
    own: Document, files: Sequence[tuple[str, str, frozenset[str], bool]], folder: str, library: Library
) -> Environment | None:
    """What *own* and the *files* say as one environment; None where one of them is not there, or does not parse."""
    parts = [join([(own, False, "")], Variant("", frozenset({""})))]
    for name, kind, scopes, constraint in files:
        path = _path(folder, name)
        if peek(library, path) is None or not library.is_inside(path, own.path):
            return None
        root = library.load(path, kind)
        if root is None:
            return None
        gathered, problems = library.gather(root)
        if problems:
            return None
        part = join(gathered, Variant("", scopes | root.variants[0].scopes))
        if constraint:
            part = part._replace(pip=tuple(entry._replace(constraint=True) for entry in part.pip))
        parts.append(part)
    return _merged(parts)


def _merged(parts: Sequence[Environment]) -> Environment:
    return parts[0]._replace(
        documents=tuple({document.path: document for part in parts for document in part.documents}.values()),
        pip=tuple(dict.fromkeys(entry for part in parts for entry in part.pip)),
        conda=tuple(dict.fromkeys(entry for part in parts for entry in part.conda)),
        channels=tuple(dict.fromkeys(entry for part in parts for entry in part.channels)),
        indexes=tuple(dict.fromkeys(entry for part in parts for entry in part.indexes)),
        pythons=tuple(dict.fromkeys(entry for part in parts for entry in part.pythons)),
        members=tuple(dict.fromkeys(entry for part in parts for entry in part.members)),
    )


def _path(*parts: str) -> str:
    joined = os.path.normpath(os.path.join(*parts)) if any(parts) else ""
    return "" if joined == "." else joined.replace(os.sep, "/")
