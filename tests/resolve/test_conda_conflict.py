"""Laws of the explanation: it is true, as small as it says, the same each time, and asks a bounded number of solves."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.model.conda_records import CondaRefusal, CondaRequest, VirtualPackage
from compat.model.conda_solutions import ClashKind, CondaClash
from compat.model.environments import CondaEntry
from compat.model.matchspec import parse_matchspec
from compat.model.names import to_conda_name
from compat.model.places import Place
from compat.model.targets import parse_target
from compat.resolve.conda.conflict import explain_conda
from compat.resolve.conda.live import Live
from compat.resolve.conda.minimal import MAX_SOLVES, Item, Solver, minimal
from compat.resolve.conda.pools import Pools
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.conda.solver_specs import to_solver_text

universe = pytest.importorskip("tests.resolve.conda_universe")

NAMES = ("a", "b", "c", "d")
VERSIONS = ("1.0", "2.0", "3.0")
bounds = st.sampled_from(["", " 1.*", " 2.*", " <2", " >=2", " <3", " >=3", " ==1.0"])
needs = st.builds(lambda name, bound: f"{name}{bound}", st.sampled_from((*NAMES, "__cuda")), bounds)
rows = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(VERSIONS)),
    st.tuples(st.lists(needs, max_size=2), st.lists(needs, max_size=1)),
    max_size=9,
)
asked = st.lists(
    st.builds(lambda name, bound: f"{name}{bound}", st.sampled_from(NAMES), bounds), min_size=1, max_size=4
)
Rows = dict[tuple[str, str], tuple[list[str], list[str]]]


def channels_of(folder: Path, table: Rows) -> Any:  # noqa: ANN401 - rattler may be missing, and with it the class
    lines = [
        f"{name} {version} 0: {'; '.join(d for d in depends if not d.startswith(name))}"
        f"|{'; '.join(c for c in constrains if not c.startswith(name))}"
        for (name, version), (depends, constrains) in table.items()
    ]
    universe.write_channels(folder, {"conda-forge": {"linux-64": lines}})
    return universe.FolderChannels(folder)


def question_of(texts: list[str]) -> CondaQuestion:
    entries = tuple(
        CondaEntry(parse_matchspec(text), Place("environment.yml", number, 5))
        for number, text in enumerate(dict.fromkeys(texts), 1)
    )
    specs = tuple(to_solver_text(entry.spec) or "" for entry in entries)
    virtual = (VirtualPackage("__cuda", "2.0"),) if "b" in texts else ()
    return CondaQuestion(parse_target("linux-64", {}), entries, CondaRequest("linux-64", specs, virtual=virtual))


def is_solved(channels: Any, question: CondaQuestion, entries: tuple[CondaEntry, ...]) -> bool:  # noqa: ANN401
    specs = tuple(to_solver_text(entry.spec) or "" for entry in entries)
    (answer,) = channels.solve([question.request._replace(specs=specs)])
    return not isinstance(answer, CondaRefusal)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=rows, texts=asked)
def test_what_is_blamed_has_no_solution_and_less_of_it_has(table: Rows, texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        channels = channels_of(Path(folder), table)
        question = question_of(texts)
        if is_solved(channels, question, question.entries):
            return
        clash = explain_conda(question, channels)
        for one in (clash, *clash.others):
            assert one.minimal
            if set(one.entries) <= set(question.entries):  # the nearest change of one that is missing is told, too
                check(one, question, channels)
        assert clash == explain_conda(question, channels), "the same each time"
        if clash.change is not None and clash.change.edits and clash.change.solves:
            changed = {entry: f"{entry.name}=={version}" for entry, version in clash.change.edits}
            edits = {entry: entry._replace(spec=parse_matchspec(text)) for entry, text in changed.items()}
            others = {entry: edit for one in clash.others if one.change for entry, edit in _edits(one).items()}
            entries = tuple({**others, **edits}.get(entry, entry) for entry in question.entries)
            assert is_solved(channels, question, entries)


def _edits(clash: CondaClash) -> dict[CondaEntry, CondaEntry]:
    assert clash.change is not None
    return {
        entry: entry._replace(spec=parse_matchspec(f"{entry.name}=={version}")) for entry, version in clash.change.edits
    }


def check(clash: CondaClash, question: CondaQuestion, channels: Any) -> None:  # noqa: ANN401
    assert clash.entries
    assert not is_solved(channels, question, clash.entries)
    if clash.kind in {ClashKind.TOGETHER, ClashKind.VIRTUAL, ClashKind.UNEXPLAINED}:
        for entry in clash.entries:
            assert is_solved(channels, question, tuple(other for other in clash.entries if other is not entry))
        assert clash.steps or clash.kind is ClashKind.UNEXPLAINED


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=rows, texts=asked)
def test_what_is_struck_off_is_in_no_solution(table: Rows, texts: list[str]) -> None:
    """Striking off proves a conflict only where the solver finds no solution."""
    with TemporaryDirectory() as folder:
        channels = channels_of(Path(folder), table)
        question = question_of(texts)
        live = Live(Pools(channels, "linux-64", question.request.virtual), question.request.specs)
        conflicts = live.conflicts()
        (answer,) = channels.solve([question.request])
        if isinstance(answer, CondaRefusal):
            return
        assert conflicts == []
        for record in answer:
            if record.name in live.left:
                assert live.pools.records(record.name).index(record) in live.left[record.name]


def test_one_of_forty_entries_is_found_with_few_solves(tmp_path: Path) -> None:
    """The two that clash are found among forty, by what striking off blames."""
    table: Rows = {(f"p{number}", "1.0"): ([], []) for number in range(40)}
    table |= {("p7", "1.0"): (["lib <2"], []), ("lib", "1.0"): ([], []), ("lib", "2.0"): ([], [])}
    channels = channels_of(tmp_path, table)
    question = question_of([*(f"p{number}" for number in range(40)), "lib>=2"])
    clash = explain_conda(question, channels)
    assert [entry.spec.text for entry in clash.entries] == ["p7", "lib>=2"]
    assert channels.solves < 12


def test_leaving_out_alone_finds_two_among_forty(tmp_path: Path) -> None:
    """Where no reason is found, parts and then ones are left out; the number of solves is bounded."""
    table: Rows = {(f"p{number}", "1.0"): ([], []) for number in range(40)}
    table |= {("p7", "1.0"): (["lib <2"], []), ("p30", "1.0"): (["lib >=2"], [])}
    table |= {("lib", "1.0"): ([], []), ("lib", "2.0"): ([], [])}
    channels = channels_of(tmp_path, table)
    request = question_of([f"p{number}" for number in range(40)]).request
    core, proved = minimal(Solver(channels, request), [Item(text) for text in request.specs])
    assert ([item.text for item in core], proved) == (["p7", "p30"], True)
    assert channels.solves <= MAX_SOLVES


def test_more_than_a_few_that_are_all_needed(tmp_path: Path) -> None:
    """Each of ten packages excludes another release of one; two innocent ones stand between them."""
    table: Rows = {(f"p{number}", "1.0"): ([f"lib !={number}.0"], []) for number in range(10)}
    table |= {("lib", f"{number}.0"): ([], []) for number in range(10)}
    table |= {("x", "1.0"): ([], []), ("y", "1.0"): ([], [])}
    channels = channels_of(tmp_path, table)
    request = question_of(
        [*(f"p{number}" for number in range(5)), "x", *(f"p{number}" for number in range(5, 10)), "y"]
    ).request
    core, proved = minimal(Solver(channels, request), [Item(text) for text in request.specs])
    assert ([item.text for item in core], proved) == ([f"p{number}" for number in range(10)], True)
    assert channels.solves <= MAX_SOLVES


def test_without_solves_left_what_is_known_is_told(tmp_path: Path) -> None:
    channels = channels_of(tmp_path, {("a", "1.0"): (["c <2"], []), ("c", "2.0"): ([], []), ("b", "1.0"): ([], [])})
    solver = Solver(channels, question_of(["a", "b"]).request)
    solver.left = 0
    core, proved = minimal(solver, [Item("a"), Item("b")])
    assert ([item.text for item in core], proved) == (["a", "b"], False)


def test_a_constraint_of_the_caller_is_a_cause(tmp_path: Path) -> None:
    """The pip side asks for an older package than the entries let conda have."""
    table: Rows = {("a", "1.0"): (["b >=2"], []), ("b", "1.0"): ([], []), ("b", "2.0"): ([], [])}
    channels = channels_of(tmp_path, table)
    clash = explain_conda(question_of(["a", "b"]), channels, ["b[version='<2']"])
    assert ([entry.spec.text for entry in clash.entries], clash.constraints) == (["a"], ("b[version='<2']",))
    assert [step.text for step in clash.steps] == ["a 1.0 needs `b >=2`"]


def test_what_the_pip_part_needs_is_a_cause(tmp_path: Path) -> None:
    channels = channels_of(tmp_path, {("a", "1.0"): ([], ["pip >=3"]), ("pip", "1.0"): ([], [])})
    question = question_of(["a"])
    question = question._replace(request=question.request._replace(specs=("a", "pip")))
    clash = explain_conda(question, channels)
    assert ([entry.spec.text for entry in clash.entries], clash.needed) == (["a"], ("pip",))
    assert [step.text for step in clash.steps] == ["a 1.0 allows only `pip >=3` beside it"]


def test_a_solver_that_ran_out_of_time_proves_nothing(tmp_path: Path) -> None:
    class Slow(universe.FolderChannels):  # type: ignore[misc, name-defined]
        def solve(self, requests: list[CondaRequest]) -> tuple[CondaRefusal, ...]:
            return tuple(CondaRefusal("cancelled", cut_off=True) for _ in requests)

    channels_of(tmp_path, {("a", "1.0"): ([], []), ("b", "1.0"): ([], [])})
    clash = explain_conda(question_of(["a", "b"]), Slow(tmp_path))
    assert (clash.kind, clash.minimal, clash.steps, clash.change) == (ClashKind.UNEXPLAINED, False, (), None)


def test_the_older_archive_of_a_package_does_not_count() -> None:
    """Solvers leave out the ``.tar.bz2`` of what is there as ``.conda``; here it lacks the dependency."""
    from compat.model.conda_records import CondaRecord

    name = to_conda_name("a")
    modern = CondaRecord(name, "1.0", "0", 0, "linux-64", "c", "c/linux-64/a-1.0-0.conda", depends=("b",))
    old = modern._replace(url="c/linux-64/a-1.0-0.tar.bz2", depends=())
    other = old._replace(version="0.9", url="c/linux-64/a-0.9-0.tar.bz2")

    class Table:
        urls = ("c",)

        def solve(self, requests: object) -> tuple[()]:  # noqa: ARG002
            return ()

        def records(self, name: str, subdir: str) -> tuple[CondaRecord, ...]:  # noqa: ARG002
            return (modern, old, other)

    assert Pools(Table(), "linux-64", ()).records(name) == (modern, other)


def test_what_is_said_to_be_needed_does_not_span_what_is_not(tmp_path: Path) -> None:
    """Each ``a`` needs a ``b`` on either side of the one asked for: ``1.0 to 4.0`` would hold that one, too."""
    wanted = {("a", "1.0"): "b 1.*", ("a", "2.0"): "b 3.*", ("a", "3.0"): "b 4.*"}
    table: Rows = {key: ([need], []) for key, need in wanted.items()}
    table |= {("b", version): ([], []) for version in ("1.0", "2.0", "3.0", "4.0")}
    clash = explain_conda(question_of(["a", "b 2.*"]), channels_of(tmp_path, table))
    assert [step.text for step in clash.steps] == ["every a needs `b 4.*` (or one of 2 similar)"]


def test_the_same_is_said_once_of_entries_that_no_channel_has(tmp_path: Path) -> None:
    channels = channels_of(tmp_path, {("a", "1.0"): ([], [])})
    clash = explain_conda(question_of(["w", "x", "y", "z"]), channels)
    assert [step.text for step in clash.steps] == ["no package is called so in conda-forge"]
