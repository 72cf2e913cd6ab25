"""What a walk knows: of each project what is asked, what is left and what is chosen; and what cannot hold together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from compat.model.names import PyPIName
from compat.model.requirements import Requirement
from compat.model.solutions import Demand
from compat.resolve.pip.index_listing import Listing

#: Ranks of projects in the order of choice: named by URL, pinned, in the way of others, left behind for those, all others.
URL, PIN, EARLY, LATE, PLAIN = range(5)

Ask = tuple[PyPIName, str]
"""A requirement that some chosen release has: its project and text."""


class Clash(NamedTuple):
    """What cannot hold together: projects at one of some positions (as bits), and requirements being asked for."""

    chosen: Mapping[PyPIName, int]
    asked: frozenset[Ask]


class Chosen(NamedTuple):
    """A project at the position that was chosen, with who asks for it, in the order of the walk."""

    listing: Listing
    position: int
    asked: tuple[tuple[Requirement, PyPIName], ...]
    extras: frozenset[str]


class Project:
    """What the root demands say of a project (which lasts), and what the current walk knows of it (which `reset` clears)."""

    __slots__ = (
        "asked",
        "askers",
        "bounds",
        "chosen",
        "extras",
        "index",
        "is_root",
        "listing",
        "mask",
        "name",
        "pinned",
        "prereleases",
        "rank",
        "root_mask",
        "root_pinned",
        "roots",
    )

    def __init__(self, name: PyPIName) -> None:
        self.name = name
        self.index = -1
        self.rank = PLAIN
        self.roots: list[Requirement] = []
        self.bounds: list[Requirement] = []
        self.is_root = False
        self.listing: Listing | str | None = None
        """None until the page was opened; a sentence where there is none."""
        self.prereleases = False
        self.root_mask = self.root_pinned = 0
        self.reset()

    def reset(self) -> None:
        """Forget what the last walk chose."""
        self.asked: dict[str, Requirement] = {}
        self.askers: list[tuple[Requirement, PyPIName]] = []
        self.chosen = -1
        self.mask, self.pinned = self.root_mask, self.root_pinned
        self.extras = {extra for requirement in self.roots for extra in requirement.extras}

    def is_chosen(self, bits: int) -> bool:
        """Whether one of *bits* is chosen."""
        return self.chosen >= 0 and bool(bits >> self.chosen & 1)

    def to_chosen(self) -> Chosen:
        assert isinstance(self.listing, Listing)
        return Chosen(self.listing, self.chosen, tuple(self.askers), frozenset(self.extras))


New = tuple[Requirement, Project, PyPIName]
"""A requirement of a release that is looked at, the project it is for, and the one that has it."""


class Memory:
    """Clashes that were met, and whether a choice would lead to one of them again."""

    def __init__(self, projects: Mapping[PyPIName, Project]) -> None:
        self._projects = projects
        self._by_name: dict[PyPIName, list[Clash]] = {}
        self._by_ask: dict[Ask, list[Clash]] = {}

    def learn(self, clash: Clash) -> None:
        for name in clash.chosen:
            self._by_name.setdefault(name, []).append(clash)
        for ask in clash.asked:
            self._by_ask.setdefault(ask, []).append(clash)

    def recall(self, project: Project, position: int, new: list[New]) -> tuple[Clash, Clash] | None:
        """A known clash if *project* is taken at *position*, whose requirements are *new*: without its own part, and whole."""
        if not self._by_name and not self._by_ask:
            return None
        asks = {(other.name, requirement.text) for requirement, other, _ in new if requirement.text not in other.asked}
        known = list(self._by_name.get(project.name, ()))
        known.extend(clash for ask in sorted(asks & self._by_ask.keys()) for clash in self._by_ask[ask])
        for clash in known:
            if not clash.chosen.get(project.name, -1) >> position & 1:
                continue
            others = {name: bits for name, bits in clash.chosen.items() if name != project.name}
            left = clash.asked - asks
            if all(self._projects[name].is_chosen(bits) for name, bits in others.items()) and all(
                text in self._projects[name].asked for name, text in left
            ):
                return Clash(others, left), clash
        return None


class Blocker(NamedTuple):
    """A requirement of a release that took part in a dead end."""

    listing: Listing
    position: int
    requirement: Requirement


class _Reason(NamedTuple):
    """Why a project had no release: what stood in the way, under which demands, and earlier dead ends that count too."""

    project: Project
    demands: tuple[Demand, ...]
    blockers: tuple[Blocker, ...]
    earlier: tuple[Clash, ...]


class Story:
    """What a walk met, for an explanation: of all dead ends, those that the last one rests on."""

    def __init__(self, projects: Mapping[PyPIName, Project]) -> None:
        self._projects = projects
        self._blockers: dict[Blocker, None] = {}
        self._earlier: list[Clash] = []
        self._reasons: dict[int, _Reason] = {}
        self._last: _Reason | None = None

    def begin(self) -> None:
        """Another project is to be chosen."""
        self._blockers = {}
        self._earlier = []

    def add(self, owner: Project, position: int, requirement: Requirement) -> None:
        """*requirement* of *owner* stands in the way."""
        if isinstance(owner.listing, Listing):
            self._blockers[Blocker(owner.listing, position, requirement)] = None

    def add_askers(self, asked: frozenset[Ask]) -> list[Demand]:
        """So does what is *asked*, by whoever asks it; returned as demands."""
        demands: list[Demand] = []
        for name, text in sorted(asked):
            for requirement, owner_name in self._projects[name].askers:
                owner = self._projects[owner_name]
                if requirement.text == text and isinstance(owner.listing, Listing):
                    self.add(owner, owner.chosen, requirement)
                    demands.append(Demand(requirement, None, owner.listing.candidate(owner.chosen)))
        return demands

    def add_recalled(self, project: Project, position: int, new: list[New], clash: Clash) -> None:
        """So does what of *new* makes the known *clash*."""
        self._earlier.append(clash)
        for requirement, other, owner_name in new:
            if (other.name, requirement.text) in clash.asked:
                owner = self._projects[owner_name]
                self.add(owner, position if owner is project else owner.chosen, requirement)

    def end(self, project: Project, needed: list[str], clash: Clash) -> None:
        """*project* has no release, which is remembered as *clash*."""
        demands = self.add_askers(frozenset((project.name, text) for text in needed))
        roots = (Demand(requirement, None, None) for requirement in (*project.roots, *project.bounds))
        self._last = _Reason(project, (*roots, *demands), tuple(self._blockers), tuple(self._earlier))
        self._reasons[id(clash)] = self._last

    def _told(self) -> list[_Reason]:
        found = {} if self._last is None else {id(self._last): self._last}
        for reason in (agenda := list(found.values())):  # grows while it is walked
            for clash in reason.earlier:
                one = self._reasons[id(clash)]
                if id(one) not in found:
                    found[id(one)] = one
                    agenda.append(one)
        return agenda

    def blockers(self) -> list[Blocker]:
        """What stood in the way, from the root requirements downwards."""
        found = dict.fromkeys(blocker for reason in self._told() for blocker in reason.blockers)
        return sorted(found, key=lambda blocker: self._projects[blocker.listing.name].index)

    def dead_ends(self) -> dict[PyPIName, tuple[Demand, ...]]:
        """The demands under which a project had no release."""
        return {reason.project.name: reason.demands for reason in reversed(self._told())}
