"""Conda and pip solved together: tiny universes with the whole answer, in which one after the other fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from compat.model.conda_records import CondaRefusal
from compat.model.environments import CondaEntry
from compat.model.joint import JointClash, JointSolution
from compat.model.names import to_pypi_name
from compat.model.solutions import Conflict
from compat.resolve.joint.installed import installed_projects
from compat.resolve.joint.report import both_hold, move_words
from compat.resolve.joint.search import JointSearch, Reached
from compat.resolve.pip.solve import Undecided
from tests.resolve.joint_universe import build, matrix, pip_versions, solve, tell, versions_of

HERE = Path(__file__).parent
CLASHES: list[dict[str, Any]] = yaml.safe_load((HERE / "joint_clashes.yml").read_text())
SOLVED: list[dict[str, Any]] = yaml.safe_load((HERE / "joint_solved.yml").read_text())


def texts(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(version) for name, version in table.items()}


@pytest.mark.parametrize("scenario", SOLVED, ids=lambda scenario: scenario["name"])
def test_the_loop_solves_it_and_tells_what_moved(scenario: Mapping[str, Any], tmp_path: Path) -> None:
    answer = solve(build(scenario, tmp_path))
    assert isinstance(answer, JointSolution), tell(answer) if isinstance(answer, JointClash) else answer
    assert versions_of(answer.conda) == texts(scenario["conda-part"]), scenario["why"]
    assert pip_versions(answer.pip) == texts(scenario["pip-part"])
    assert [move_words(move) for move in answer.moves] == scenario["moves"]
    assert answer.rounds == scenario.get("rounds", 1)
    assert [one.project for one in answer.in_both] == scenario.get("in-both", [])


@pytest.mark.parametrize("scenario", SOLVED, ids=lambda scenario: scenario["name"])
def test_two_stages_fail_on_it(scenario: Mapping[str, Any], tmp_path: Path) -> None:
    """Conda alone, then pip beside what it installed: what conda-lock and pixi do."""
    world = build(scenario, tmp_path)
    assert world.pip.solve(installed_projects(world.first, matrix())) is None


@pytest.mark.parametrize("scenario", CLASHES, ids=lambda scenario: scenario["name"])
def test_a_clash_is_told_whole(scenario: Mapping[str, Any], tmp_path: Path) -> None:
    answer = solve(build(scenario, tmp_path))
    assert isinstance(answer, JointClash), answer
    assert tell(answer) == scenario["told"].strip(), scenario["why"]


@pytest.mark.parametrize("scenario", CLASHES, ids=lambda scenario: scenario["name"])
def test_without_any_one_line_of_a_clash_the_others_go_together(scenario: Mapping[str, Any], tmp_path: Path) -> None:
    world = build(scenario, tmp_path)
    answer = solve(world)
    assert isinstance(answer, JointClash)
    for left_out in (*answer.conda, *answer.pip):
        kept = [entry for entry in answer.conda if entry is not left_out]
        request = world.question.request._replace(specs=("python", *(entry.spec.text for entry in kept)))
        (first,) = world.channels.solve([request])
        assert not isinstance(first, CondaRefusal)
        pip = [entry for entry in answer.pip if entry is not left_out]
        assert isinstance(JointSearch(request, world.channels, world.pip, matrix(), pip).run(first), Reached)


def test_there_are_as_many_scenarios_as_were_asked_for() -> None:
    assert len(SOLVED) >= 15
    assert sum(scenario["why"].startswith("Reduced from ") for scenario in SOLVED) >= 5
    assert len(CLASHES) >= 10


def test_what_pip_alone_cannot_have_is_its_own_conflict(tmp_path: Path) -> None:
    scenario = {
        "file": "dependencies:\n  - numpy\n  - pip:\n      - a==1\n      - b==1\n",
        "conda": ["numpy 2.4.6 py311_0: python >=3.11,<3.12.0a0"],
        "pip": {"a": {"1": ["c<2"]}, "b": {"1": ["c>=2"]}, "c": {"1": [], "2": []}},
    }
    answer = solve(build(scenario, tmp_path))
    assert isinstance(answer, Conflict)
    assert [step.text for step in answer.steps] == ["a 1 requires c<2", "b 1 requires c>=2"]


def test_where_pip_is_content_conda_stays_as_it_is(tmp_path: Path) -> None:
    scenario = {
        "file": "dependencies:\n  - numpy\n  - pip:\n      - scanner\n",
        "conda": ["numpy 2.4.6 py311_0: python >=3.11,<3.12.0a0", "numpy 1.26.4 py311_0: python >=3.11,<3.12.0a0"],
        "pip": {"scanner": {"2": ["numpy<2"], "1": ["numpy"]}, "numpy": {"2.4.6": []}},
    }
    world = build(scenario, tmp_path)
    answer = solve(world)
    assert isinstance(answer, JointSolution)
    assert (answer.conda, answer.rounds, answer.moves) == (world.first, 0, ())
    assert pip_versions(answer.pip) == {"scanner": "1"}


def test_the_search_ends_at_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.resolve.joint.search.MAX_ROUNDS", 0)
    answer = solve(build(SOLVED[0], tmp_path))
    assert isinstance(answer, Undecided)
    assert answer.why == "conda was solved 0 times more for what pip needs, and the search is not over"


def test_an_explanation_that_takes_too_long_names_all_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.resolve.joint.conflict.MAX_SEARCHES", 2)
    answer = solve(build(CLASHES[0], tmp_path))
    assert isinstance(answer, JointClash)
    assert not answer.is_minimal
    assert [entry.name for entry in answer.conda] == ["scipy", "pandas"]
    assert [entry.name for entry in answer.pip] == ["tqdm", "scanner"]


def test_the_same_question_has_the_same_answer(tmp_path: Path) -> None:
    first, second = (solve(build(SOLVED[-1], tmp_path / name)) for name in ("a", "b"))
    assert isinstance(first, JointSolution)
    assert first == second


def test_a_constraint_of_conda_on_what_pip_installs_is_a_note(tmp_path: Path) -> None:
    scenario = {
        "file": "dependencies:\n  - viewer\n  - pip:\n      - scanner\n",
        "conda": ["viewer 1.0 py311_0: python >=3.11,<3.12.0a0 | scanner <2; elsewhere >=3; __glibc >=2"],
        "pip": {"scanner": {"2.0": []}},
    }
    answer = solve(build(scenario, tmp_path))
    assert isinstance(answer, JointSolution)
    assert answer.notes == ("conda's viewer 1.0 goes with `scanner <2` only, and pip installs scanner 2.0",)


@pytest.mark.parametrize("scenario", CLASHES, ids=lambda scenario: scenario["name"])
def test_the_nearest_change_solves(scenario: Mapping[str, Any], tmp_path: Path) -> None:
    change = getattr(solve(build(scenario, tmp_path / "before")), "suggestion", None)
    if change is None:
        assert "nearest" not in scenario["told"]
        return
    lines = scenario["file"].splitlines()
    old = change.entry.spec.text if isinstance(change.entry, CondaEntry) else change.entry.requirement.text
    lines[change.entry.place.line - 1] = lines[change.entry.place.line - 1].replace(
        old, f"{change.entry.name}=={change.version}"
    )
    changed = {**scenario, "file": "\n".join(lines)}
    assert isinstance(solve(build(changed, tmp_path / "after")), JointSolution)


def test_a_clash_is_told_although_the_index_has_not_what_conda_installs(tmp_path: Path) -> None:
    """Offline, nobody has ever asked the index for it; so no smaller set and no other line can be looked at."""
    scenario = {
        "file": "dependencies:\n  - down\n  - other\n  - pip:\n      - scanner\n",
        "conda": [
            "down 2.0 py311_0: python >=3.11,<3.12.0a0",
            "other 1.0 py311_0: python >=3.11,<3.12.0a0",
        ],
        "pip": {"scanner": {"1": ["down<2"]}},
    }
    answer = solve(build(scenario, tmp_path))
    assert isinstance(answer, JointClash)
    assert not answer.is_minimal
    assert [step.text for step in answer.steps] == [
        "scanner 1 requires down<2",
        "conda installs down 2.0, which is not down<2",
    ]


def test_what_does_not_hold_in_the_end_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.resolve.joint.search.both_hold", lambda *_: False)
    assert solve(build(SOLVED[0], tmp_path)) == Undecided("what conda installs is not what pip was solved with")


def test_the_last_check_looks_at_both_parts(tmp_path: Path) -> None:
    world = build(SOLVED[0], tmp_path)
    answer = JointSearch(world.question.request, world.channels, world.pip, matrix()).run(world.first)
    assert isinstance(answer, Reached)
    assert both_hold(answer.records, answer.pip, matrix())
    assert not both_hold(world.first, answer.pip, matrix()), "numpy is the one that pip does not take"
    assert not both_hold((), answer.pip, matrix()), "numpy is not there at all"
    (scanner,) = answer.pip.locked.packages
    twice = answer.pip.locked._replace(packages=(scanner, scanner._replace(name=to_pypi_name("numpy"))))
    assert not both_hold(answer.records, answer.pip._replace(locked=twice), matrix()), "pip installs numpy over conda's"


def test_a_search_of_conda_that_was_cut_off_proves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build(SOLVED[0], tmp_path)
    monkeypatch.setattr(world.channels, "solve", lambda _: (CondaRefusal("it took too long", cut_off=True),))
    assert solve(world) == Undecided("the search for conda packages that go together was cut off")
