"""Walking a folder: what is only called like a file of ours is passed over; who names it, or sends it, is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api import check, check_files

OTHERS = {
    "settings-env.yaml": "LOG_LEVEL: debug\nWORKERS: 4\n",
    "env.yml": "- one\n- two\n",
    "Dockerfile.notes": "How the image is built\n",
    "part.dockerfile": "RUN pip install numpy\n",
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_only_called_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OTHERS[name])
    (tmp_path / "requirements.txt").write_text("numpy==2.2.6\n")
    walked = check([str(tmp_path)], targets=["linux-64"])
    assert [Path(file.path).name for file in walked.files] == ["requirements.txt"]
    assert walked.verdict == "ok"
    named = check([str(tmp_path / name)], targets=["linux-64"])
    assert [bool(file.error) for file in named.files] == [True]
    sent = check_files({name: OTHERS[name].encode()})
    assert [bool(file.error) for file in sent.files] == [True]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("environment.yml", "name: x\ndependencies: [numpy\n"),
        ("environment.yml", "name: [x\n"),
        ("gpu-env.yml", "dependencies: [numpy\n"),
        ("Dockerfile", "FROM python:3.12\nRUN <<END\npip install numpy\n"),
    ],
)
def test_one_of_ours_that_is_broken(tmp_path: Path, name: str, text: str) -> None:
    """A fault of writing is no sign that the file is none of ours."""
    (tmp_path / name).write_text(text)
    report = check([str(tmp_path)], targets=["linux-64"])
    assert [(Path(file.path).name, bool(file.error)) for file in report.files] == [(name, True)]
