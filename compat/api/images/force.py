"""Which requirements hold in the end: commands run one after another, and a later one replaces what an earlier one installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from compat.api.images.steps import Step
from compat.model.builds import TORCH_FAMILY
from compat.model.environments import Index
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry, is_pin
from compat.model.solutions import Step as Reason

#: An index that is not known, which may hold anything.
_UNKNOWN = "unknown:"


class Held(NamedTuple):
    """A pip requirement that holds, and the step that asked for it."""

    entry: PipEntry
    step: Step


class Replaced(NamedTuple):
    """An *old* requirement that no longer holds once the *new* ones have been installed; ``reasons`` where another project forces it."""

    old: Held
    new: tuple[Entry, ...]
    step: Step
    reasons: tuple[Reason, ...] = ()


def in_force(steps: Sequence[Step]) -> tuple[list[Held], list[Replaced]]:
    """The requirements that hold after *steps*, and what was replaced on the way."""
    held: list[Held] = []
    replaced: list[Replaced] = []
    for step in steps:
        if step.removes:
            names = {entry.name for entry in step.pip}
            held = [item for item in held if item.entry.name not in names]
            continue
        for entry in step.pip:
            for old in [item for item in held if _is_replaced(item, entry, step)]:
                held.remove(old)
                if not (old.step.guarded or step.guarded):
                    replaced.append(Replaced(old, (entry,), step))
            held.append(Held(entry, step))
    return held, replaced


def _is_replaced(old: Held, entry: PipEntry, step: Step) -> bool:
    """Whether installing *entry* takes the place of what *old* installed in an earlier step."""
    before, after = old.entry.requirement, entry.requirement
    if old.entry.name != entry.name or old.step.number == step.number or entry.constraint or old.entry.constraint:
        return False
    if before.marker is not None or after.marker is not None:
        return False
    if after.url is not None or entry.editable:
        return True
    if before.url is not None or old.entry.editable:
        return is_pin(entry)
    if after.labels and after.labels != before.labels and (before.labels or is_pin(old.entry)):
        return True
    if len(before.specifier) == 0:
        return False
    if "upgrade" in step.install.flags and not after.specifier:
        return True
    return bool(after.specifier) and (before.public & after.public).to_range().is_empty


def with_indexes(held: Sequence[Held], steps: Sequence[Step]) -> tuple[list[Held], tuple[Index, ...]]:
    """*held*, each with the indexes of the step that decides, and the indexes of the environment.

    Commands that all name the same indexes are one environment; else what nobody names by itself comes from where the torch family does.
    """
    asking = [step for step in steps if step.number and step.pip and not step.removes]
    if not any(item.entry.indexes is not None for item in held) and len({_urls(step.indexes) for step in asking}) <= 1:
        return list(held), asking[0].indexes if asking else ()
    family = next((step for step in asking if any(entry.name in TORCH_FAMILY for entry in step.pip)), None)
    # Of alternatives behind a condition either may have run.
    unknown = (Index("index", _UNKNOWN, family.place),) if family is not None and family.guarded else ()
    decided = {name: _deciding(name, held) for name in {item.entry.name for item in held}}
    bound = [item._replace(entry=item.entry._replace(indexes=decided[item.entry.name])) for item in held]
    return bound, unknown or (family.indexes if family is not None else ())


def _deciding(name: PyPIName, held: Sequence[Held]) -> tuple[Index, ...]:
    """The indexes that the files of *name* come from: of its last pin, else of an upgrade, else of the first that asks for it."""
    own = [item for item in held if item.entry.name == name and not item.entry.constraint] or list(held[:1])
    if any(item.step.guarded for item in own) and len({_urls(_indexes(item)) for item in own}) > 1:
        return (Index("index", _UNKNOWN, own[0].entry.place),)
    pins = [item for item in own if is_pin(item.entry)]
    upgrades = [item for item in own if "upgrade" in item.step.install.flags]
    return _indexes((pins or upgrades[-1:] or own[:1])[-1])


def _indexes(item: Held) -> tuple[Index, ...]:
    return item.step.indexes if item.entry.indexes is None else item.entry.indexes


def _urls(indexes: Sequence[Index]) -> tuple[tuple[str, str], ...]:
    return tuple((index.role, index.url) for index in indexes)
