"""What stands in the way of a lock, in the words of ``check``."""

from __future__ import annotations

from collections.abc import Iterable

from compat.lock import LockProblem
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.places import Place
from compat.model.solutions import Conflict
from compat.model.targets import Target
from compat.resolve.assess import prepare
from compat.resolve.offline import Cache
from compat.rules import all_rules
from compat.rules.base import Subject

#: The rules that tell a conflict of the solver, each its own kind.
_TELLING = frozenset({"REQ002", "REQ003", "REQ007", "ABI001", "PYV001", "PYV003", "CUD001", "CUD002"})

#: Kinds of `LockProblem` that are no more than worth knowing.
_INFO = frozenset({"unasked"})
_WARNINGS = frozenset({"build"})


def conflict_findings(
    conflict: Conflict, environment: Environment, target: Target, matrix: Matrix, cache: Cache
) -> list[Diagnostic]:
    """The conflict as the rule words it whose kind it is; the plain sentences of its derivation where none does."""
    situation, _ = prepare(environment, target, matrix, cache)
    subject = Subject(environment, target, matrix, situation._replace(conflicts=(conflict,)))
    found = [d for rule in all_rules() if rule.code in _TELLING for d in rule.check(subject) if _is_error(d)]
    told = found or [_plain(conflict, environment)]
    return [one._replace(targets=(target.text,)) for one in told]


def _is_error(found: Diagnostic) -> bool:
    return found.severity is not Severity.INFO


def _plain(conflict: Conflict, environment: Environment) -> Diagnostic:
    place = conflict.entries[0].place if conflict.entries else Place(environment.root)
    steps = "; ".join(step.text for step in conflict.steps) or "no set of releases satisfies the files"
    return Diagnostic(
        "ABI001", "incompatible-releases", Severity.ERROR, steps, place, tuple(dict.fromkeys(conflict.projects))
    )


def undecided_finding(why: str, environment: Environment, target: Target) -> Diagnostic:
    """That nothing is known, which is neither a lock nor a conflict."""
    place = Place(environment.root)
    message = f"nothing can be said for `{target.text}`: {why}"
    return Diagnostic("GAP001", "fact-missing", Severity.INFO, message, place, targets=(target.text,), gap=True)


def problem_findings(problems: Iterable[LockProblem]) -> list[Diagnostic]:
    """What `compat lock --check` found, at the line of the input where there is one, else in the lock."""
    return [_finding(problem) for problem in problems]


def _finding(problem: LockProblem) -> Diagnostic:
    severity = Severity.ERROR
    if problem.kind in _INFO:
        severity = Severity.INFO
    elif problem.kind in _WARNINGS:
        severity = Severity.WARNING
    return Diagnostic(
        "LCK001",
        "lock-differs",
        severity,
        f"{problem.lock_place}: {problem.text}" if problem.place is not None else problem.text,
        problem.place or problem.lock_place,
        (problem.package,) if problem.package else (),
        targets=problem.targets,
    )
