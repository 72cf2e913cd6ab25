"""Taking a release in a walk: what it requires, its extras and those it brings to others, against what is known so far."""

from __future__ import annotations

from collections.abc import Callable, Collection

from compat.model.names import PyPIName
from compat.model.requirements import Requirement
from compat.resolve.pip.index_listing import Listing
from compat.resolve.pip.index_source import IndexSource
from compat.resolve.pip.walk_state import Ask, Clash, New, Project, Story

_BASE: frozenset[str] = frozenset()
_NO_ASKS: frozenset[Ask] = frozenset()


class Taking:
    """One release that is looked at: ``new`` are the requirements that come with it, once `clash` found none.

    Args: *find* gives the project of a name; *waiting* are those that are asked for and not chosen.
    """

    def __init__(
        self,
        source: IndexSource,
        find: Callable[[PyPIName], Project],
        waiting: Collection[PyPIName],
        project: Project,
        position: int,
    ) -> None:
        self._source = source
        self._find = find
        self._waiting = waiting
        self._project = project
        self._position = position
        self._masks: dict[PyPIName, int] = {}
        self._extras: dict[PyPIName, set[str]] = {}
        self._agenda = [(project, _BASE), *((project, frozenset([extra])) for extra in sorted(project.extras))]
        self.new: list[New] = []

    def clash(self, story: Story | None) -> Clash | None:
        """What of the earlier choices and requirements the release cannot go with."""
        for owner, extra in self._agenda:  # grows while it is walked
            at = self._position_of(owner)
            for requirement in self._source.requires(owner.name, at, extra):
                other = self._find(requirement.name)
                self.new.append((requirement, other, owner.name))
                if requirement.text in other.asked:
                    continue
                clash = self._meet(requirement, other)
                if clash is None:
                    self._bring_extras(requirement, other)
                    continue
                if story is not None:
                    story.add(owner, at, requirement)
                    story.add_askers(clash.asked)
                # What an extra of an earlier choice asks for is that choice's part of the clash.
                return clash if owner is self._project else Clash({**clash.chosen, owner.name: 1 << at}, clash.asked)
        return None

    def _position_of(self, project: Project) -> int:
        """Where *project* is chosen; negative if it is not."""
        return self._position if project is self._project else project.chosen

    def _bring_extras(self, requirement: Requirement, other: Project) -> None:
        """Look through the extras that *requirement* adds to what is chosen already."""
        if requirement.extras and self._position_of(other) >= 0:
            known = self._extras.setdefault(other.name, set(other.extras))
            self._agenda.extend((other, frozenset([extra])) for extra in sorted(requirement.extras - known))
            known |= requirement.extras

    def _meet(self, requirement: Requirement, other: Project) -> Clash | None:
        """The clash of *requirement* with what is known of *other*."""
        listing = other.listing
        if not isinstance(listing, Listing):
            return None
        bits = self._source.admitted(listing, requirement)
        if other is self._project:
            return None if bits >> self._position & 1 else Clash({}, _NO_ASKS)
        if other.chosen >= 0:
            excluded = listing.shelf.everything & ~bits
            return Clash({other.name: excluded}, _NO_ASKS) if other.is_chosen(excluded) else None
        if other.name not in self._waiting:
            return None  # nobody has asked for it in this walk
        mask = self._masks[other.name] = self._masks.get(other.name, other.mask) & bits
        if mask:
            return None
        left = other.root_mask & bits
        for text, asked in other.asked.items() if left else ():
            if not self._source.admitted(listing, asked) & left:
                return Clash({}, frozenset([(other.name, text)]))
        return Clash({}, frozenset((other.name, text) for text in other.asked) if left else _NO_ASKS)


def needed_texts(source: IndexSource, project: Project) -> list[str]:
    """The requirements that leave *project* the releases it has: each in turn is left out if that changes nothing."""
    texts = list(project.asked)
    listing = project.listing
    if not isinstance(listing, Listing):
        return [] if project.is_root else texts[:1]
    root_extras = {extra for requirement in project.roots for extra in requirement.extras}
    for text in tuple(texts):
        if len(texts) == 1 and not project.is_root:
            break
        if project.asked[text].extras - root_extras:
            continue  # what the extra requires may be what clashes
        mask = project.root_mask
        for other in texts:
            if other != text:
                mask &= source.admitted(listing, project.asked[other])
        if mask == project.mask:
            texts.remove(text)
    return texts
