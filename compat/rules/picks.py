"""From what an installer would take back to the lines of the files that lead to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from packaging.version import Version

from compat.model.environments import CondaEntry
from compat.model.names import PyPIName
from compat.model.pythons import admits_minor
from compat.model.requirements import Requirement
from compat.model.solutions import Entry, Pick
from compat.rules.base import Subject
from compat.rules.wording import quoted


def roots_of(picks: Mapping[PyPIName, Pick], name: PyPIName) -> tuple[Entry, ...]:
    """The entries of the files that ask for *name*, else those that ask for what requires it, nearest first."""
    agenda = [name]
    for current in agenda:  # grows while it is walked
        pick = picks.get(current)
        if pick is None:
            continue
        own = tuple(entry for entry in pick.entries if isinstance(entry, CondaEntry) or not entry.constraint)
        if own:
            return _bounded_first(own)
        parents = (demand.parent.name for demand in pick.demands if demand.parent is not None)
        agenda.extend(parent for parent in dict.fromkeys(parents) if parent not in agenda)
    return ()


def _bounded_first(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Entries that say something about the version before bare names."""
    return tuple(sorted(entries, key=lambda e: not (isinstance(e, CondaEntry) or e.requirement.specifier)))


def asked(entry: Entry, pick: Pick) -> str:
    """What the file asks for and, unless it says so itself, what an installer takes for it today."""
    if pick.version is None or (pick.pinned and entry in pick.entries):
        return quoted(entry)
    return f"{quoted(entry)} (installs {pick.name} {pick.version} today)"


def is_met_by(half: Requirement, pick: Pick | None, labels: Collection[str] = ()) -> bool:
    """Whether *pick*, with its extras and *labels*, is what *half* of a pair describes."""
    if pick is None or pick.version is None or not half.public.contains(pick.version, prereleases=True):
        return False
    extras = {extra for demand in pick.demands for extra in demand.requirement.extras}
    return half.extras <= extras and (not half.labels or bool(set(half.labels) & set(labels)))


def nearest_release(subject: Subject, pick: Pick, unwanted: Collection[Requirement]) -> Version | None:
    """The release of a pick's project nearest to it that none of *unwanted* admits and that this Python can install."""
    project, python, subdir = subject.matrix.project(pick.name), subject.situation.python, subject.target.subdir
    if project is None or python is None or pick.version is None:
        return None
    fitting = [
        release.version
        for release in project.releases
        if release.yanked is None
        and not any(half.public.contains(release.version, prereleases=True) for half in unwanted)
        and admits_minor(release.requires_python, python)
        and any(release.wheels[key].serves(python) for key in (subdir, "any") if key in release.wheels)
    ]
    below, above = [v for v in fitting if v < pick.version], [v for v in fitting if v > pick.version]
    return max(below, default=None) or min(above, default=None)


#: What a new environment has before pip installs anything.
_BROUGHT = frozenset({"pip", "setuptools", "wheel"})


def is_certain(subject: Subject, pick: Pick) -> bool:
    """Whether *pick* is what will be installed; False where something the file does not show may stand there already.

    pip keeps an older release that satisfies those who ask: setuptools of a new environment, or numpy that conda
    packages bring along.
    """
    if pick.entries:
        return True
    if subject.environment.stages and not is_bare(subject):
        return False
    others = (entry.name for entry in subject.situation.conda)
    return pick.name not in _BROUGHT and all(name in _BROUGHT or name == "python" for name in others)


#: Base images that hold no project of the package index but pip's own tools.
_BARE = frozenset({"cuda", "python", "system"})


def is_bare(subject: Subject) -> bool:
    """Whether the environment of an image begins empty: a virtual environment, or the Python of a base that brings no packages."""
    environment = subject.environment
    if environment.variant:
        return True
    image = subject.matrix.base_image(environment.stages[0].base) if environment.stages[0].base else None
    return image is not None and image.kind in _BARE
