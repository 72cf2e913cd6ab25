"""The state of one requirement while its range is found: what it was, what it becomes, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from packaging.version import Version

from compat.model.diagnostics import Evidence
from compat.model.environments import CondaEntry
from compat.model.places import Place
from compat.model.relaxation import Bounds
from compat.model.versions import to_version
from compat.relaxing.pins import Pin
from compat.relaxing.policy import Policy, numbers_of, series_end

#: Where the laws are written down.
LAWS = "docs/relax.md"


class Slot(NamedTuple):
    """A requirement that is relaxed. *index_url* is the index that has to be named because a label went.

    *why* holds the reasons by what they are a reason for: ``>=``, ``<``, ``!=2.7.2`` or ``+cu118``.
    """

    pin: Pin
    policy: Policy
    bounds: Bounds
    why: Mapping[str, Evidence] = MappingProxyType({})
    index_url: str | None = None
    carried: bool = False
    """Whether it was a range, which only changes because it holds nothing that can be used."""

    @property
    def place(self) -> Place:
        return self.pin.place

    @property
    def version(self) -> Version | None:
        """The pinned version as PEP 440 reads it."""
        return to_version(self.pin.version)

    @property
    def is_conda(self) -> bool:
        return isinstance(self.pin.entry, CondaEntry)

    @property
    def text(self) -> str:
        """The version text as the file spells it, with the conda build that is kept."""
        build = f"={self.pin.build}" if self.pin.build else ""
        if self.is_conda and not build and self._is_series:
            return f"={self.bounds.lower}"
        return f"{self.bounds}{build}"

    def exactly(self, version: object) -> str:
        """The version text that asks for one release of the range."""
        return f"=={version}={self.pin.build}" if self.pin.build else f"=={version}"

    def because(self, bounds: Bounds, why: Evidence) -> Slot:
        """The slot with other *bounds*, for the reason *why*, which takes the place of that for an end that moves."""
        old = self.bounds
        news = {
            ">=": bounds.lower != old.lower,
            "<": (bounds.upper, bounds.inclusive) != (old.upper, old.inclusive),
            **{f"!={version}": version not in old.excluded for version in bounds.excluded},
        }
        return self._replace(bounds=bounds, why={**self.why, **{part: why for part, is_new in news.items() if is_new}})

    def note(self, part: str, why: Evidence) -> Slot:
        """The slot with a reason for a part that is no bound: the label, a policy that could not be held to."""
        return self._replace(why={**self.why, part: why})

    @property
    def reasons(self) -> tuple[Evidence, ...]:
        """Why, in the order of the bounds; what is excluded no longer needs none."""
        holes = {f"!={version}" for version in self.bounds.excluded}
        parts = sorted(self.why, key=lambda part: ("+", ">=", "<").index(part) if part in ("+", ">=", "<") else 3)
        return tuple(dict.fromkeys(self.why[part] for part in parts if not part.startswith("!=") or part in holes))

    @property
    def _is_series(self) -> bool:
        """Whether conda spells the range shorter: ``=11.8`` is ``>=11.8,<11.9``."""
        lower = self.bounds.lower
        plain = numbers_of(lower) == 2 and lower.replace(".", "").isdigit()
        return plain and self.bounds == Bounds(lower, series_end(lower, Policy.MINOR))


Slots = dict[Place, Slot]


def open_slot(pin: Pin, policy: Policy) -> Slot:
    """The range that *policy* alone gives a pin.

    Raises: UnreadableVersionError.
    """
    bounds = Bounds(pin.version, series_end(pin.version, policy), excluded=pin.excluded)
    return Slot(
        pin,
        policy,
        bounds,
        {
            ">=": reason(f"`>={bounds.lower}`: the pinned release, the lowest that was tested"),
            "<": reason(f"`<{bounds.upper}`: where the next series starts, by policy `{_shown(policy)}`"),
            **{f"!={version}": reason(f"`!={version}`: the file excludes it") for version in pin.excluded},
        },
    )


def _shown(policy: Policy) -> str:
    return Policy.MINOR.value if policy is Policy.MATRIX else policy.value


def reason(claim: str) -> Evidence:
    """Why a bound stands where it does, by a law; by a fact of the matrix, `evidence_of` says it."""
    return Evidence(claim, LAWS, None)


def texts_of(slots: Slots) -> dict[Place, str]:
    """The version text of every slot by its place."""
    return {place: slot.text for place, slot in slots.items()}
