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
from compat.relaxing.reach import reach_down, reach_up
from compat.relaxing.slots import Slot, Slots, open_slot
from compat.relaxing.tight import to_slot
from compat.relaxing.usable import blocked, carry, exclude_bad


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
            self._slots[place] = exclude_bad(slot, self._own(slot))
        self._slots, notes = narrow(self._slots, self._grounds)
        self._notes.update(dict.fromkeys(notes))
        return Plan(self._slots, tuple(self._held.values()), tuple(self._notes))

    def _open(self, entry: Entry, document: Document) -> None:
        """Take one entry: as held, as a range that may be too tight, or as a pin."""
        found = read_entry(entry, document, drop_hashes=self._options.drop_hashes)
        policy = self._options.policy(entry)
        if isinstance(found, Held):
            self._held[entry] = found
        elif found is None:
            slot = to_slot(entry, document, policy)
            if slot is not None and (carried := self._carried(slot)) is not slot:
                self._slots[slot.place] = carried
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
        else:
            self._slots[slot.place] = self._carried(moved)

    def _own(self, slot: Slot) -> list[Ground]:
        """The grounds on which the entry of *slot* counts."""
        return [ground for ground in self._grounds if ground.has(slot.pin.entry)]

    def _carried(self, slot: Slot) -> Slot:
        """*slot*, carried on where it holds nothing usable; on targets that nobody named only where all are so."""
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
        return carried or slot
