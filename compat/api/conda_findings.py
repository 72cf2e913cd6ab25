"""Why a conda part cannot be locked, and what of it is odd though it can, in the words of ``check``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compat.model.conda_records import CondaRecord
from compat.model.conda_solutions import ClashKind, CondaClash
from compat.model.diagnostics import Diagnostic, Fix, Safety
from compat.model.environments import CondaEntry, Environment
from compat.model.knowledge import Matrix
from compat.model.names import to_pypi_name
from compat.model.targets import Target
from compat.resolve.conda_question import CondaQuestion
from compat.rules.conda_builds import BUILT_FOR_CUDA, build_of, read_build
from compat.rules.req009_no_conda_solution import NoCondaSolution

#: Packages that are there for CUDA alone.
_FOR_CUDA = frozenset({"cudatoolkit", "cuda-version", "pytorch-cuda", "cuda", "cuda-toolkit", "cuda-runtime", "cudnn"})


def conda_findings(clash: CondaClash, environment: Environment, target: Target, matrix: Matrix) -> list[Diagnostic]:
    """The clash and those found beside it, for one target; `merge_findings` puts those of several together."""
    rule = NoCondaSolution()
    return [
        rule.tell(one, environment.root, _conda_names(one, matrix), exported=environment.document.exported)._replace(
            targets=(target.text,)
        )
        for one in (clash, *clash.others)
    ]


def _conda_names(clash: CondaClash, matrix: Matrix) -> tuple[str, ...]:
    """What conda calls the PyPI project of the name that no channel has: ``pytorch`` for ``torch``."""
    if clash.kind is not ClashKind.NO_PACKAGE or len(clash.entries) != 1:
        return ()
    name = clash.entries[0].name
    rows = matrix.conda_names(to_pypi_name(name))
    return tuple(dict.fromkeys(row.conda for row in rows if row.conda != name))[:2]


def merge_findings(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The same conflict on several targets as one finding, in the order in which they first show up.

    It is the same where the same entries clash in the same way; what each platform has may differ, and is told of each.
    """
    merged: dict[object, Diagnostic] = {}
    for found in findings:
        places = frozenset({found.place, *(related.place for related in found.related)})
        key = (found.code, found.message.partition("`")[0], found.packages, places)
        known = merged.get(key)
        merged[key] = found if known is None else _merged(known, found)
    return list(merged.values())


def _merged(known: Diagnostic, found: Diagnostic) -> Diagnostic:
    """*known*, for the target of *found* as well."""
    targets = tuple(dict.fromkeys((*known.targets, *found.targets)))
    known = known._replace(targets=targets)
    reason = found.message.partition(": ")[2] or found.message
    if reason not in known.message:
        # What is told of a platform names it.
        where = "" if found.targets[0].split(",")[0] in reason else f"for {found.targets[0]}: "
        known = known._replace(message=f"{known.message}; {where}{reason}")
    if known.fix is not None and known.fix != found.fix:
        # What solves on one platform need not on the other.
        other = f"{found.fix.title} for {found.targets[0]}" if found.fix is not None else None
        known = known._replace(
            fix=Fix(f"{known.fix.title} for {known.targets[0]}", Safety.SHOWN),
            hint="; ".join(hint for hint in (known.hint, other) if hint is not None) or None,
        )
    elif known.hint != found.hint and known.fix is None:
        hints = dict.fromkeys(hint for hint in (known.hint, found.hint) if hint is not None)
        known = known._replace(hint="; ".join(hints) or None)
    return known


def gpu_note(question: CondaQuestion, records: Sequence[CondaRecord]) -> str | None:
    """That the file asks for CUDA and was solved without ``__cuda``, for the notes of a lock; None where neither is so.

    Some old records of CUDA builds do not depend on ``__cuda``: then conda quietly takes those, or else a CPU build.
    """
    if any(package.name == "__cuda" for package in question.request.virtual):
        return None
    entry = next((entry for entry in question.entries if _wants_gpu(entry)), None)
    if entry is None or question.target.subdir.startswith("osx-"):
        return None
    why = "has no GPU" if question.target.gpu == () else "names no GPU, driver or CUDA"
    return (
        f"{entry.place}: `{entry.spec.text}` asks for CUDA, but the target {why}, so the conda part was solved without"
        f" `__cuda`{_taken(entry, records)}: add `cuda=` or `driver=` to the target"
    )


def _taken(entry: CondaEntry, records: Sequence[CondaRecord]) -> str:
    """The package that shows it: the one asked for in a build that does not ask for ``__cuda``, or a CPU build."""
    asked = next((record for record in records if record.name == entry.name and entry.spec.build is not None), None)
    if asked is not None:
        return f", and {asked.title} was taken, which does not need it"
    cpu = next((record for record in records if record.name in BUILT_FOR_CUDA and "cpu" in record.build), None)
    return f", and {cpu.title} was taken, which is for the CPU" if cpu is not None else ""


def _wants_gpu(entry: CondaEntry) -> bool:
    build = entry.spec.build
    return entry.name in _FOR_CUDA or build_of(entry).wants_cuda or (build is not None and read_build(build).wants_cuda)
