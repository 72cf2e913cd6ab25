"""What stands in the way of a lock, in the words of ``check``."""

from __future__ import annotations

from collections.abc import Iterable

from compat.lock import LockProblem
from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.places import Place
from compat.model.solutions import ABOUT_PYTHON, Conflict, Reason, Rejection
from compat.model.targets import Target
from compat.resolve.assess import prepare
from compat.resolve.offline import Cache
from compat.rules import all_rules
from compat.rules.abi001_incompatible_releases import IncompatibleReleases
from compat.rules.base import Subject
from compat.rules.lck001_stale_lock import StaleLock
from compat.rules.lck002_incomplete_lock import IncompleteLock
from compat.rules.lck003_cuda_majors_mixed import CudaMajorsMixed
from compat.rules.req007_no_such_release import NoSuchRelease

#: The rules that tell a conflict of the solver, each its own kind.
_TELLING = frozenset({"REQ002", "REQ003", "REQ007", "ABI001", "PYV001", "PYV003", "CUD001", "CUD002"})

#: What is told with what may help.
_HINTED = frozenset({Reason.NO_PROJECT, Reason.HIDDEN})
_ANY_INDEX = "`--index-strategy any-index` takes it from whichever index has it, if you trust all of them"

_ABOUT_PLATFORM = frozenset({Reason.WHEEL_PLATFORM, Reason.GLIBC})


def conflict_findings(
    conflict: Conflict, environment: Environment, target: Target, matrix: Matrix, cache: Cache
) -> list[Diagnostic]:
    """The conflict as the rule words it whose kind it is; the plain sentences of its derivation where none does."""
    missing = next((r for r in conflict.rejections if r.reason in _HINTED), None)
    if missing is not None:
        told = [_missing(missing, conflict, environment, matrix)]
    else:
        situation, _ = prepare(environment, target, matrix, cache)
        subject = Subject(environment, target, matrix, situation._replace(conflicts=(_judged(conflict),)))
        found = [d for rule in all_rules() if rule.code in _TELLING for d in rule.check(subject) if _is_error(d)]
        told = found or [_plain(conflict, environment)]
    return [one._replace(targets=(target.text,)) for one in told]


def _judged(conflict: Conflict) -> Conflict:
    """*conflict* with what its rejections alone say of Python and platform, where asking about others was cut short."""
    reasons = {rejection.reason for rejection in conflict.rejections}
    if conflict.python or conflict.platform or not reasons or len(set(conflict.projects)) > 1:
        return conflict
    return conflict._replace(python=reasons <= ABOUT_PYTHON, platform=reasons <= _ABOUT_PLATFORM)


def _is_error(found: Diagnostic) -> bool:
    return found.severity is not Severity.INFO


def _plain(conflict: Conflict, environment: Environment) -> Diagnostic:
    place = conflict.entries[0].place if conflict.entries else Place(environment.root)
    steps = "; ".join(step.text for step in conflict.steps) or "no set of releases satisfies the files"
    return IncompatibleReleases().found(Severity.ERROR, steps, place, packages=conflict.projects)


def _missing(missing: Rejection, conflict: Conflict, environment: Environment, matrix: Matrix) -> Diagnostic:
    """A name that no index has: most often a typing error, or an index that nobody named. Or a release that only an index
    may have which does not count.
    """
    entry = next((e for e, name in zip(conflict.entries, conflict.projects, strict=True) if name == missing.name), None)
    entry = entry or next(iter(conflict.entries), None)
    brought = [step.text for step in conflict.steps if step.text != missing.detail] if len(conflict.steps) > 1 else []
    return NoSuchRelease().found(
        Severity.ERROR,
        f"`{missing.name}` cannot be installed: {'; '.join([missing.detail, *brought])}",
        entry.place if entry is not None else Place(environment.root),
        packages=(missing.name,),
        hint=_similar(missing.name, matrix) if missing.reason is Reason.NO_PROJECT else _ANY_INDEX,
    )


def _similar(name: str, matrix: Matrix) -> str:
    import difflib

    near = difflib.get_close_matches(name, sorted(matrix.mentioned() - {name}), n=1, cutoff=0.8)
    if near:
        return f"did you mean `{near[0]}`?"
    return "if it is a package of your own, name its index with `--extra-index-url`"


def undecided_finding(why: str, environment: Environment, target: Target) -> Diagnostic:
    """That nothing is known, which is neither a lock nor a conflict."""
    place = Place(environment.root)
    message = f"nothing can be said for `{target.text}`: {why}"
    return Diagnostic("GAP001", "fact-missing", Severity.INFO, message, place, targets=(target.text,), gap=True)


def problem_findings(problems: Iterable[LockProblem]) -> list[Diagnostic]:
    """What `compat lock --check` found, at the line of the input where there is one, else in the lock.

    The same of several locks is told once, with the place in each of them.
    """
    rules = {kind: rule for rule in (StaleLock(), IncompleteLock(), CudaMajorsMixed()) for kind in rule.kinds}
    merged: dict[object, Diagnostic] = {}
    for problem in problems:
        packages = [problem.package] if problem.package else []
        found = rules[problem.kind].tell(problem.kind, problem.text, problem.place, problem.lock_place, packages)
        key = (problem.kind, problem.package, problem.text, problem.place)
        known = merged.get(key)
        if known is None:
            merged[key] = found._replace(targets=problem.targets)
            continue
        here = found.related or (Related(problem.lock_place, "and here"),)
        related = dict.fromkeys((*known.related, *(one for one in here if one.place != known.place)))
        targets = dict.fromkeys((*known.targets, *problem.targets))
        merged[key] = known._replace(related=tuple(related), targets=tuple(targets))
    return list(merged.values())
