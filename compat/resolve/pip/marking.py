"""Which requirements hold for one target and one Python: environment markers and extras."""

from __future__ import annotations

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.specifiers import SpecifierSet

from compat.model.requirements import to_requirement
from compat.model.solutions import Demand
from compat.model.targets import Target


class Markers:
    """Evaluates markers for *target* and *python*, each text once; *full* is the patch release, where it is known."""

    def __init__(self, target: Target, python: tuple[int, int], full: str = "") -> None:
        self.environment = target.markers(python)
        if full:
            self.environment.update(python_full_version=full, implementation_version=full)
        self._known: dict[tuple[str, str], bool] = {}
        self._texts: dict[int, tuple[Marker, str]] = {}

    def wanted(self, marker: Marker | None, extras: frozenset[str]) -> bool:
        """Whether a requirement with *marker* is asked for: without *extras* by the project itself, else by one of them alone."""
        if marker is None:
            return not extras
        # Equal texts share a marker, and writing it out takes longer than all else here. The marker is kept, for its id.
        text = self._texts.setdefault(id(marker), (marker, ""))[1]
        if not text:
            text = str(marker)
            self._texts[id(marker)] = (marker, text)
        base = self._evaluate(marker, text, "")
        if not extras:
            return base
        return not base and any(self._evaluate(marker, text, extra) for extra in extras)

    def _evaluate(self, marker: Marker, text: str, extra: str) -> bool:
        key = text, extra
        found = self._known.get(key)
        if found is None:
            try:
                found = marker.evaluate({**self.environment, "extra": extra})
            except (UndefinedComparison, UndefinedEnvironmentName):
                found = False  # compares what has no order, as uv takes it
            self._known[key] = found
        return found


def unbounded(demand: Demand) -> Demand:
    """The same project with the same extras, in whatever release: what is left of a demand on an overridden project."""
    requirement = demand.requirement
    text = f"{requirement.name}[{','.join(sorted(requirement.extras))}]" if requirement.extras else requirement.name
    return demand._replace(requirement=to_requirement(requirement.name, _ANY, extras=requirement.extras, text=text))


_ANY = SpecifierSet()
