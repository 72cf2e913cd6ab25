"""A Python that nobody has asked for is no reason to fail: another one, where conda has no solution with the assumed one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from compat.model.conda_records import CondaAnswer, CondaChannels, CondaRefusal, CondaRequest
from compat.model.environments import Environment
from compat.model.targets import Target
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.situation import Minor, admitted_pythons

Answered = tuple[CondaQuestion, CondaAnswer]


class OtherPython(NamedTuple):
    """Questions and their answers, in the order of the targets, and what to say of the Python."""

    answered: tuple[Answered, ...]
    note: str


def other_python(
    answered: Sequence[Answered],
    environment: Environment,
    channels: CondaChannels,
    ask: Callable[[Target], CondaQuestion],
) -> OtherPython | None:
    """*answered* for another Python, where that of the refused questions is only assumed; None where that does not help.

    All targets whose Python was assumed get the same one: the first of those that the files admit with which each of them
    has a solution. Where files bound it, the lowest comes first, else the nearest to the assumed one. *ask* is called
    for each Python that is tried, once for each of these targets.
    """
    movable = [number for number, (question, _) in enumerate(answered) if _is_assumed(question)]
    if not any(isinstance(answered[number][1], CondaRefusal) for number in movable):
        return None
    if any(_is_no(answer) for answer in channels.solve([_unbound(answered[number][0]) for number in movable])):
        return None
    first = answered[movable[0]][0].target
    for python in _pythons(environment, first):
        questions = [ask(answered[number][0].target._replace(python=python)) for number in movable]
        answers = channels.solve([question.request for question in questions])
        if not any(map(_is_no, answers)):
            found = dict(zip(movable, zip(questions, answers, strict=True), strict=True))
            settled = tuple(found.get(number, one) for number, one in enumerate(answered))
            return OtherPython(settled, _note(python, first))
    return None


def _is_assumed(question: CondaQuestion) -> bool:
    """Whether files and target leave Python open, so that the one of the question is a choice of ours."""
    stated = re.search(r"(^host\b|\bpython=)", question.target.text) is not None
    return bool(question.python) and not stated


def _is_no(answer: CondaAnswer) -> bool:
    return isinstance(answer, CondaRefusal)


def _unbound(question: CondaQuestion) -> CondaRequest:
    """The request for whatever Python the files admit."""
    return question.request._replace(constraints=())


def _pythons(environment: Environment, target: Target) -> Iterator[Minor]:
    """The other Pythons that the files admit, in the order in which they are tried."""
    admitted, bounds, _ = admitted_pythons(environment, target._replace(python=None))
    own = target.python
    assert own is not None  # filled in
    ordered = sorted(admitted, key=lambda minor: minor if bounds else (abs(minor[1] - own[1]), -minor[1]))
    return (minor for minor in ordered if minor != own)


def _note(python: Minor, target: Target) -> str:
    assert target.python is not None
    taken, assumed = (f"{major}.{minor}" for major, minor in (python, target.python))
    return (
        f"Python {taken} was taken: neither the files nor the targets fix one, and with Python {assumed} there is no conda"
        f" part; `python={taken}` in the file keeps it so"
    )
