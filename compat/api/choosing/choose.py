"""What a choice leaves open, why the rest is closed, and the set that it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from packaging.version import Version

from compat.api.choosing.choice import DIMENSIONS, NONE, Choice, make_target, read_choice
from compat.api.choosing.options import Value, values_of
from compat.api.choosing.reasons import Reason, States
from compat.api.choosing.trials import NO, YES, Trial, trials
from compat.api.querying.scope import TORCH
from compat.api.recommending.recommend import Recommendation, recommend
from compat.matrix import load_matrix
from compat.model.knowledge import Fact, Matrix
from compat.model.targets import SUBDIRS
from compat.version import __version__

#: Releases asked for one after the other, where the newest that fits cannot be had with what goes along.
_MAX_TRIES = 5

_OPEN = Reason("")


class Option(NamedTuple):
    """A value of a dimension. ``taken`` is the choice with it, ``instead`` the same without what stands against it.

    ``chosen_word`` is the word that was chosen, which may be a model's; None where this is not the chosen value.
    """

    value: Value
    chosen_word: str | None
    state: str
    reason: Reason
    taken: Choice
    instead: Choice

    @property
    def is_chosen(self) -> bool:
        return self.chosen_word is not None


class Dimension(NamedTuple):
    """What can be chosen of one thing."""

    key: str
    options: tuple[Option, ...]


class Choices(NamedTuple):
    """The answer. ``set`` is None where nothing works; ``state`` and ``reason`` are of the choice as it is."""

    choice: Choice
    state: str
    reason: Reason
    dimensions: tuple[Dimension, ...]
    target: str
    set: Recommendation | None
    data_version: str

    def to_json(self) -> dict[str, Any]:
        found = None if self.set is None else self.set.to_json()
        return {
            "schema": 1,
            "tool": f"compat {__version__}",
            "data_version": self.data_version,
            "choice": self.choice._asdict(),
            "state": self.state,
            "why": self.reason.words,
            "evidence": evidence_json(self.reason.facts),
            "dimensions": [
                {"key": each.key, "options": [_option_json(option) for option in each.options]}
                for each in self.dimensions
            ],
            "target": self.target,
            "recommendation": found,
        }


def choose(**texts: str | None) -> Choices:
    """What goes with the values chosen so far: ``platform``, ``gpu``, ``driver``, ``python``, ``cuda``, ``torch``.

    Raises: UsageError for a value that the matrix has no word for.
    """
    matrix = load_matrix()
    choice = read_choice(texts, matrix)
    states = States(matrix)
    state = states.of(choice)
    target, found = _find_set(matrix, choice) if state != NO else ("", None)
    return Choices(
        choice=choice,
        state=state,
        reason=_OPEN if state == YES else states.explain(choice),
        dimensions=tuple(Dimension(key, _options(states, choice, key)) for key in DIMENSIONS),
        target=target,
        set=found,
        data_version=matrix.version,
    )


def _options(states: States, choice: Choice, key: str) -> tuple[Option, ...]:
    chosen = choice.chosen.get(key)
    found = []
    for value in values_of(states.matrix, key, choice):
        taken = choice.having(key, value.value)
        state = states.of(taken)
        word = next((word for word in (value.value, *(model for model, _ in value.models)) if word == chosen), None)
        reason = _OPEN if state == YES else states.explain(taken, key)
        instead = states.freed(taken, key) if state == NO else taken
        found.append(Option(value, word, state, reason, taken, instead))
    return tuple(found)


# -- the set -----------------------------------------------------------------------------------------------------------


def _find_set(matrix: Matrix, choice: Choice) -> tuple[str, Recommendation | None]:
    """The target and the set of the newest release that goes with *choice*: `compat recommend` is asked.

    Where no platform is chosen it is the first on which something goes.
    """
    ranked = sorted(trials(matrix, choice), key=lambda trial: (trial.state != YES, SUBDIRS.index(trial.subdir)))
    open_ones = [trial for trial in ranked if trial.state != NO]
    target = choice.target_text(open_ones[0].subdir)
    for wanted in dict.fromkeys(_wanted(matrix, choice, trial) for trial in open_ones[:_MAX_TRIES]):
        found = recommend([target], wanted)
        if found.works:
            return target, found
    return target, None


def _wanted(matrix: Matrix, choice: Choice, trial: Trial) -> tuple[str, ...]:
    """What to ask for so that *trial* is what comes: as little as says it, for a label keeps to an index of its own."""
    if choice.cuda in (None, NONE):
        return () if choice.torch is None else (f"torch=={choice.torch}",)
    plain, target = f"torch=={trial.torch}", make_target(choice, trial.subdir, matrix)
    served = [b.variant for b in matrix.builds(TORCH, Version(trial.torch)) if trial.subdir in b.pypi]
    return (plain,) if target.gpu != () and trial.variant in served else (f"{plain}+{trial.variant}",)


# -- JSON --------------------------------------------------------------------------------------------------------------


def _option_json(option: Option) -> dict[str, Any]:
    value = option.value
    return {
        "value": value.value,
        "label": value.label,
        "models": [{"value": word, "label": label} for word, label in value.models],
        "chosen": option.is_chosen,
        "state": option.state,
        "why": option.reason.words,
        "evidence": evidence_json(option.reason.facts),
        "instead": option.instead.chosen,
    }


def evidence_json(facts: tuple[Fact, ...]) -> list[Mapping[str, Any]]:
    """Facts as JSON values."""
    return [{"source": fact.source, "read_on": fact.read_on.isoformat(), "thin": fact.thin} for fact in facts]
