"""``check --online``: which projects the index is asked for, and what is said where it did not answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from compat.index import OnlineMatrix
from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.model.targets import Target
from compat.model.words import listed
from compat.resolve.situation import worlds_for

if TYPE_CHECKING:
    import httpx

#: Names listed in one message.
_SHOWN = 5


def ask_online(
    matrix: Matrix, environments: Iterable[Environment], *, index: str | None = None, client: httpx.Client | None = None
) -> OnlineMatrix:
    """*matrix* with the index behind it.

    It may be asked for what *environments* take from it: not for what comes from another index, a URL or a folder,
    and not for what only conda is asked for.
    """
    asked: list[PipEntry] = []
    never: set[PyPIName] = set()
    for environment in environments:
        world = worlds_for(environment.pip, environment)
        public = [e for e in environment.pip if not e.editable and e.requirement.url is None and world(e.name).pypi]
        asked.extend(public)
        never.update({entry.name for entry in environment.pip} - {entry.name for entry in public})
        never.update(to_pypi_name(entry.name) for entry in environment.conda)
    wanted = [entry.requirement for entry in asked if not entry.constraint]
    bounds = [entry.name for entry in asked if entry.constraint]
    return OnlineMatrix(matrix, wanted, bounds=bounds, never=never, index=index, client=client)


def unreached_findings(
    asked: OnlineMatrix, environments: Sequence[Environment], targets: Sequence[Target]
) -> Iterator[Diagnostic]:
    """An info for each reason why projects stayed unknown: at the first entry that names one, related in other files."""
    by_reason: dict[str, list[PyPIName]] = {}
    for name, why in sorted(asked.unreached.items()):
        by_reason.setdefault(why, []).append(name)
    for why, names in by_reason.items():
        places = list(_places(names, environments))
        yield Diagnostic(
            code="GAP001",
            rule="fact-missing",
            severity=Severity.INFO,
            message=f"the package index could not be asked about {_listed(names)}: {why}",
            place=places[0],
            packages=tuple(names),
            related=tuple(Related(place=place, message="and about what is named here") for place in places[1:]),
            targets=tuple(target.text for target in targets),
            gap=True,
        )


def online_notes(asked: OnlineMatrix) -> Iterator[str]:
    """What was not found, and what was not reached, in a sentence each."""
    if asked.absent:
        yield f"the package index has no project {_listed(sorted(asked.absent))}"
    if asked.unreached:
        yield f"{len(asked.unreached)} project(s) stay unknown, because the package index was not reached"


def _places(names: Sequence[PyPIName], environments: Sequence[Environment]) -> Iterator[Place]:
    """For each file the first place that names one of *names*; without any, the root of the first environment."""
    found: dict[str, Place] = {}
    for entry in (entry for environment in environments for entry in environment.pip):
        if entry.name in names:
            found.setdefault(entry.place.path, entry.place)
    yield from found.values() or [Place(environments[0].root)]


def _listed(names: Sequence[PyPIName]) -> str:
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    words = [*(f"`{name}`" for name in names[:_SHOWN]), *more]
    return listed(words)
