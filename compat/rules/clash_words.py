"""A conflict of the conda part in words: message, related places, evidence, fix and hint."""

from __future__ import annotations

from collections.abc import Sequence

from compat.model.conda_solutions import ClashKind, CondaClash
from compat.model.diagnostics import Evidence, Fix, Related, Safety
from compat.model.environments import CondaEntry
from compat.model.places import Edit
from compat.model.targets import Target
from compat.model.words import listed
from compat.rules.wording import quoted, relate, version_fix

#: Entries and steps that a message names; the rest is counted, and in the related places and the evidence.
MAX_NAMED = 4
MAX_TOLD = 4
MAX_EVIDENCE = 10

#: What is said of an entry that nothing meets. Each kind has its own words, which findings are merged by.
_NOTHING = {
    ClashKind.NO_PACKAGE: "no channel has a package for",
    ClashKind.NOT_ON_CHANNEL: "the channel that is named has no package for",
    ClashKind.NOT_ON_PLATFORM: "nothing for this platform matches",
    ClashKind.NO_VERSION: "no release matches",
    ClashKind.NO_BUILD: "no build matches",
}

_OF_EXPORTS = frozenset({ClashKind.NO_BUILD, ClashKind.NOT_ON_PLATFORM, ClashKind.NO_VERSION})
_EXPORTED = (
    "the file is an export, which is for the platform that it was made on: list what you use yourself"
    " (`conda env export --from-history`) and lock that"
)
_MACHINE = (
    "say in the target what the machine has (`cuda=`, `driver=`, `glibc=`), or take a build that does not need it"
)


def main_entry(clash: CondaClash) -> CondaEntry | None:
    """The entry that the finding is shown at: the one to change, else the last."""
    if clash.change is not None and clash.change.edits:
        return clash.change.edits[0][0]
    return clash.entries[-1] if clash.entries else None


def clash_message(clash: CondaClash) -> str:
    """The whole conflict in one line."""
    if clash.made_for:
        return _made_for(clash)
    steps = [step.text for step in clash.steps]
    told = (
        "; ".join(steps[:MAX_TOLD])
        if len(steps) <= MAX_TOLD
        else "; ".join([*steps[: MAX_TOLD - 1], f"in the end, {steps[-1]}"])
    )
    if len(steps) > MAX_TOLD and len(clash.entries) >= len(steps):
        told = "; ".join([*steps[:MAX_TOLD], f"and {len(steps) - MAX_TOLD} more"])
    return f"{_subject(clash)}{f': {told}' if told else ''}"


def _made_for(clash: CondaClash) -> str:
    """Many entries that another platform has."""
    names = [quoted(entry) for entry in clash.entries]
    shown = ", ".join(names[:MAX_NAMED]) + (f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else "")
    what = "builds" if clash.kind is ClashKind.NO_BUILD else "packages"
    return f"{_NOTHING[clash.kind]} {len(names)} entries, most of which are {what} of {clash.made_for}: {shown}"


def _subject(clash: CondaClash) -> str:
    main = main_entry(clash)
    ordered = [*([main] if main is not None else []), *(entry for entry in clash.entries if entry is not main)]
    names = [quoted(entry) for entry in ordered]
    if clash.kind in _NOTHING:
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        shown = names[:MAX_NAMED]
        return f"{_NOTHING[clash.kind]} {', '.join(shown) + more if more else listed(shown)}"
    names += [f"`{text}`, which the pip part needs," for text in clash.needed]
    names += [f"`{_plain(text)}`, which the pip part needs," for text in clash.constraints]
    if not names:
        names = [f"Python {clash.python}"] if clash.python else ["the conda part"]
        return f"{names[0]} cannot be installed"
    if len(names) > MAX_NAMED:
        names = [*names[: MAX_NAMED - 1], f"{len(names) - MAX_NAMED + 1} more entries"]
    python = f" with Python {clash.python}" if clash.python else ""
    together = " together" if len(names) > 1 else ""
    return f"{listed(names)} cannot be installed{together}{python}"


def _plain(text: str) -> str:
    """``numpy[version='<2']`` as ``numpy <2``."""
    name, bracket, options = text.partition("[")
    if not bracket:
        return text
    values = [part.partition("=")[2].strip("'\"") for part in options.rstrip("]").split("',")]
    return " ".join([name, *values])


def clash_related(clash: CondaClash) -> tuple[Related, ...]:
    """The other entries."""
    main = main_entry(clash)
    return relate([entry for entry in clash.entries if entry is not main])


def clash_evidence(clash: CondaClash) -> tuple[Evidence, ...]:
    """The steps that the message leaves out."""
    if len(clash.steps) <= MAX_TOLD:
        return ()
    return tuple(Evidence(step.text, step.source, None) for step in clash.steps if step.source)[:MAX_EVIDENCE]


def clash_fix(clash: CondaClash) -> Fix | None:
    """The edit of the nearest change; shown only where it was not proved to solve all of it."""
    change = clash.change
    if change is None or not change.edits:
        return None
    fixes = [version_fix(entry, entry.name, version) for entry, version in change.edits]  # type: ignore[arg-type]
    shown = listed([f"`{entry.name}={version}`" for entry, version in change.edits[:MAX_NAMED]])
    more = f" and {len(change.edits) - MAX_NAMED} more without their builds" if len(change.edits) > MAX_NAMED else ""
    edits: tuple[Edit, ...] = tuple(edit for fix in fixes for edit in fix.edits)
    if len(edits) < len(change.edits):
        edits = ()
    safety = Safety.UNSAFE if change.solves and edits else Safety.SHOWN
    return Fix(f"Use {shown}{more}", safety, edits if safety is Safety.UNSAFE else ())


def clash_hint(clash: CondaClash, names: Sequence[str] = (), *, exported: bool = False) -> str | None:
    """The next step, where it is no edit, and what was assumed. *exported*: the file is an export of one environment."""
    if exported and clash.kind in _OF_EXPORTS and len(clash.entries) > 1:
        return _EXPORTED
    hints = [_assumed(clash) if clash.python else "", _next_step(clash, names)]
    if not clash.minimal:
        hints.append("the search for the fewest entries was cut off: some of these may not matter")
    return "; ".join(hint for hint in hints if hint) or None


#: The next step where there is no change that helps.
_STEPS = {
    ClashKind.VIRTUAL: _MACHINE,
    ClashKind.NO_PACKAGE: "check the name and the channels; what only PyPI has belongs under `pip:`",
    ClashKind.NOT_ON_PLATFORM: "lock without this target, or take it from PyPI under `pip:` if there are wheels for it",
    ClashKind.NOT_ON_CHANNEL: "leave out the channel before `::`, or name one that has it",
    ClashKind.UNEXPLAINED: "each of them alone can be installed; under strict channel priority, flexible may help",
}


def _next_step(clash: CondaClash, names: Sequence[str]) -> str:
    change = clash.change
    if names:
        return f"conda calls it `{names[0]}`"
    if change is None:
        return _STEPS.get(clash.kind, "")
    if change.pythons:
        return f"add `python={change.pythons[0]}` to the file"
    if change.key and _states_gpu(clash.target):
        return f"a machine with `{change.key}` could have it; for this target, ask for what does not need that"
    if change.key:
        return f"add `{change.key}` to the target, if the machine has it"
    return "" if change.solves else "that is the nearest that is there; with it alone there is still no solution"


def _states_gpu(target: Target) -> bool:
    return target.gpu is not None or target.driver is not None or target.cuda is not None


def _assumed(clash: CondaClash) -> str:
    """Who says which Python it is, and with which others there is a solution."""
    text = clash.target.text
    stated = "python=" in text or text.startswith("host")
    who = (
        f"the target `{text}` says" if stated else "neither the files nor the target fix a Python, so that lock assumes"
    )
    pythons = clash.change.pythons if clash.change is not None else ()
    others = f"; with Python {listed(list(pythons[::-1]))} it can be installed" if pythons else ""
    return f"{who} Python {clash.python}{others}"
