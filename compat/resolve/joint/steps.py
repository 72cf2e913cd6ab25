"""Telling a joint clash: what the pip part needs of a project, and why conda has it in no such version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from packaging.version import Version

from compat.model.conda_records import CondaChannels, CondaRecord
from compat.model.distributions import UnreachedError
from compat.model.environments import CondaEntry
from compat.model.joint import Ask, Installed, InstalledPart, PipSolution
from compat.model.matchspec import MatchSpec, find_matchspec
from compat.model.names import CondaName, PyPIName
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Step
from compat.resolve.joint.bounds import Range, Shelves
from compat.resolve.joint.pip_side import PipSide, bringer
from compat.resolve.joint.report import ask_words, is_met, place_words, spelled

#: Different dependencies of one package's builds that are told.
MAX_TEXTS = 3


class Disagreement(NamedTuple):
    """A project that conda installs in a version that pip's solution without conda does not admit."""

    project: PyPIName
    installed: Installed
    asks: tuple[Ask, ...]

    @property
    def wanted(self) -> str:
        """``numpy<2 and numpy>=1.25``."""
        return " and ".join(dict.fromkeys(spelled(ask.requirement) for ask in self.asks))

    def fitting(self, shelves: Shelves) -> frozenset[str]:
        """The versions that conda has and pip would take, as conda spells them."""
        known = shelves.versions(self.installed.record.name)
        return frozenset(
            t for t, version in known.items() if all(is_met(ask.requirement, version) for ask in self.asks)
        )

    def to_constraint(self, shelves: Shelves) -> str:
        """The bound that conda would have to keep."""
        name = self.installed.record.name
        return Range(frozenset(shelves.versions(name))).exactly(self.fitting(shelves)).to_constraint(name)


def disagreements(pip: PipSide, part: InstalledPart, entries: Sequence[PipEntry]) -> list[Disagreement]:
    """What *entries* would have in another version than *part* has it, were they installed without it.

    Nothing where the index that would tell is not reached.
    """
    try:
        free = pip.solve(InstalledPart(python=part.python), entries=entries)
    except UnreachedError:
        return []
    if not isinstance(free, PipSolution):
        return []
    versions = {package.name: package.version for package in free.locked.packages}
    roots = {entry.name: entry for entry in reversed(entries) if not entry.constraint}
    found: list[Disagreement] = []
    for package in free.locked.packages:
        installed = part.projects.get(package.name)
        if installed is None:
            continue
        asks = [Ask(one.requirement, one) for one in entries if one.name == package.name]
        for asker in package.askers:
            if asker.parent is not None:
                entry = bringer(asker.parent, free.locked, roots)
                requirement = parse_requirement(asker.requirement)
                asks.append(Ask(requirement, entry, asker.parent, versions[asker.parent]))
        unmet = tuple(ask for ask in asks if not is_met(ask.requirement, installed.version))
        if unmet:
            found.append(Disagreement(package.name, installed, unmet))
    return found


class Telling:
    """Sentences about a clash of the lines *conda*, of which *records* is the solution, with pip's."""

    def __init__(
        self,
        channels: CondaChannels,
        subdir: str,
        shelves: Shelves,
        conda: Sequence[CondaEntry],
        records: Sequence[CondaRecord],
    ) -> None:
        self._channels = channels
        self._subdir = subdir
        self._shelves = shelves
        self._conda = conda
        self._records: Mapping[CondaName, CondaRecord] = {record.name: record for record in records}

    def steps(self, told: Sequence[Disagreement], by_release: Sequence[Step], *, is_refused: bool) -> Iterator[Step]:
        """Pip's half, then conda's.

        *by_release* is what pip says of several releases at once; *is_refused* that conda cannot have all of *told* so.
        """
        words = [_pip_words(one, ask, by_release) for one in told for ask in one.asks]
        conda = [text for one in told if (text := self._conda_words(one))]
        if is_refused and not conda:
            lines = " and ".join(_line(entry) for entry in self._conda) or "what conda always installs"
            conda = [f"{lines} cannot be had with {' and '.join(one.wanted for one in told)}"]
        yield from map(Step, dict.fromkeys((*words, *conda)))

    def _conda_words(self, one: Disagreement) -> str:
        """Why conda has no version that pip takes, where that is about this project alone."""
        name = one.installed.record.name
        known, fitting = self._shelves.versions(name), one.fitting(self._shelves)
        if not fitting:
            python = f" and Python {self._shelves.minor}" if self._shelves.minor else ""
            return f"conda's channels have {name} {_span(known, known)} for {self._subdir}{python}, not {one.wanted}"
        for entry in self._conda:
            if entry.name == name and not any(map(entry.spec.matches, fitting)):
                return f"{_line(entry)} leaves {name} {_span(known, filter(entry.spec.matches, known))}"
        for entry in self._conda:
            chain = self._chain(entry.name, name)
            if chain and (texts := self._demands(entry, chain, fitting)):
                shown = " or ".join(texts[:MAX_TEXTS]) + (" or others like these" if len(texts) > MAX_TEXTS else "")
                brings = f" brings {', '.join(chain[1:-1])}, which" if len(chain) > 2 else ""
                return f"{_line(entry)}{brings} has builds for {shown} only"
        return ""

    def _demands(self, entry: CondaEntry, chain: Sequence[CondaName], fitting: frozenset[str]) -> list[str]:
        """What *entry* requires in the end of the last of *chain*, if nothing of that admits a *fitting* version.

        At each link all records count that the one before admits: whichever is chosen, the sentence holds.
        """
        specs = [entry.spec]
        for name, following in pairwise(chain):
            found: dict[MatchSpec, None] = {}
            for record in self._channels.records(name, self._subdir):
                if record.version in self._shelves.versions(name) and any(_admits(spec, record) for spec in specs):
                    own = [
                        spec
                        for spec in map(find_matchspec, record.depends)
                        if spec is not None and spec.name == following
                    ]
                    if not own:
                        return []
                    found.update(dict.fromkeys(own))
            specs = list(found)
        if not specs or any(spec.matches(text) for spec in specs for text in fitting):
            return []
        return sorted({" ".join(spec.text.split()[:2]) for spec in specs})

    def _chain(self, start: CondaName, goal: CondaName) -> list[CondaName]:
        """The shortest way from *start* to *goal* by what the records need; empty where there is none."""
        before: dict[CondaName, CondaName | None] = {start: None}
        agenda = [start]
        for name in agenda:  # grows while it is walked
            record = self._records.get(name)
            for spec in filter(None, map(find_matchspec, record.depends if record is not None else ())):
                if spec.name not in before:
                    before[spec.name] = name
                    agenda.append(spec.name)
        chain: list[CondaName] = []
        at: CondaName | None = goal if goal in before and goal != start else None
        while at is not None:
            chain.append(at)
            at = before[at]
        return chain[::-1]


def _pip_words(one: Disagreement, ask: Ask, by_release: Sequence[Step]) -> str:
    for step in by_release:
        is_own = step.text.startswith(f"{ask.parent} ") and " to " in step.text and one.project in step.text
        if is_own and ask.entry is not None and ask.entry.name == ask.parent:
            return f"pip `{ask.entry.requirement.text}` ({place_words(ask.entry)}): {step.text}"
    return ask_words(ask)


def _line(entry: CondaEntry) -> str:
    return f"conda `{entry.spec.text}` ({place_words(entry)})"


def _span(known: Mapping[str, Version], texts: Iterable[str]) -> str:
    """``1.26.4 to 2.4.6``, ``1.26.4``, or ``in no version``."""
    ordered = sorted(texts, key=lambda text: (known[text], text))
    if len(ordered) < 2:
        return ordered[0] if ordered else "in no version"
    return f"{ordered[0]} to {ordered[-1]}"


def _admits(spec: MatchSpec, record: CondaRecord) -> bool:
    return spec.matches(record.version, record.build)
