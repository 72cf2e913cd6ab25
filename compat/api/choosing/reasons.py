"""Why a choice is impossible or not known: the fewest of its parts that do not go together, and what says so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from compat.api.choosing.choice import NONE, Choice
from compat.api.choosing.trials import NO, NO_CUDA, Trial, state_of, trials
from compat.model.knowledge import Fact, Matrix

#: Facts shown with one reason, and things that stand in the way named in it.
_MAX_FACTS = 3
_MAX_WHYS = 3

#: Choices whose state is remembered: one question asks for some hundreds, of which most are parts of other questions, too.
MAX_STATES = 20_000

#: True of every build by what the words mean, so that no fact is told with it.
_NO_USE = "a build without CUDA does not use the GPU"


class Reason(NamedTuple):
    """A sentence, what it rests on, and the parts of the choice that it is about."""

    words: str
    facts: tuple[Fact, ...] = ()
    parts: tuple[str, ...] = ()


class States:
    """States of choices, and why they are what they are."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix

    def of(self, choice: Choice) -> str:
        return _state(self.matrix, choice)  # type: ignore[arg-type]  # a matrix is hashed by what it is

    def explain(self, choice: Choice, key: str = "") -> Reason:
        """Why *choice* is not possible, by preference from parts that hold *key*."""
        state = self.of(choice)
        # What is not known is told of the whole choice: a part of it would be about another platform or build.
        parts = self._culprits(choice, state, key) if state == NO else tuple(choice.chosen)
        found = list(trials(self.matrix, choice.only(parts)))
        telling = _telling([trial for trial in found if trial.state == state] or found)
        words = _words(choice, parts, telling) if state == NO else _unknown_words(choice, parts, telling)
        facts = dict.fromkeys(trial.fact for trial in telling if trial.fact is not None and words != _NO_USE)
        return Reason(words, tuple(facts)[:_MAX_FACTS], parts)

    def freed(self, choice: Choice, key: str) -> Choice:
        """*choice* without what stands against its *key*: as little is let go of as there must be."""
        found = choice
        while self.of(found) == NO:
            others = [part for part in self._culprits(found, NO, key) if part != key]
            if not others:
                return found
            found = found.having(others[-1], None)
        return found

    def _culprits(self, choice: Choice, state: str, key: str) -> tuple[str, ...]:
        """The smallest set of chosen parts that is no better than *state* already."""
        keys = tuple(choice.chosen)
        for size in range(len(keys) + 1):
            own = [parts for parts in combinations(keys, size) if not key or key in parts]
            rest = [parts for parts in combinations(keys, size) if key and key not in parts]
            for parts in (*own, *rest):
                if self.of(choice.only(parts)) == state:
                    return parts
        return keys


@lru_cache(maxsize=MAX_STATES)
def _state(matrix: Matrix, choice: Choice) -> str:
    return state_of(matrix, choice)


def _telling(found: Sequence[Trial]) -> list[Trial]:
    """The trials that say most, on one platform: what comes nearest to an answer stands for the others."""
    left = list(found)
    for kind in ("wheel", "build", "python"):
        left = [trial for trial in left if trial.kind != kind] or left
    left = [trial for trial in left if trial.why != NO_CUDA] or left
    return [trial for trial in left if trial.subdir == left[0].subdir]


def _words(choice: Choice, parts: Sequence[str], telling: Sequence[Trial]) -> str:
    if not telling:
        return f"no torch goes with {_named(choice, parts)}"
    first = telling[0]
    if first.kind == "build":
        where = f" for {choice.platform}" if "platform" in parts else ""
        return f"{_subject(choice, [part for part in parts if part == 'torch'])} has no {first.variant} build{where}"
    if first.why == NO_CUDA and choice.cuda == NONE:
        return _NO_USE
    if "torch" in parts:
        return f"torch {choice.torch} {_by_build(telling)}"
    if first.kind == "fit" and len({trial.why for trial in telling}) == 1:
        return f"{_subject(choice, parts)} {_verb(first.why)}"
    return (
        f"no torch goes with {_named(choice, parts)}: the newest, {first.torch}{_as_build(first)}, {_verb(first.why)}"
    )


def _by_build(telling: Sequence[Trial]) -> str:
    """``has no wheel for win-64``; of builds, ``as cu132, cu130: needs driver 580``."""
    whys: dict[str, list[str]] = {}
    for trial in telling:
        variants = whys.setdefault(trial.why, [])
        if trial.variant and trial.kind == "fit" and trial.variant not in variants:
            variants.append(trial.variant)
    if len(whys) == 1:
        return _verb(next(iter(whys)))
    shown = [f"as {', '.join(own)} {_verb(why)}" if own else _verb(why) for why, own in whys.items()]
    return "; ".join(shown[:_MAX_WHYS]) + ("; ..." if len(shown) > _MAX_WHYS else "")


def _unknown_words(choice: Choice, parts: Sequence[str], telling: Sequence[Trial]) -> str:
    if not telling:
        return f"unknown whether anything goes with {_named(choice, parts)}"
    first = telling[0]
    if first.why.startswith("unknown"):
        return f"{first.why} (torch {first.torch}{_as_build(first)}, {first.subdir})"
    return f"torch {first.torch}{_as_build(first)} for {first.subdir} is {first.why}"


def _verb(why: str) -> str:
    return f"has {why}" if why.startswith("no ") else why


def _as_build(trial: Trial) -> str:
    return f" as {trial.variant}" if trial.variant else ""


def _subject(choice: Choice, parts: Sequence[str]) -> str:
    """``torch for CUDA 12.4 on linux-64``: the parts that say which torch, not what it has to run on."""
    words = {
        "torch": f" {choice.torch}",
        "cuda": f" for {name_of('cuda', str(choice.cuda))}",
        "python": f" for Python {choice.python}",
        "platform": f" on {choice.platform}",
    }
    return "torch" + "".join(word for key, word in words.items() if key in parts)


def _named(choice: Choice, parts: Sequence[str]) -> str:
    """``linux-64, Python 3.13 and CUDA 10.2``."""
    names = [name_of(part, choice.chosen[part]) for part in parts]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def name_of(key: str, value: str) -> str:
    """A chosen value in a sentence: ``Python 3.13``, ``no GPU``."""
    if key == "gpu":
        return "no GPU" if value == NONE else f"GPU {value}"
    if key == "cuda":
        return "no CUDA" if value == NONE else f"CUDA {value}"
    return {"platform": value, "driver": f"driver {value}", "python": f"Python {value}"}.get(key, f"{key} {value}")
