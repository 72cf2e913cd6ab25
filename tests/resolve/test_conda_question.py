"""What is asked of conda channels for a target."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api.files import DiskFiles, Library
from compat.api.locking.inputs import locked_environment
from compat.api.roots import find_roots, gather, load, parse_targets
from compat.model.conda_records import CondaRecord
from compat.model.environments import Environment
from compat.model.errors import UsageError
from compat.model.names import to_conda_name
from compat.resolve.conda.question import CondaQuestion, ask_conda

MATRIX, _ = load({})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(folder: Path, text: str) -> Environment:
    (folder / "environment.yml").write_text(text, encoding="utf-8")
    roots, _, _ = gather(Library(DiskFiles()), find_roots(["environment.yml"])[0], [])
    return locked_environment(roots, (), ())


def ask(environment: Environment, target: str, *, pip_part: bool = False) -> CondaQuestion:
    return ask_conda(environment, parse_targets([target], MATRIX)[0], MATRIX, pip_part=pip_part)


def entries(*lines: str) -> str:
    return "dependencies:\n" + "".join(f"  - {line}\n" for line in lines)


def test_specs_are_the_entries_in_their_order(folder: Path) -> None:
    question = ask(read(folder, entries("numpy=1.26", "Pandas >=2", "conda-forge::scipy")), "linux-aarch64")
    assert question.request.subdir == "linux-aarch64"
    assert question.request.specs == (
        "numpy[version='=1.26']",
        "pandas[version='>=2']",
        "scipy[channel='conda-forge']",
    )
    assert [entry.place.line for entry in question.entries] == [2, 3, 4]
    assert {package.name for package in question.request.virtual} == {"__archspec", "__glibc", "__linux", "__unix"}


def test_entries_of_another_platform_are_left_out(folder: Path) -> None:
    environment = read(folder, entries("numpy", "sel(osx): nomkl", "sel(linux): mkl"))
    assert ask(environment, "linux-64").request.specs == ("numpy", "mkl")
    assert ask(environment, "osx-arm64").request.specs == ("numpy", "nomkl")


@pytest.mark.parametrize(
    ("lines", "target", "constraints", "python"),
    [
        (["numpy"], "linux-64,python=3.11", ("python[version='3.11.*']",), "3.11"),
        (["python", "numpy"], "linux-64,python=3.11", ("python[version='3.11.*']",), "3.11"),
        (["python>=3.9"], "linux-64,python=3.11", ("python[version='3.11.*']",), "3.11"),
        (["python=3.11"], "linux-64,python=3.11", (), ""),
        # What the file says decides what conda installs.
        (["python=3.10"], "linux-64,python=3.11", (), ""),
        (["python<3.11"], "linux-64,python=3.11", (), ""),
        (["numpy"], "linux-64", (), ""),
    ],
)
def test_the_python_of_the_target_where_the_file_leaves_it_open(
    folder: Path, lines: list[str], target: str, constraints: tuple[str, ...], python: str
) -> None:
    question = ask(read(folder, entries(*lines)), target)
    assert (question.request.constraints, question.python) == (constraints, python)


@pytest.mark.parametrize(
    ("lines", "specs"),
    [
        (["numpy"], ("numpy", "python", "pip")),
        (["python=3.11", "numpy"], ("python[version='=3.11']", "numpy", "pip")),
        (["pip", "python"], ("pip", "python")),
    ],
)
def test_a_pip_part_needs_python_and_pip(folder: Path, lines: list[str], specs: tuple[str, ...]) -> None:
    assert ask(read(folder, entries(*lines)), "linux-64", pip_part=True).request.specs == specs


def test_earlier_records_are_preferred(folder: Path) -> None:
    record = CondaRecord(to_conda_name("numpy"), "1.26.4", "0", 0, "linux-64", "", "")
    target = parse_targets(["linux-64"], MATRIX)[0]
    question = ask_conda(read(folder, entries("numpy")), target, MATRIX, preferred=[record], pip_part=False)
    assert question.request.preferred == (record,)


def test_what_no_solver_takes_is_refused_with_its_place(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"environment.yml:3:5: `scipy 1\.\*\.3` compares versions as text"):
        ask(read(folder, entries("numpy", "scipy 1.*.3")), "linux-64")


def test_credentials_reach_no_spec(folder: Path) -> None:
    lines = [
        "https://user:secret@example.org/t/token-1/my/linux-64/numpy-1.21.0-py39_0.conda",
        "https://user:secret@example.org/other::scipy",
    ]
    question = ask(read(folder, entries(*lines)), "linux-64")
    assert [entry.spec.channel for entry in question.entries] == ["https://example.org/my", "https://example.org/other"]
    assert not any(word in repr(question.request) for word in ("secret", "token-1", "user"))
