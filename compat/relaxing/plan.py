"""From the entries of files to their ranges: the laws one after the other, until nothing moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from compat.model.environments import Document
from compat.model.names import to_pypi_name
from compat.model.solutions import Entry
from compat.relaxing.family import narrow
from compat.relaxing.ground import Ground
from compat.relaxing.labels import move_label
from compat.relaxing.pins import Held, Pin, read_entry
from compat.relaxing.policy import Policy, UnreadableVersionError
from compat.relaxing.ranges import tidy
from compat.relaxing.reach import reach_down, reach_up
from compat.relaxing.slots import Slot, Slots, open_slot, reason
from compat.relaxing.tight import to_slot
from compat.relaxing.usable import blocked, carry, exclude_bad, loses_pin


class Options(NamedTuple):
    """What the caller settles: policies by package (``default`` for the rest), and how far relaxing goes.

    *asked* says that somebody named the targets, so that a range is carried for each of them.
    """

    policies: Mapping[str, Policy]
    lower: bool = False
    drop_hashes: bool = False
    asked: bool = False

    def policy(self, entry: Entry) -> Policy:
        """The policy for the package of *entry*."""
        own = self.policies.get(to_pypi_name(entry.name))
        return own or self.policies.get("default", Policy.MINOR)


class Plan(NamedTuple):
    """The ranges by version place, what is held and why, and notes."""

    slots: Slots
    held: tuple[Held, ...]
    notes: tuple[str, ...]


def make_plan(documents: Sequence[tuple[Document, bool]], grounds: Sequence[Ground], options: Options) -> Plan:
    """The ranges for *documents*, each with whether it is a constraint file; *grounds* are where they are installed."""
    return _Planner(grounds, options).plan(documents)


class _Planner:
    def __init__(self, grounds: Sequence[Ground], options: Options) -> None:
        self._grounds = grounds
        self._options = options
        self._slots: Slots = {}
        self._held: dict[Entry, Held] = {}
        self._notes: dict[str, None] = {}

    def plan(self, documents: Sequence[tuple[Document, bool]]) -> Plan:
        for document, is_constraint in documents:
            for package in document.conda:
                self._open(package, document)
            for entry in document.pip:
                self._open(entry._replace(constraint=entry.constraint or is_constraint), document)
        self._slots = reach_up(self._slots, self._grounds)
        if self._options.lower:
            self._slots = reach_down(self._slots, self._grounds)
        for place, slot in list(self._slots.items()):
            self._slots[place] = exclude_bad(slot, self._own(slot) or self._grounds)
            self._keep_yanked(self._slots[place])
        for document, _ in documents if self._options.drop_hashes else ():
            self._keep_hashes(document)
        self._slots, notes = narrow(self._slots, self._grounds)
        self._notes.update(dict.fromkeys(notes))
        self._slots = {place: self._tidied(slot) for place, slot in self._slots.items()}
        for slot in self._slots.values():
            self._say_blocked(slot)
        return Plan(self._slots, tuple(self._held.values()), tuple(self._notes))

    def _open(self, entry: Entry, document: Document) -> None:
        """Take one entry: as held, as a range that may be too tight, or as a pin."""
        found = read_entry(entry, document, drop_hashes=self._options.drop_hashes)
        policy = self._options.policy(entry)
        if isinstance(found, Held):
            self._held[entry] = found
        elif found is None:
            slot = to_slot(entry, document, policy)
            carried = self._carried(slot) if slot is not None else None
            if carried is not None and carried is not slot:
                self._slots[carried.place] = carried
        elif found.place not in self._slots:
            self._open_pin(found, policy)

    def _open_pin(self, pin: Pin, policy: Policy) -> None:
        try:
            slot = open_slot(pin, policy)
        except UnreadableVersionError:
            self._held[pin.entry] = Held(pin.entry, f"no series can be told from `{pin.version}`")
            return
        moved = move_label(slot, self._own(slot)) if pin.label else slot
        if isinstance(moved, Held):
            self._held[pin.entry] = moved
            return
        carried = self._carried(moved)
        if carried is None and pin.label:
            why = f"no range holds a release that can be installed as `+{pin.label}`"
            self._held[pin.entry] = Held(pin.entry, why)
        else:
            self._slots[slot.place] = carried or moved

    def _keep_hashes(self, document: Document) -> None:
        """Leave the pins of *document* as they are where some hash has to stay, because one hash puts pip into its mode."""
        stays = [e for e in document.pip if e.hashed and (e.version_place not in self._slots or e.hash_place is None)]
        for place in [entry.version_place for entry in document.pip] if stays else []:
            if place is not None and (slot := self._slots.pop(place, None)) is not None:
                why = f"hashes: pip's hash mode forbids ranges, and the hash of {stays[0].name} has to stay"
                self._held[slot.pin.entry] = Held(slot.pin.entry, why)

    def _keep_yanked(self, slot: Slot) -> None:
        """Leave the pin of *slot* as it is where it names a yanked release, and its range holds nothing else."""
        if loses_pin(slot, self._own(slot)):
            del self._slots[slot.place]
            why = "the release is yanked, so only `==` gets it, and the range holds no other"
            self._held[slot.pin.entry] = Held(slot.pin.entry, why)

    def _tidied(self, slot: Slot) -> Slot:
        """*slot* with an earlier end instead of many excluded releases at its end, for the reason of the first of them."""
        project = next((p for ground in self._own(slot) if (p := ground.project(slot.pin.entry)) is not None), None)
        bounds = tidy(slot.bounds, [release.version for release in project.releases] if project is not None else [])
        if bounds == slot.bounds:
            return slot
        why = slot.why.get(f"!={bounds.upper}") or reason("what follows is excluded")
        claim = why.claim.partition("`: ")[2] or why.claim
        return slot.because(bounds, why._replace(claim=f"`<{bounds.upper}`: {claim}"))

    def _say_blocked(self, slot: Slot) -> None:
        """Say on which of the named targets the rest of the file leaves nothing of *slot*."""
        where = blocked(slot, self._own(slot)) if self._options.asked else []
        for text in dict.fromkeys(ground.target.text for ground in where):
            self._notes[f"{slot.pin.name}: nothing that `{slot.bounds}` holds can be installed for `{text}`"] = None

    def _own(self, slot: Slot) -> list[Ground]:
        """The grounds on which the entry of *slot* counts."""
        return [ground for ground in self._grounds if ground.has(slot.pin.entry)]

    def _carried(self, slot: Slot) -> Slot | None:
        """*slot*, carried on where it holds nothing usable; on targets that nobody named only where all are so.

        None where nothing later is usable either.
        """
        own = self._own(slot)
        where = blocked(slot, own)
        if not where:
            return slot
        targets = ", ".join(f"`{text}`" for text in dict.fromkeys(ground.target.text for ground in where))
        if not self._options.asked and len(where) < len(own):
            self._notes[
                f"{slot.pin.name}: nothing that `{slot.bounds}` holds can be installed for {targets}; "
                f"name the target with --target to carry the range"
            ] = None
            return slot
        carried = carry(slot, where if self._options.asked else where[:1])
        if carried is None:
            self._notes[
                f"{slot.pin.name}: neither `{slot.bounds}` nor anything later can be installed for {targets}"
            ] = None
        return carried
