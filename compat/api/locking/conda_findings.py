"""Why a conda part cannot be locked, in the words of ``check``."""

from __future__ import annotations

from collections.abc import Iterable

from compat.model.conda_solutions import ClashKind, CondaClash
from compat.model.diagnostics import Diagnostic, Fix, Safety
from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.names import to_pypi_name
from compat.model.targets import Target
from compat.rules.req009_no_conda_solution import NoCondaSolution


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
    known = known._replace(message=_joined(known, found))
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


def _joined(known: Diagnostic, found: Diagnostic) -> str:
    """The message of *known* with the sentences of *found* that it lacks; one that only names another platform names both."""
    here, there = (one.targets[0].split(",")[0] for one in (known, found))
    message = known.message
    rest: list[str] = []
    for sentence in (found.message.partition(": ")[2] or found.message).split("; "):
        same = sentence.replace(f"for {there}", f"for {here}")
        if sentence in message:
            continue
        if same in message:
            message = message.replace(same, sentence.replace(f"for {there}", f"for {here} and {there}"))
        else:
            rest.append(sentence)
    if not rest:
        return message
    reason = "; ".join(rest)
    # What is told of a platform names it.
    return f"{message}; {'' if there in reason else f'for {found.targets[0]}: '}{reason}"
