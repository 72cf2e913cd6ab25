"""Why conda parts have no solution, in whole messages over small tables of packages, each checked by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from compat.api.files import DiskFiles, Library
from compat.api.locking.conda_findings import conda_findings, merge_findings
from compat.api.locking.conda_gpu import gpu_note
from compat.api.locking.inputs import filled_target, locked_environment
from compat.api.roots import find_roots, gather, load, parse_targets
from compat.model.conda_records import CondaChannels, CondaRecord, CondaRefusal
from compat.model.conda_solutions import CondaClash
from compat.model.diagnostics import Diagnostic
from compat.model.environments import Environment
from compat.model.matchspec import parse_matchspec
from compat.model.names import to_conda_name
from compat.model.targets import Target
from compat.resolve.conda.conflict import explain_conda
from compat.resolve.conda.question import CondaQuestion, ask_conda
from compat.resolve.conda.solver_specs import to_solver_text

FOLDER = Path(__file__).parent / "conda_conflicts"
REAL = Path(__file__).parents[1] / "data" / "conda"
SCENARIOS: list[dict[str, Any]] = [
    scenario for path in sorted(FOLDER.glob("*.yml")) for scenario in yaml.safe_load(path.read_text(encoding="utf-8"))
]
MATRIX, _ = load({})


def read(folder: Path, entries: list[Any], monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.chdir(folder)
    (folder / "environment.yml").write_text(yaml.safe_dump({"dependencies": entries}), encoding="utf-8")
    library = Library(DiskFiles())
    roots, _, _ = gather(library, find_roots(["environment.yml"])[0], [])
    return locked_environment(roots, (), ())


def target_of(text: str, environment: Environment, python: list[int] | None) -> Target:
    """*python* stands for that of the process that makes the lock."""
    (target,) = parse_targets([text], MATRIX)
    filled = filled_target(target, environment)
    stated = target.python is not None or any(entry.name == "python" for entry in environment.conda)
    return filled if stated or python is None else filled._replace(python=(python[0], python[1]))


def ask(environment: Environment, target: Target) -> CondaQuestion:
    return ask_conda(environment, target, MATRIX, pip_part=bool(environment.pip))


def rendered(findings: list[Diagnostic]) -> str:
    return "".join(f"{line}\n" for found in findings for line in render(found))


def render(found: Diagnostic) -> Iterator[str]:
    yield f"{found.place}: {found.severity.value}[{found.code}] {found.message}"
    yield f"  targets: {' '.join(found.targets)}"
    yield from (f"  related: {one.place}: {one.message}" for one in found.related)
    yield from (f"  evidence: {one.claim} ({one.source})" for one in found.evidence)
    if found.hint is not None:
        yield f"  hint: {found.hint}"
    if found.fix is not None:
        edits = [f"{edit.place.line}:{edit.place.column} {edit.text!r}" for edit in found.fix.edits]
        yield f"  fix ({found.fix.safety.value}): {found.fix.title}{' | ' if edits else ''}{', '.join(edits)}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario["name"] for scenario in SCENARIOS])
def test_whole_messages(
    scenario: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    golden: Callable[[str, str], None],
) -> None:
    channels = channels_of(scenario, tmp_path)
    environment = read(tmp_path, scenario["environment"], monkeypatch)
    findings: list[Diagnostic] = []
    for text in scenario["targets"]:
        target = target_of(text, environment, scenario.get("python", [3, 11]))
        question = ask(environment, target)
        (answer,) = channels.solve([question.request])
        if isinstance(answer, CondaRefusal):
            clash = explain_conda(question, channels)
            findings += conda_findings(clash, environment, target, MATRIX)
            check_minimal(clash, question, channels)
    assert findings
    golden(f"conda-{scenario['name']}.txt", f"# {scenario['why']}\n{rendered(merge_findings(findings))}")


def channels_of(scenario: dict[str, Any], folder: Path) -> CondaChannels:
    """Those of the table, or else the real records."""
    universe = pytest.importorskip("tests.resolve.conda_universe")
    if "channels" not in scenario:
        return universe.FolderChannels(REAL)  # type: ignore[no-any-return]
    universe.write_channels(folder / "channels", scenario["channels"])
    return universe.FolderChannels(folder / "channels", tuple(scenario["channels"]))  # type: ignore[no-any-return]


def check_minimal(clash: CondaClash, question: CondaQuestion, channels: CondaChannels) -> None:
    """Without any one of the entries of a clash, the others have a solution; with the change, all of it has."""
    if clash.others or not clash.minimal:
        return
    texts = dict(zip(question.entries, question.request.specs, strict=False))
    for left_out in clash.entries if clash.kind.name in {"TOGETHER", "VIRTUAL"} else ():
        specs = tuple(texts[entry] for entry in clash.entries if entry is not left_out)
        (answer,) = channels.solve([question.request._replace(specs=specs)])
        assert not isinstance(answer, CondaRefusal), left_out.spec.text
    if clash.change is not None and clash.change.solves and clash.change.edits:
        edited = {id(entry): parse_matchspec(f"{entry.name}={version}") for entry, version in clash.change.edits}
        changed = {key: to_solver_text(spec) or "" for key, spec in edited.items()}
        specs = tuple(changed.get(id(entry), texts[entry]) for entry in question.entries)
        (answer,) = channels.solve([question.request._replace(specs=specs)])
        assert not isinstance(answer, CondaRefusal)


def record(name: str, version: str, build: str) -> CondaRecord:
    return CondaRecord(to_conda_name(name), version, build, 0, "linux-64", "", "")


@pytest.mark.parametrize(
    ("entry", "target", "solved", "expected"),
    [
        (
            "pytorch=*=cuda*",
            "linux-64",
            record("pytorch", "1.12.1", "cuda112py310_0"),
            (
                "environment.yml:2:3: `pytorch=*=cuda*` asks for CUDA, but the target names no GPU, driver or CUDA, so the conda"
                " part was solved without `__cuda`, and pytorch 1.12.1 (cuda112py310_0) was taken, which does not need it:"
                " add `cuda=` or `driver=` to the target"
            ),
        ),
        (
            "cuda-version=12.6",
            "linux-64,gpu=none",
            record("pytorch", "2.5.1", "cpu_mkl_py311_0"),
            (
                "environment.yml:2:3: `cuda-version=12.6` asks for CUDA, but the target has no GPU, so the conda part was"
                " solved without `__cuda`, and pytorch 2.5.1 (cpu_mkl_py311_0) was taken, which is for the CPU:"
                " add `cuda=` or `driver=` to the target"
            ),
        ),
        (
            "cudatoolkit=11.8",
            "linux-64",
            record("cudatoolkit", "11.8.0", "h1_0"),
            (
                "environment.yml:2:3: `cudatoolkit=11.8` asks for CUDA, but the target names no GPU, driver or CUDA, so the"
                " conda part was solved without `__cuda`: add `cuda=` or `driver=` to the target"
            ),
        ),
        ("pytorch=*=cuda*", "linux-64,cuda=12.6", record("pytorch", "2.5.1", "cuda126_0"), None),
        ("pytorch=*=cpu*", "linux-64", record("pytorch", "2.5.1", "cpu_0"), None),
        ("pytorch", "linux-64", record("pytorch", "2.5.1", "cpu_0"), None),
        ("cudatoolkit=11.8", "osx-arm64", record("cudatoolkit", "11.8.0", "h1_0"), None),
    ],
)
def test_a_gpu_build_that_was_solved_without_a_gpu_is_told(
    entry: str,
    target: str,
    solved: CondaRecord,
    expected: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = read(tmp_path, [entry], monkeypatch)
    question = ask(environment, target_of(target, environment, [3, 11]))
    assert gpu_note(question, [solved]) == expected
