"""Conda and pip solved together: conda first, then pip beside it, and conda again where pip needs another version.

Where pip has no solution beside the records of conda, it is solved with the projects that they provide in all versions that
the channels have, as few of them as will do at another one. What that solution demands of those becomes bounds on the
conda packages, and conda is solved again. Where conda cannot, or pip finds that something else is in the way, the ranges
that were tried are left out, one package after the other, so that the parts of the search never overlap and all of them
together are everything (a search over boxes of versions). Each step leaves out a version, so it ends; `MAX_ROUNDS` ends it
earlier. Nothing is bounded that pip does not ask for, and conda keeps all else as it was where it can.

Conda is never asked to do without a package, nor to bring one for pip: only to take another version of it. What it installs,
pip never replaces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from packaging.version import Version

from compat.model.conda_records import CondaChannels, CondaRecord, CondaRefusal, CondaRequest
from compat.model.distributions import UnreachedError
from compat.model.joint import InstalledPart, JointClash, JointSolution, PipSolution
from compat.model.names import CondaName, PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Reason
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.joint.bounds import Box, Range, Shelves, to_bound
from compat.resolve.joint.installed import Names, installed_projects
from compat.resolve.joint.pip_side import PipSide
from compat.resolve.joint.report import both_hold, to_solution
from compat.resolve.pip.solve import Undecided

#: Solves of conda after the first one, each some tenths of a second on a large channel. What real files need is one to three.
MAX_ROUNDS = 40


def solve_joint(
    question: CondaQuestion,
    first: tuple[CondaRecord, ...],
    channels: CondaChannels,
    pip: PipSide,
    names: Names,
) -> JointSolution | JointClash | Conflict | Undecided:
    """Both parts for one target; or why there are none, which is a `Conflict` where it is about the pip part alone.

    Args: *first* is what conda answers to *question*.  Raises: UnreachedError.
    """
    found = JointSearch(question.request, channels, pip, names).run(first)
    if isinstance(found, Reached):
        if not both_hold(found.records, found.pip, names):
            return Undecided("what conda installs is not what pip was solved with")
        return to_solution(question, first, found.records, found.pip, found.rounds, names)
    if isinstance(found, Undecided):
        return found
    part = installed_projects(first, names)
    alone = InstalledPart(python=part.python)
    with suppress(UnreachedError):  # nobody has asked the index for what conda installs so far
        if pip.solve(alone) is None:
            conflict = pip.explain(alone)
            if not _is_only_of_conda(conflict, part):
                return conflict
    from compat.resolve.joint.conflict import explain_joint  # most sets have a solution

    return explain_joint(question, first, channels, pip, names)


def _is_only_of_conda(conflict: Conflict, part: InstalledPart) -> bool:
    """Whether *conflict* is that no index has a project, which conda installs."""
    return any(one.reason is Reason.NO_PROJECT and one.name in part.projects for one in conflict.rejections)


class Reached(NamedTuple):
    """Records, and a pip part that goes with them; ``rounds`` is how often conda was solved for it after the first time."""

    records: tuple[CondaRecord, ...]
    pip: PipSolution
    rounds: int


class _Node(NamedTuple):
    """A part of the search: the ranges that are left, and the records that are kept where they fit.

    Where they all fit, they are conda's answer, which pip has refused already (``is_refused``).
    """

    box: Box
    kept: tuple[CondaRecord, ...]
    is_refused: bool = False


class JointSearch:
    """One search. *entries* are the lines of the pip part that count; all of them if None."""

    def __init__(
        self,
        request: CondaRequest,
        channels: CondaChannels,
        pip: PipSide,
        names: Names,
        entries: Sequence[PipEntry] | None = None,
    ) -> None:
        self._request = request
        self._channels = channels
        self._pip = pip
        self._names = names
        self._entries = entries
        self._shelves: Shelves | None = None
        self._cut_off = False
        self.rounds = 0

    def run(self, first: tuple[CondaRecord, ...]) -> Reached | Undecided | None:
        """What goes together; None where nothing does. Raises: UnreachedError."""
        agenda = self._look(_Node({}, first), first)
        while isinstance(agenda, list) and agenda:
            if self.rounds == MAX_ROUNDS:
                return Undecided(
                    f"conda was solved {MAX_ROUNDS} times more for what pip needs, and the search is not over"
                )
            node = agenda.pop(0)
            records = node.kept if node.is_refused else self._solve_conda(node)
            if records is not None:
                found = self._look(node, records)
                agenda = [*found, *agenda] if isinstance(found, list) else found
        if not isinstance(agenda, list):
            return agenda
        return Undecided("the search for conda packages that go together was cut off") if self._cut_off else None

    def _solve_conda(self, node: _Node) -> tuple[CondaRecord, ...] | None:
        self.rounds += 1
        bounds = tuple(left.to_constraint(name) for name, left in sorted(node.box.items()))
        request = self._request._replace(constraints=(*self._request.constraints, *bounds), preferred=node.kept)
        (answer,) = self._channels.solve([request])
        if isinstance(answer, CondaRefusal):
            self._cut_off = self._cut_off or answer.cut_off
            return None
        return answer

    def _look(self, node: _Node, records: tuple[CondaRecord, ...]) -> Reached | Undecided | list[_Node]:
        """What pip says to *records*; else the parts that the search goes on with, the most promising first."""
        part = installed_projects(records, self._names)
        answer = None if node.is_refused else self._pip.solve(part, entries=self._entries)
        if isinstance(answer, PipSolution):
            return Reached(records, answer, self.rounds)
        if isinstance(answer, Undecided):
            return answer
        offers = Offers(part, self._known(part), node.box)
        wanted = self._pip.solve(part, offers, self._entries)
        if isinstance(wanted, Undecided):
            return wanted
        if wanted is None:
            return []
        boxes = self._split(node.box, part, self._fewest(part, offers, wanted))
        return [_Node(box, records, _fits(box, records)) for box in boxes]

    def _known(self, part: InstalledPart) -> Shelves:
        if self._shelves is None:
            specs = (*self._request.specs, *self._request.constraints)
            self._shelves = Shelves(self._channels, self._request.subdir, part.python, specs)
        return self._shelves

    def _fewest(self, part: InstalledPart, offers: Offers, wanted: PipSolution) -> PipSolution:
        """A solution in which none of the projects that move could stay, the others being free to."""
        for name in sorted(_moved(part, wanted)):
            moved = _moved(part, wanted)
            if name in moved and len(moved) > 1:
                fewer = self._pip.solve(part, offers.only(moved - {name}), self._entries)
                wanted = fewer if isinstance(fewer, PipSolution) else wanted
        return wanted

    def _split(self, box: Box, part: InstalledPart, wanted: PipSolution) -> Iterator[Box]:
        """*box* as what *wanted* demands, and the rest of it: each further part leaves out one of these ranges."""
        shelves = self._known(part)
        ranges: dict[CondaName, tuple[frozenset[str], str]] = {}
        for project in sorted(_moved(part, wanted)):
            record = part.projects[project].record
            known = shelves.versions(record.name)
            allowed, text = to_bound([ask.requirement for ask in wanted.asked[project]], known)
            if record.version in allowed:  # an extra, or a wheel by URL: no bound says it, the version itself does
                allowed = frozenset(one for one, version in known.items() if version == wanted.chosen[project])
                text = ""
            ranges[record.name] = allowed, text
        inside = dict(box)
        rest: list[Box] = []
        for name, (allowed, text) in ranges.items():
            before = box.get(name) or Range(frozenset(shelves.versions(name)))
            outside = before.without(allowed)
            if outside.allowed:
                rest.append({**inside, name: outside})
            inside[name] = before.only(allowed, text) if text else before.exactly(allowed)
        yield inside
        yield from rest


class Offers(Mapping[PyPIName, Sequence[Version]]):
    """The versions that conda may take of the projects of *part*, found when they are asked for."""

    def __init__(
        self, part: InstalledPart, shelves: Shelves, box: Box, names: Collection[PyPIName] | None = None
    ) -> None:
        self._part = part
        self._shelves = shelves
        self._box = box
        known = (name for name, one in part.projects.items() if one.version is not None)
        self._names = tuple(name for name in known if names is None or name in names)

    def only(self, names: Collection[PyPIName]) -> Offers:
        """Those of *names*."""
        return Offers(self._part, self._shelves, self._box, names)

    def __getitem__(self, name: PyPIName) -> Sequence[Version]:
        if name not in self._names:
            raise KeyError(name)
        one = self._part.projects[name]
        assert one.version is not None
        left = self._box.get(one.record.name)
        known = self._shelves.versions(one.record.name).items()
        return [one.version, *{version for text, version in known if left is None or text in left.allowed}]

    def __iter__(self) -> Iterator[PyPIName]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _fits(box: Box, records: Sequence[CondaRecord]) -> bool:
    """Whether *records* are in *box*."""
    return all(record.version in box[record.name].allowed for record in records if record.name in box)


def _moved(part: InstalledPart, wanted: PipSolution) -> set[PyPIName]:
    """The projects that *wanted* has at another version than conda installs."""
    return {name for name, version in wanted.chosen.items() if version != (part.projects[name].version or version)}
