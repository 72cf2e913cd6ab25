"""A joint clash as a diagnostic, and a joint solution as notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from compat.api.locking.joint_findings import joint_findings, joint_notes
from compat.model.diagnostics import Safety, Severity
from compat.model.joint import JointClash, JointSolution, Move
from compat.model.names import CondaName
from tests.resolve.joint_universe import build, solve, to_environment, to_target

FILE = """\
dependencies:
  - pandas=3.0
  - pip:
      - scanner==1.2
"""
SCENARIO: dict[str, Any] = {
    "file": FILE,
    "conda": [
        "numpy 2.4.6 py311_0: python >=3.11,<3.12.0a0",
        "numpy 1.26.4 py311_0: python >=3.11,<3.12.0a0",
        "pandas 3.0.1 py311_0: python >=3.11,<3.12.0a0; numpy >=2.0",
        "pandas 2.2.3 py311_0: python >=3.11,<3.12.0a0; numpy >=1.24",
    ],
    "pip": {"scanner": {"1.2": ["numpy<2"]}, "numpy": {"2.4.6": [], "1.26.4": []}},
}


def test_a_clash_is_told_at_the_pip_line_with_the_conda_line_beside_it(tmp_path: Path) -> None:
    clash = solve(build(SCENARIO, tmp_path))
    assert isinstance(clash, JointClash)
    (found,) = joint_findings(clash, to_environment(FILE), to_target())
    assert (found.code, found.severity, str(found.place)) == ("ENV005", Severity.ERROR, "environment.yml:4:9")
    assert found.message == (
        "conda and pip do not agree on `numpy`: pip `scanner==1.2` (environment.yml:4) needs numpy<2; "
        "conda `pandas=3.0` (environment.yml:2) has builds for numpy >=2.0 only"
    )
    assert [(str(one.place), one.message) for one in found.related] == [
        ("environment.yml:2:5", "`pandas=3.0` is asked for here")
    ]
    assert found.packages == ("numpy",)
    assert found.targets == ("linux-64,python=3.11",)
    assert found.fix is not None
    assert found.fix.title == "Use `pandas=2.2.3`, which goes with the others"
    assert found.fix.safety is Safety.UNSAFE
    assert [edit.text for edit in found.fix.edits] == ["=2.2.3"]


def test_a_clash_that_was_cut_short_says_so() -> None:
    (found,) = joint_findings(JointClash((), (), (), (), is_minimal=False), to_environment(FILE), to_target())
    assert str(found.place) == "environment.yml"
    assert found.fix is None
    assert found.message == (
        "conda and pip do not agree on what is installed: no set of packages satisfies both; not all of these lines "
        "need be part of it, which would have taken too long to find out"
    )


def test_the_notes_say_what_moved_for_pip_and_what_moved_along(tmp_path: Path) -> None:
    loosened = {**SCENARIO, "file": FILE.replace("=3.0", "") + "      - numpy\n"}
    answer = solve(build(loosened, tmp_path))
    assert isinstance(answer, JointSolution)
    assert list(joint_notes(answer)) == [
        "pip `scanner==1.2` (environment.yml:4) needs numpy<2: conda now takes numpy 1.26.4 instead of 2.4.6",
        "conda changes with that: pandas 3.0.1 to 2.2.3",
        "pip `numpy` (environment.yml:5) only bounds conda's numpy 1.26.4, which is installed",
    ]


def test_of_many_that_moved_along_some_are_named(tmp_path: Path) -> None:
    answer = solve(build({**SCENARIO, "file": FILE.replace("=3.0", "")}, tmp_path))
    assert isinstance(answer, JointSolution)
    along = (Move(CondaName("new"), None, "", "1"), *(Move(CondaName(f"lib{n}"), None, "2", "") for n in range(9)))
    (note,) = joint_notes(answer._replace(moves=along))
    assert note.startswith("conda changes with that: new 1 added, lib0 2 removed, ")
    assert note.endswith(" and 2 more")
