"""Explaining why a conda part has no solution: the fewest entries that clash, why they do, and the nearest change.

The reason is derived from the records of the channels, not from the text of the solver; that the entries have no solution,
that fewer of them do, and that a change helps is each time shown by a solve.
"""

from __future__ import annotations

from collections.abc import Sequence

from compat.model.conda_records import CondaChannels, CondaRecord, CondaRefusal, CondaRequest
from compat.model.conda_solutions import ClashKind, CondaChange, CondaClash
from compat.model.matchspec import parse_matchspec
from compat.model.names import CondaName
from compat.model.targets import Target
from compat.resolve.conda.change import Changes
from compat.resolve.conda.live import Live
from compat.resolve.conda.minimal import Item, Solver, is_no, minimal
from compat.resolve.conda.missing import find_missing, missing_clashes
from compat.resolve.conda.pools import AND, Pools, is_virtual
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.conda.reason import Reason, find_reason
from compat.resolve.conda.solver_specs import to_solver_text
from compat.resolve.conda.virtual_packages import states_machine
from compat.resolve.conda.words import reason_steps


def explain_conda(question: CondaQuestion, channels: CondaChannels, constraints: Sequence[str] = ()) -> CondaClash:
    """Why *question* has no solution under the further *constraints*, which are MatchSpec texts.

    Entries that nothing meets are told first, all of them; only where each is met, why they do not go together. Asks the
    channels for the records of some dozens of packages and for at most `conda_minimal.MAX_SOLVES` solves.
    """
    request = question.request._replace(constraints=(*question.request.constraints, *constraints), preferred=())
    solver = Solver(channels, request)
    pools = Pools(channels, request.subdir, request.virtual)
    missing = find_missing(question, pools, channels)
    if missing:
        gone = [one.number for one in missing]
        first, *others = missing_clashes(question, missing, Changes(question, request, solver, pools, gone))
        if first.change is not None and first.change.solves:
            return first._replace(others=tuple(others))
        rest = _with_change(question, request, gone[0], first) if len(missing) == 1 else None
        rest = rest or _left_over(question, request, gone)
        return first._replace(others=(*others, *_explain_rest(rest, channels, pools)))
    return _Explainer(question, request, solver, pools).explain()


def _with_change(
    question: CondaQuestion, request: CondaRequest, number: int, clash: CondaClash
) -> CondaQuestion | None:
    """The question with the one entry that nothing meets at what is there instead."""
    if clash.change is None or not clash.change.edits:
        return None
    entry, version = clash.change.edits[0]
    changed = entry._replace(spec=parse_matchspec(f"{entry.name}={version}")._replace(channel=entry.spec.channel))
    text = to_solver_text(changed.spec)
    if text is None:
        return None
    entries = (*question.entries[:number], changed, *question.entries[number + 1 :])
    specs = (*request.specs[:number], text, *request.specs[number + 1 :])
    return question._replace(entries=entries, request=request._replace(specs=specs))


def _left_over(question: CondaQuestion, request: CondaRequest, gone: Sequence[int]) -> CondaQuestion:
    """The question without the entries that nothing meets."""
    entries = tuple(entry for number, entry in enumerate(question.entries) if number not in gone)
    specs = tuple(text for number, text in enumerate(request.specs) if number not in gone)
    return question._replace(entries=entries, request=request._replace(specs=specs))


def _explain_rest(rest: CondaQuestion, channels: CondaChannels, pools: Pools) -> list[CondaClash]:
    """Why what is left does not go together; nothing where it does."""
    solver = Solver(channels, rest.request)
    (answer,) = solver.solve_requests([rest.request])
    if not is_no(answer):
        return []
    clash = _Explainer(rest, rest.request, solver, pools).explain()
    change = clash.change and clash.change._replace(solves=False)
    return [clash._replace(change=change)]


class _Explainer:
    def __init__(self, question: CondaQuestion, request: CondaRequest, solver: Solver, pools: Pools) -> None:
        self._question = question
        self._request = request
        self._solver = solver
        self._pools = pools
        self._items = _items(request)

    def explain(self) -> CondaClash:
        core, proved, text = self._core()
        live = self._live(core)
        emptied = live.conflicts()
        reason = find_reason(live, emptied) if emptied else None
        steps = reason_steps(live, reason, self._target) if reason is not None else ()
        own = self._question.python
        texts = [item.text for item in core]
        bounds = [item.text for item in core if item.bound]
        assumed = f"python[version='{own}.*']" if own else ""
        entries = self._question.entries
        numbers = [n for n, spec in enumerate(self._request.specs[: len(entries)]) if spec in texts]
        clash = CondaClash(
            kind=_kind(reason) if reason is not None else ClashKind.UNEXPLAINED,
            target=self._target,
            entries=tuple(entries[number] for number in numbers),
            steps=steps,
            python=own if assumed in bounds else "",
            constraints=tuple(text for text in bounds if text != assumed),
            needed=tuple(spec for spec in self._request.specs[len(entries) :] if spec in texts),
            minimal=proved,
            text=text,
        )
        return clash._replace(change=self._change(clash, numbers, reason, live))

    @property
    def _target(self) -> Target:
        return self._question.target

    def _core(self) -> tuple[tuple[Item, ...], bool, str]:
        """The fewest items without a solution, whether they are proved to be, and what the solver says of them.

        What striking off blames is nearly always enough, and small; a solve shows whether it is.
        """
        live = self._live(self._items)
        suspects = self._items
        if emptied := live.conflicts():
            blamed = find_reason(live, emptied).asked
            suspects = tuple(_in_order(self._items)[number] for number in blamed)
        (answer,) = self._solver.solve([suspects])
        if not is_no(answer):
            suspects = self._items
            (answer,) = self._solver.solve([suspects])
        text = answer.text if isinstance(answer, CondaRefusal) else ""
        if not is_no(answer):
            return suspects, False, text
        core, proved = minimal(self._solver, suspects)
        return core, proved, text

    def _live(self, items: Sequence[Item]) -> Live:
        specs = [item.text for item in items if not item.bound]
        return Live(self._pools, specs, [item.text for item in items if item.bound])

    def _change(
        self, clash: CondaClash, numbers: Sequence[int], reason: Reason | None, live: Live
    ) -> CondaChange | None:
        changes = Changes(self._question, self._request, self._solver, self._pools)
        found = None
        if clash.kind is ClashKind.VIRTUAL and reason is not None:
            name, texts, records = _machine_needs(reason, live)
            # What the target says of the machine is so; what is only assumed can be otherwise.
            found = changes.other_version(numbers) if states_machine(self._target, name) else None
            found = found or changes.other_machine(name, texts, records)
        if found is None and clash.python:
            found = changes.other_python()
        return found if found is not None else changes.other_version(numbers)


def _items(request: CondaRequest) -> tuple[Item, ...]:
    """What *request* asks, each text once."""
    items = [*(Item(text) for text in request.specs), *(Item(text, bound=True) for text in request.constraints)]
    return tuple(dict.fromkeys(items))


def _in_order(items: Sequence[Item]) -> list[Item]:
    """As `Live` numbers them: bounds behind the rest."""
    return [item for item in items if not item.bound] + [item for item in items if item.bound]


def _kind(reason: Reason) -> ClashKind:
    """What the machine lacks is told as such, where the channels have what is asked."""
    lacking = {used.stroke.lacks for used in reason.used if used.stroke.lacks is not None}
    if any(map(is_virtual, lacking | {reason.name})):
        return ClashKind.VIRTUAL
    return ClashKind.TOGETHER


def _machine_needs(reason: Reason, live: Live) -> tuple[CondaName, list[str], list[CondaRecord]]:
    """The virtual package in question, the texts that ask for it, and the records whose texts they are."""
    for used in reason.used:
        stroke = used.stroke
        by = stroke.by or stroke.name
        name = stroke.lacks or stroke.name
        if not is_virtual(name):
            continue
        numbers = stroke.by_left if stroke.by is not None else used.matters
        needs = [live.pools.needs(by, number)[0].get(name, "") for number in sorted(numbers)]
        records = [live.pools.records(by)[number] for number in sorted(numbers)]
        return name, [part for text in dict.fromkeys(needs) if text for part in text.split(AND)], records
    return reason.name, [live.asked[number] for number in reason.asked], []
