"""Why conda and pip cannot be locked together, in the words of ``check``; and what the notes of a joint lock say."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Fix, Safety
from compat.model.environments import Environment
from compat.model.joint import InBothParts, JointClash, JointSolution, Move
from compat.model.knowledge import Matrix
from compat.model.targets import Target
from compat.resolve.assess import prepare
from compat.resolve.joint.report import move_words, place_words
from compat.resolve.offline import Cache
from compat.rules.base import Subject
from compat.rules.env002_project_in_both_parts import ProjectInBothParts
from compat.rules.env005_no_joint_solution import NoJointSolution
from compat.rules.wording import quoted

#: Packages that moved along with others and are named.
MAX_ALONG = 8
_ONE_LINE = Fix(title="Keep one of the two lines: conda's, with the bound of pip's", safety=Safety.SHOWN)


def joint_findings(clash: JointClash, environment: Environment, target: Target) -> list[Diagnostic]:
    """The clash, for one target."""
    return [NoJointSolution().tell(clash, environment.root)._replace(targets=(target.text,))]


def joint_notes(solution: JointSolution) -> Iterator[str]:
    """What moved for pip, what moved along, which lines of the pip part only bound what conda installs, and the rest."""
    along: list[Move] = []
    for move in solution.moves:
        if move.because:
            yield move_words(move)
        else:
            along.append(move)
    if along:
        shown = [_along_words(move) for move in along[:MAX_ALONG]]
        more = f" and {len(along) - MAX_ALONG} more" if len(along) > MAX_ALONG else ""
        yield f"conda changes with that: {', '.join(shown)}{more}"
    yield from (in_both_words(one) for one in solution.in_both if not one.conda)
    yield from solution.notes


def _along_words(move: Move) -> str:
    if move.before and move.after:
        return f"{move.name} {move.before} to {move.after}"
    return f"{move.name} {move.after} added" if move.after else f"{move.name} {move.before} removed"


def in_both_findings(
    solution: JointSolution, environment: Environment, target: Target, knowledge: tuple[Matrix, Cache]
) -> list[Diagnostic]:
    """The lines that both parts have for one project, as ENV002 tells them; only that here conda's stays installed."""
    words = {one.entry.place: _one_project(one) for one in solution.in_both if one.conda}
    if not words:
        return []
    situation, _ = prepare(environment, target, *knowledge)
    found = ProjectInBothParts().check(Subject(environment, target, knowledge[0], situation))
    return [
        one._replace(message=words[one.place], targets=(target.text,), evidence=(), fix=_ONE_LINE)
        for one in found
        if one.place in words
    ]


def _one_project(one: InBothParts) -> str:
    return (
        f"{quoted(one.entry)} (pip) and {quoted(one.conda[0])} (conda) are the same project:"
        f" conda's {one.record.name} {one.record.version} is installed, and the pip line only bounds it"
    )


def in_both_words(one: InBothParts) -> str:
    """``pip `pandas<3` (environment.yml:14) only bounds conda's pandas 2.3.1, which is installed``."""
    line = f"pip `{one.entry.requirement.text}` ({place_words(one.entry)})"
    return f"{line} only bounds conda's {one.record.name} {one.record.version}, which is installed"
