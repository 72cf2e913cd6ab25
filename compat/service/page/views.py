"""What the templates show, put in the order in which they show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from compat.api.choosing.choose import Choices, Dimension, Option
from compat.api.choosing.reasons import Reason, name_of

#: A cell of the map: the sign that stands in it, and what its colour means.
CELLS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "default": ("●", "what pip installs by default"),
        "built": ("○", "a build on PyTorch's index"),
        "thin": ("◌", "a build, by one indirect source"),
        "none": ("\N{EN DASH}", "known not to be there"),
        "unknown": ("?", "not known"),
    }
)

_TITLES = {
    "platform": "Platform", "gpu": "GPU", "driver": "Driver", "python": "Python", "cuda": "CUDA build", "torch": "torch",
}  # fmt: skip
#: Shown at once; the rest is behind a line that opens.
_SHOWN = {"driver": 14, "cuda": 12, "torch": 15, "python": 9}
#: GPUs shown by name at once: those that people rent and buy. The others are behind a line, too.
_GPUS = (
    "b200", "gh200", "h200", "h100", "a100", "l40s", "l4", "a10", "t4", "v100", "gb10", "rtx5090", "rtx4090", "rtx3090",
)  # fmt: skip


class Chip(NamedTuple):
    """One value to choose; *reason* is the number of the reason that is told under the row, or None."""

    value: str
    label: str
    state: str
    is_chosen: bool
    reason: int | None


class Told(NamedTuple):
    """One reason, and the values that it is about. *instead* is the choice that takes the first of them all the same."""

    labels: tuple[str, ...]
    state: str
    reason: Reason
    instead: Mapping[str, str | None]
    dropped: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.labels)


class Row(NamedTuple):
    """One dimension: chips at once, and chips by group behind a line."""

    key: str
    title: str
    chips: tuple[Chip, ...]
    groups: tuple[tuple[str, tuple[Chip, ...]], ...]
    told: tuple[Told, ...]
    chosen: str | None


def rows_of(dimension: Dimension) -> Row:
    """The row of *dimension*."""
    told: list[Told] = []
    by_value = [(option, _told(option, dimension.key, told)) for option in dimension.options]
    if dimension.key == "gpu":
        chips, groups = _gpu_chips(by_value)
    else:
        every = tuple(_chip(option, option.value.value, option.value.label, number) for option, number in by_value)
        shown = _SHOWN.get(dimension.key, len(every))
        late = tuple(chip for chip in every[shown:] if not chip.is_chosen)
        chips = tuple(chip for chip in every if chip not in late)
        groups = (("", late),) if late else ()
    chosen = next((chip.label for chip in (*chips, *(c for _, own in groups for c in own)) if chip.is_chosen), None)
    return Row(dimension.key, _TITLES[dimension.key], chips, groups, tuple(told), chosen)


def _told(option: Option, key: str, told: list[Told]) -> int | None:
    """The number of the option's reason among *told*, where it is put if it is new."""
    if not option.reason.words:
        return None
    label = option.value.label
    for number, known in enumerate(told):
        if known.reason.words == option.reason.words:
            told[number] = known._replace(labels=(*known.labels, label))
            return number
    instead = option.instead._asdict()
    lost = [name_of(part, value) for part, value in _taken(option, key).items() if instead[part] is None]
    told.append(Told((label,), option.state, option.reason, instead, tuple(lost)))
    return len(told) - 1


def _taken(option: Option, key: str) -> dict[str, str]:
    return {part: value for part, value in option.taken.chosen.items() if part != key}


def _chip(option: Option, value: str, label: str, number: int | None, *, is_chosen: bool | None = None) -> Chip:
    return Chip(value, label, option.state, option.is_chosen if is_chosen is None else is_chosen, number)


def _gpu_chips(
    options: Sequence[tuple[Option, int | None]],
) -> tuple[tuple[Chip, ...], tuple[tuple[str, tuple[Chip, ...]], ...]]:
    """None and the well-known models at once; all models by compute capability behind."""
    known: dict[str, Chip] = {}
    groups = []
    first: list[Chip] = []
    for option, number in options:
        value, word = option.value, option.chosen_word
        own = [
            _chip(option, key, label.removeprefix("GeForce "), number, is_chosen=key == word)
            for key, label in value.models
        ]
        if not own:
            first.append(_chip(option, value.value, value.label, number))
            continue
        own.insert(0, _chip(option, value.value, value.value, number, is_chosen=value.value == word))
        known |= {chip.value: chip for chip in own}
        groups.append((value.label, tuple(own)))
    names = [name for name in _GPUS if name in known]
    names += [name for name, chip in known.items() if chip.is_chosen and name not in names]
    return (*first, *(known[name] for name in names)), tuple(groups)


# -- the answer --------------------------------------------------------------------------------------------------------


def answer_view(choices: Choices) -> dict[str, Any] | None:
    """The set: its rows, its index, its commands, and what was passed over; None where nothing works."""
    if choices.set is None:
        return None
    said = choices.set.to_json()
    main, *others = said["tables"]
    versions = {row["component"]: row["version"] for row in main["rows"]}
    install: Mapping[str, str] = said["install"][choices.target]
    return {
        "target": choices.target,
        "rows": main["rows"],
        "notes": main["notes"],
        "versions": versions,
        "index": _index_of(install.get("pip", "")),
        "install": install,
        "requirements": said["requirements"][choices.target],
        "passed": [row for table in others for row in table["rows"]],
        "evidence": _evidence(main["rows"]),
    }


def _index_of(command: str) -> str | None:
    """The address after ``--index-url``; None for the default index."""
    return command.partition("--index-url ")[2].split("\n")[0].strip() or None


def _evidence(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Each fact once, under the first component that rests on it."""
    seen: set[str] = set()
    found = []
    for row in rows:
        own = [fact for fact in row["evidence"] if fact["source"] not in seen]
        seen |= {fact["source"] for fact in own}
        if own:
            found.append((row["component"], own))
    return found


class SourceView(NamedTuple):
    """A source: an address that can be opened, or words."""

    href: str | None
    text: str


def source_view(source: str) -> SourceView:
    """*source* as a link, where it is an address of the web."""
    parts = urlsplit(source)
    if parts.scheme not in ("https", "http") or " " in source:
        return SourceView(None, source)
    text = f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}"
    return SourceView(source, text + (f"#{parts.fragment}" if parts.fragment else ""))
