"""``relax``: what a caller gives and gets. The ranges themselves are tested in tests/relaxing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from compat.api.relax import relax, relax_files, written
from compat.model.errors import UsageError
from compat.model.relaxation import Relaxation

Write = Callable[[Mapping[str, str]], None]
MINOR = ">=1.26.4,<1.27"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into an empty repository, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def put(files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")

    return put


def news(answer: Relaxation) -> dict[tuple[str, str], str]:
    """The new range of every changed package of every file."""
    return {(file.path, change.package): change.new for file in answer.files for change in file.changes}


def policies(answer: Relaxation) -> dict[str, str]:
    return {change.package: change.policy for file in answer.files for change in file.changes}


def test_nothing_is_written(write: Write) -> None:
    write({"requirements.txt": "numpy==1.26.4\n"})
    answer = relax(["requirements.txt"])
    assert news(answer) == {("requirements.txt", "numpy"): MINOR}
    assert Path("requirements.txt").read_bytes() == b"numpy==1.26.4\n"
    assert written(answer) == [("requirements.txt", f"numpy{MINOR}\n".encode())]


def test_written_keeps_the_encoding(write: Write) -> None:
    write({})
    Path("requirements.txt").write_bytes("# é\r\nnumpy == 1.26.4\r\n".encode("utf-16"))
    ((_, data),) = written(relax(["requirements.txt"]))
    assert data == f"# é\r\nnumpy {MINOR}\r\n".encode("utf-16")


def test_files_that_do_not_change_are_not_written(write: Write) -> None:
    write({"requirements.txt": "numpy>=1.26\n"})
    answer = relax(["requirements.txt"])
    assert [file.path for file in answer.files] == ["requirements.txt"]
    assert (news(answer), written(answer)) == ({}, [])


def test_included_files_belong_to_it_and_constraints_do_not(write: Write) -> None:
    write(
        {
            "requirements.txt": "-r base/more.txt\n-c limits.txt\nnumpy==1.26.4\n",
            "base/more.txt": "pandas==2.1.4\n",
            "limits.txt": "scipy==1.11.4\n",
        }
    )
    answer = relax(["requirements.txt"])
    assert news(answer) == {
        ("requirements.txt", "numpy"): MINOR,
        ("base/more.txt", "pandas"): ">=2.1.4,<2.2",
    }
    (limits,) = [file for file in answer.files if file.path == "limits.txt"]
    assert [(left.package, left.why) for left in limits.left] == [
        ("scipy", "a constraint (`-c`), which bounds what others ask for")
    ]


def test_a_constraint_file_that_is_also_included_is_relaxed(write: Write) -> None:
    write({"requirements.txt": "-r both.txt\n-c both.txt\n", "both.txt": "numpy==1.26.4\n"})
    assert news(relax(["requirements.txt"])) == {("both.txt", "numpy"): MINOR}


def test_settings_of_the_project_hold(write: Write) -> None:
    """A package's own policy goes before the call's, and the call's before `default`."""
    settings = '[tool.compat.relax]\ndefault = "patch"\nNumPy = "major"\n'
    write({"pyproject.toml": settings, "requirements.txt": "numpy==1.26.4\nunknown==1.2.3\n"})
    assert news(relax(["requirements.txt"])) == {
        ("requirements.txt", "numpy"): ">=1.26.4,<2",
        ("requirements.txt", "unknown"): ">=1.2.3,<1.2.4",
    }
    answer = relax(["requirements.txt"], policy="minor")
    assert policies(answer) == {"numpy": "major", "unknown": "minor"}
    assert news(answer)["requirements.txt", "unknown"] == ">=1.2.3,<1.3"


def test_targets_of_the_project_are_named_targets(write: Write) -> None:
    write(
        {
            "pyproject.toml": '[tool.compat]\ntargets = ["linux-64,python=3.14"]\n',
            "requirements.txt": "torch~=2.6.0\n",
        }
    )
    assert news(relax(["requirements.txt"])) == {("requirements.txt", "torch"): ">=2.6.0,<2.10"}
    assert news(relax(["requirements.txt"], targets=["linux-64,python=3.12"])) == {}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [("environment.yml", "dependencies:\n  - [a\n", 3), ("pyproject.toml", "[project\n", 1)],
)
def test_a_file_that_does_not_parse_is_in_the_answer(name: str, text: str, line: int) -> None:
    answer = relax_files({name: text.encode(), "requirements.txt": b"numpy==1.26.4\n"})
    (broken,) = [file for file in answer.files if file.path == name]
    assert broken.error
    assert broken.error_line == line
    assert broken.changes == ()
    assert news(answer) == {("requirements.txt", "numpy"): MINOR}


def test_a_missing_include_is_a_note() -> None:
    answer = relax_files({"requirements.txt": b"-r gone.txt\nnumpy==1.26.4\n"})
    assert news(answer) == {("requirements.txt", "numpy"): MINOR}
    assert any("gone.txt" in note for note in answer.notes)


def test_a_compiled_file_is_a_note() -> None:
    text = "#\n# This file is autogenerated by pip-compile with Python 3.11\n#\nnumpy==1.26.4\n"
    (note,) = relax_files({"requirements.txt": text.encode()}).notes
    assert note.startswith("requirements.txt: written by a tool from another file")


def test_what_is_no_environment_is_a_note() -> None:
    answer = relax_files({"Dockerfile": b"FROM python:3.11\n"})
    assert news(answer) == {}
    assert any("Dockerfile" in note for note in answer.notes) or any(file.error for file in answer.files)


@pytest.mark.parametrize(
    "call",
    [
        lambda files: relax_files(files, targets=["host"]),
        lambda files: relax_files(files, targets=["beos"]),
        lambda files: relax_files(files, policy="all"),
    ],
)
def test_a_wrong_call_is_told(call: Callable[[Mapping[str, bytes]], Relaxation]) -> None:
    with pytest.raises(UsageError):
        call({"requirements.txt": b"numpy==1.26.4\n"})


def test_the_proof_is_there_if_asked_for() -> None:
    files = {"requirements.txt": b"numpy==1.26.4\n"}
    assert relax_files(files).proof is None
    proof = relax_files(files, targets=["linux-64,python=3.11"], prove=True).proof
    assert proof is not None
    assert (proof.over, proof.verdict) == ("matrix", "ok")
    assert [solution.lowest["numpy"] for solution in proof.solutions] == ["1.26.4"]


def test_answers_are_the_same_every_time() -> None:
    files = {"requirements.txt": b"torch==2.2.2\ntorchvision==0.17.2\nnumpy==1.26.4\n"}
    assert relax_files(files, policy="matrix") == relax_files(files, policy="matrix")
