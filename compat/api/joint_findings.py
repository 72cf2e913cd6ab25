"""Why conda and pip cannot be locked together, in the words of ``check``; and what the notes of a joint lock say."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic
from compat.model.environments import Environment
from compat.model.joint import InBothParts, JointClash, JointSolution, Move
from compat.model.targets import Target
from compat.resolve.joint_report import move_words, place_words
from compat.rules.env005_no_joint_solution import NoJointSolution

#: Packages that moved along with others and are named.
MAX_ALONG = 8


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
        shown = [f"{move.name} {move.before or 'nothing'} to {move.after or 'nothing'}" for move in along[:MAX_ALONG]]
        more = f" and {len(along) - MAX_ALONG} more" if len(along) > MAX_ALONG else ""
        yield f"conda changes with that: {', '.join(shown)}{more}"
    yield from map(in_both_words, solution.in_both)
    yield from solution.notes


def in_both_words(one: InBothParts) -> str:
    """``pip `pandas<3` (environment.yml:14) only bounds conda's pandas 2.3.1, which is installed``."""
    line = f"pip `{one.entry.requirement.text}` ({place_words(one.entry)})"
    return f"{line} only bounds conda's {one.record.name} {one.record.version}, which is installed"
