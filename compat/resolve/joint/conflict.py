"""Why conda and pip cannot be had together: the fewest lines of both parts that clash, and the nearest change."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from packaging.specifiers import SpecifierSet

from compat.model.conda_records import CondaChannels, CondaRecord, CondaRefusal, CondaRequest
from compat.model.distributions import UnreachedError
from compat.model.environments import CondaEntry
from compat.model.joint import Change, JointClash
from compat.model.names import CondaName, PyPIName
from compat.model.requirements import PipEntry, to_requirement
from compat.model.solutions import Entry
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.explain import minimal_set
from compat.resolve.joint.bounds import Shelves
from compat.resolve.joint.installed import Names, installed_projects
from compat.resolve.joint.memory import RememberingChannels
from compat.resolve.joint.pip_side import PipSide
from compat.resolve.joint.search import JointSearch, Reached
from compat.resolve.joint.steps import Disagreement, Telling, disagreements

_ANY = SpecifierSet()

#: Joint solves for one explanation, and solves of conda in all of them: some seconds on a large channel.
MAX_SEARCHES = 60
MAX_CONDA_SOLVES = 150

#: Projects that are told of one clash, one step after the other.
MAX_TOLD = 5


class _CutOffError(Exception):
    """The explanation took too long."""


def explain_joint(
    question: CondaQuestion,
    first: tuple[CondaRecord, ...],
    channels: CondaChannels,
    pip: PipSide,
    names: Names,
) -> JointClash:
    """The lines that clash, which nothing satisfies together. What would need an index that is not reached stays open."""
    return _Inquiry(question, first, channels, pip, names).explain()


class _Inquiry:
    """Joint solves of some of the lines."""

    def __init__(
        self,
        question: CondaQuestion,
        first: tuple[CondaRecord, ...],
        channels: CondaChannels,
        pip: PipSide,
        names: Names,
    ) -> None:
        self._question = question
        self._first = first
        self._channels = RememberingChannels(channels)
        self._pip = pip
        self._names = names
        self._searches = 0

    def explain(self) -> JointClash:
        lines: tuple[Entry, ...] = (*self._free_lines(), *self._pip.entries)
        core, is_minimal = lines, True
        try:
            suspects = self._suspects(lines)
            core = minimal_set(suspects, self._is_solvable)
            is_minimal = not self._is_solvable(core)
        except _CutOffError:
            is_minimal = False
        conda = [entry for entry in core if isinstance(entry, CondaEntry)]
        pip = [entry for entry in core if isinstance(entry, PipEntry)]
        records = self._records(conda)
        part = installed_projects(records, self._names)
        shelves = Shelves(self._channels, self._question.request.subdir, part.python, ())
        told, is_refused = self._told(conda, pip, records, shelves)
        telling = Telling(self._channels, self._question.request.subdir, shelves, conda, records)
        refused = self._pip.explain(part, pip).steps
        steps = tuple(telling.steps(told, refused, is_refused=is_refused)) or refused
        return JointClash(
            conda=tuple(conda),
            pip=tuple(pip),
            projects=tuple(one.project for one in told),
            steps=steps,
            is_minimal=is_minimal,
            suggestion=self._suggestion(core),
        )

    def _free_lines(self) -> tuple[CondaEntry, ...]:
        """The conda lines that may be left out; the lock is for the Python of the target, whatever the lines say."""
        return tuple(entry for entry in self._question.entries if entry.name != "python")

    def _suspects(self, lines: Sequence[Entry]) -> Sequence[Entry]:
        """Those of *lines* that pip alone blames, and those that bring what they clash with, if that is the whole reason."""
        part = installed_projects(self._first, self._names)
        blamed = self._pip.explain(part).entries
        pip = [entry for entry in lines if isinstance(entry, PipEntry) and entry in blamed]
        wanted = {one.installed.record.name for one in disagreements(self._pip, part, pip)}
        bringing = _bringing(self._first, wanted)
        conda = [entry for entry in lines if isinstance(entry, CondaEntry) and entry.name in bringing]
        found: list[Entry] = [*conda, *pip]
        return found if pip and not self._is_solvable(found) else lines

    def _is_solvable(self, lines: Sequence[Entry]) -> bool:
        """Raises: _CutOffError."""
        conda = [entry for entry in lines if isinstance(entry, CondaEntry)]
        pip = [entry for entry in lines if isinstance(entry, PipEntry)]
        found = self._search(self._request(conda), pip)
        return found is not None

    def _search(self, request: CondaRequest, pip: Sequence[PipEntry]) -> Reached | None:
        self._searches += 1
        if self._searches > MAX_SEARCHES or self._channels.solves > MAX_CONDA_SOLVES:
            raise _CutOffError
        first = self._solve(request)
        if first is None:
            return None
        try:
            found = JointSearch(request, self._channels, self._pip, self._names, pip).run(first)
        except UnreachedError as error:  # fewer conda lines leave more to pip, whose pages nobody has read yet
            raise _CutOffError from error
        if found is not None and not isinstance(found, Reached):
            raise _CutOffError
        return found

    def _solve(self, request: CondaRequest) -> tuple[CondaRecord, ...] | None:
        (answer,) = self._channels.solve([request])
        if isinstance(answer, CondaRefusal):
            if answer.cut_off:
                raise _CutOffError
            return None
        return answer

    def _request(self, conda: Sequence[CondaEntry]) -> CondaRequest:
        """The request with *conda* and what is always in it."""
        request = self._question.request
        kept = {id(entry) for entry in conda}
        specs = [
            text
            for entry, text in zip(self._question.entries, request.specs, strict=False)
            if id(entry) in kept or entry.name == "python"
        ]
        return request._replace(specs=(*specs, *request.specs[len(self._question.entries) :]))

    def _told(
        self,
        conda: Sequence[CondaEntry],
        pip: Sequence[PipEntry],
        records: tuple[CondaRecord, ...],
        shelves: Shelves,
    ) -> tuple[list[Disagreement], bool]:
        """What conda has in the wrong version, and what it then has so once that is bounded; whether it refuses in the end."""
        request = self._request(conda)
        told: dict[PyPIName, Disagreement] = {}
        for _ in range(MAX_TOLD):
            new = disagreements(self._pip, installed_projects(records, self._names), pip)
            if not new:
                break
            for one in new:
                before = told.get(one.project, one._replace(asks=()))
                told[one.project] = before._replace(asks=tuple(dict.fromkeys((*before.asks, *one.asks))))
            bounds = tuple(one.to_constraint(shelves) for one in told.values())
            try:
                answer = self._solve(request._replace(constraints=(*request.constraints, *bounds)))
            except _CutOffError:
                break
            if answer is None:
                return list(told.values()), True
            records = answer
        return list(told.values()), False

    def _records(self, conda: Sequence[CondaEntry]) -> tuple[CondaRecord, ...]:
        """What conda installs for *conda* alone."""
        try:
            return self._solve(self._request(conda)) or self._first
        except _CutOffError:
            return self._first

    def _suggestion(self, core: Sequence[Entry]) -> Change | None:
        """What one of the lines could be without its version, all other lines as they are."""
        for entry in core:
            try:
                change = self._loosened(entry)
            except _CutOffError:
                return None
            if change is not None:
                return change
        return None

    def _loosened(self, entry: Entry) -> Change | None:
        request, pip = self._question.request, list(self._pip.entries)
        if isinstance(entry, PipEntry):
            if not entry.requirement.specifier or entry.requirement.url is not None:
                return None
            bare = to_requirement(entry.name, _ANY, extras=entry.requirement.extras, text=entry.name)
            pip = [one._replace(requirement=bare) if one is entry else one for one in pip]
        elif entry.spec.version is None and entry.spec.build is None:
            return None
        else:
            texts = [
                str(one.name) if one is entry else text
                for one, text in zip(self._question.entries, request.specs, strict=False)
            ]
            request = request._replace(specs=(*texts, *request.specs[len(texts) :]))
        found = self._search(request, pip)
        version = "" if found is None else _version_of(entry, found)
        return Change(entry, version) if version else None


def _bringing(records: Sequence[CondaRecord], wanted: Collection[CondaName]) -> set[str]:
    """The names of *wanted*, and of all records that need them, directly or not."""
    needs = {record.name: {text.split(maxsplit=1)[0].split("[")[0] for text in record.depends} for record in records}
    found = set(map(str, wanted))
    while True:
        more = {str(name) for name, texts in needs.items() if texts & found} - found
        if not more:
            return found
        found |= more


def _version_of(entry: Entry, found: Reached) -> str:
    """The version of what *entry* names in *found*; "" where it is not there."""
    if isinstance(entry, CondaEntry):
        return next((record.version for record in found.records if record.name == entry.name), "")
    locked = {package.name: package.version for package in found.pip.locked.packages}
    return locked.get(entry.name) or str(found.pip.chosen.get(entry.name, ""))
