"""Words and edits that several rules share: how an entry is quoted, and how its version is replaced."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY
from compat.model.diagnostics import Fix, Related, Safety
from compat.model.environments import CondaEntry
from compat.model.names import PyPIName
from compat.model.places import Edit
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Entry, Situation, Suggestion
from compat.model.targets import Target


def quoted(entry: Entry) -> str:
    """The entry as written, in backticks, without the marker and with a long URL cut to its file name."""
    if isinstance(entry, CondaEntry):
        return f"`{entry.spec.text}`"
    requirement = entry.requirement
    if requirement.url is not None:
        return f"`{requirement.url.rsplit('/', 1)[-1] or requirement.url}`"
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"`{requirement.name}{extras}{requirement.specifier}`"


def relate(entries: Sequence[Entry]) -> tuple[Related, ...]:
    """Each entry as the other half of a disagreement."""
    return tuple(Related(place=entry.place, message=f"{quoted(entry)} is asked for here") for entry in entries)


def python_words(situation: Situation, target: Target) -> str:
    """Which Python the situation is about, and who says so: ``Python 3.12 (target)``."""
    pythons = situation.pythons
    span = (
        f"Python {pythons[0][0]}.{pythons[0][1]}"
        if len(pythons) == 1
        else f"Python {pythons[-1][0]}.{pythons[-1][1]} to {pythons[0][0]}.{pythons[0][1]}"
    )
    if situation.python_from_target:
        return f"{span} (target `{target.text}`)"
    if situation.python_bounds:
        return f"{span} ({situation.python_bounds[0].place})"
    return span


def python_related(situation: Situation) -> tuple[Related, ...]:
    """The entries that bound Python."""
    return tuple(Related(place=bound.place, message="Python is bounded here") for bound in situation.python_bounds[:1])


def version_fix(entry: Entry, name: PyPIName, version: str, *, why: str = "") -> Fix:
    """Give *entry* the one version *version*, spelled as its file spells versions; unsafe, since the version changes."""
    if isinstance(entry, CondaEntry):
        text, shown = f"={version}", f"{entry.spec.name}={version}"
    else:
        text, shown = f"=={version}", f"{name}=={version}"
    title = f"Use `{shown}`{why}"
    if entry.version_place is None or (isinstance(entry, CondaEntry) and entry.listed):
        return Fix(title=title, safety=Safety.SHOWN)
    return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(entry.version_place, text),))


def narrow_fix(entry: Entry, bound: str) -> Fix | None:
    """Give an open *entry* a further *bound*; None where its file spells versions in another way."""
    if isinstance(entry, CondaEntry):
        if entry.spec.version is not None or entry.spec.build is not None:
            return None
        title = f"Use `{entry.spec.name}{bound}`"
    else:
        requirement = entry.requirement
        if requirement.url is not None or "==" in str(requirement.specifier):
            return None
        title = f"Use `{requirement.name}{requirement.specifier}{',' if requirement.specifier else ''}{bound}`"
    place = entry.version_place
    if place is None:
        return Fix(title=title, safety=Safety.SHOWN)
    end = place._replace(line=place.end_line, column=place.end_column)
    joined = bound if isinstance(entry, CondaEntry) or not entry.requirement.specifier else f",{bound}"
    return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(end, joined),))


def suggested_fix(conflict: Conflict) -> Fix | None:
    """The edit for the nearest change that solves a conflict."""
    suggestion = conflict.suggestion
    return None if suggestion is None else suggestion_fix(suggestion)


def suggestion_fix(suggestion: Suggestion) -> Fix:
    """The edit for a suggestion; torch and its companions keep their label, which names a build of every release."""
    label = ""
    entry = suggestion.entry
    if isinstance(entry, PipEntry) and entry.requirement.labels and entry.name in TORCH_FAMILY:
        label = f"+{entry.requirement.labels[0]}"
    return version_fix(suggestion.entry, suggestion.name, f"{suggestion.version}{label}")


def main_place(entries: Sequence[Entry], conflict: Conflict) -> tuple[Entry, list[Entry]]:
    """The entry that a conflict is shown at (the one to change, else the last) and the others."""
    chosen = conflict.suggestion.entry if conflict.suggestion is not None else entries[-1]
    return chosen, [entry for entry in entries if entry is not chosen]


def pinned_version(entry: Entry) -> Version | None:
    """The one version that a pip entry fixes with ``==``; its local label is left out."""
    if isinstance(entry, CondaEntry) or entry.requirement.url is not None:
        return None
    for spec in entry.requirement.public:
        if spec.operator == "==" and not spec.version.endswith(".*"):
            return Version(spec.version)
    return None


def minors_words(pythons: Collection[tuple[int, int]]) -> str:
    """``Python 3.8 to 3.11``, ``Python 3.8, 3.10``; "" for none."""
    minors = sorted(pythons)
    if not minors:
        return ""
    names = [f"{major}.{minor}" for major, minor in minors]
    if len(names) > 2 and minors[-1][1] - minors[0][1] == len(minors) - 1:
        return f"Python {names[0]} to {names[-1]}"
    return f"Python {', '.join(names)}"
