"""``check``: which files are roots, what is judged with what, and what stands in the report beside the findings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from compat import api
from compat.api.roots import parse_targets
from compat.cli.commands import cli
from compat.host import host_subdir
from compat.matrix import load_matrix
from compat.model.diagnostics import Report
from compat.model.errors import UsageError
from compat.model.targets import SUBDIRS
from compat.report.json import render_json
from compat.report.text import render_text

LINUX = ("linux-64,python=3.11",)
PAIR = "torch==2.4.1\ntorchvision==0.20.0\n"

Write = Callable[[Mapping[str, str]], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into an empty repository, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def put(files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return put


def codes(report: Report) -> list[str]:
    return [found.code for found in report.diagnostics]


def paths(report: Report) -> list[str]:
    return [file.path for file in report.files]


def test_files_of_one_call_are_judged_apart(write: Write) -> None:
    write({"requirements-a.txt": "torch==2.4.1\n", "requirements-b.txt": "torchvision==0.20.0\n"})
    report = api.check(["requirements-a.txt", "requirements-b.txt"], targets=LINUX)
    assert (report.verdict, codes(report)) == ("ok", [])


def test_together_they_are_one_environment(write: Write) -> None:
    write({"requirements-a.txt": "torch==2.4.1\n", "requirements-b.txt": "torchvision==0.20.0\n"})
    report = api.check(["requirements-a.txt", "requirements-b.txt"], targets=LINUX, together=True)
    assert (report.verdict, codes(report)) == ("conflict", ["ABI001"])
    assert {file.verdict for file in report.files} == {"conflict"}


def test_together_counts_an_include_of_both_once(write: Write) -> None:
    write({"base.txt": "torch==2.4.1\n", "requirements-a.txt": "-r base.txt\n", "requirements-b.txt": "-r base.txt\n"})
    report = api.check(["requirements-a.txt", "requirements-b.txt"], targets=LINUX, together=True)
    assert paths(report) == ["requirements-a.txt", "base.txt", "requirements-b.txt"]
    assert codes(report) == []


def test_together_takes_the_base_of_each_file(write: Write) -> None:
    """The default environment of a pixi.toml has the features that it names, and no others."""
    pixi = """\
[workspace]
channels = ["conda-forge"]
platforms = ["linux-64"]
[environments]
default = ["new"]
past = ["old"]
[feature.new.pypi-dependencies]
torch = "==2.4.1"
[feature.old.pypi-dependencies]
torch = "==1.13.1"
"""
    write({"pixi.toml": pixi, "requirements.txt": "torchvision==0.20.0\n"})
    report = api.check(["requirements.txt", "pixi.toml"], targets=LINUX, together=True)
    (found,) = [found for found in report.diagnostics if found.code == "ABI001"]
    assert [related.place[:2] for related in found.related] == [("pixi.toml", 8)]


def test_descriptors_named_in_one_call_are_compared(write: Write) -> None:
    write({"ci/environment.yml": "dependencies:\n  - sphinx<3\n", "requirements.txt": "sphinx>=3\n"})
    report = api.check(["ci/environment.yml", "requirements.txt"], targets=("linux-64", "linux-aarch64"))
    (found,) = report.diagnostics
    assert (found.code, found.severity.value, found.place[:3]) == ("ENV004", "warning", ("ci/environment.yml", 2, 5))
    assert found.message == "`sphinx<3` and `sphinx>=3` of requirements.txt have no version in common"
    assert found.targets == ("linux-64", "linux-aarch64")
    assert [related.place.path for related in found.related] == ["requirements.txt"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sphinx<3", "sphinx>=2"),
        ("sphinx<3", "sphinx>=3; python_version > '3.12'"),
        ("sphinx<3", "alabaster"),
        ("sphinx<3.0a0", "sphinx>=3.post1"),
    ],
    ids=["overlap", "marker", "other-project", "no-plain-versions"],
)
def test_descriptors_that_may_agree(write: Write, first: str, second: str) -> None:
    write({"environment.yml": f"dependencies:\n  - {first}\n", "requirements.txt": f"{second}\n"})
    assert codes(api.check(["environment.yml", "requirements.txt"], targets=LINUX, select=["ENV004"])) == []


def test_two_pip_files_are_compared(write: Write) -> None:
    write({"requirements-a.txt": "sphinx==2.0\n", "requirements-b.txt": "sphinx==3.0\n"})
    assert codes(api.check(["."], targets=LINUX)) == ["ENV004"]


def test_in_a_walked_folder_only_neighbours_are_compared(write: Write) -> None:
    write({"a/requirements.txt": "sphinx==2.0\n", "b/requirements.txt": "sphinx==3.0\n"})
    assert codes(api.check(["."], targets=LINUX)) == []


def test_a_file_and_what_it_includes_are_one_descriptor(write: Write) -> None:
    write({"requirements.txt": "-r requirements-base.txt\n", "requirements-base.txt": "sphinx==2.0\n"})
    assert codes(api.check(["requirements.txt", "requirements-base.txt"], targets=LINUX)) == []


def test_a_folder_is_walked(write: Write) -> None:
    """Other people's folders are left out, an included file is no root, and what is not understood is no finding."""
    write(
        {
            "requirements.txt": "-r requirements-base.txt\ntorchvision==0.20.0\n",
            "requirements-base.txt": "torch==2.4.1\n",
            "sub/environment.yml": "dependencies:\n  - python\n",
            "notes.txt": "torch and torchvision\n",
            "Dockerfile": "FROM scratch\n",
            ".venv/lib/requirements.txt": PAIR,
            "demo.egg-info/requirements.txt": PAIR,
        }
    )
    report = api.check(["."], targets=LINUX)
    assert paths(report) == ["requirements.txt", "requirements-base.txt", "sub/environment.yml", "Dockerfile"]
    assert [(found.code, found.place.path) for found in report.diagnostics] == [("ABI001", "requirements.txt")]


def test_of_files_that_include_each_other_one_is_a_root(write: Write) -> None:
    write({"requirements-a.txt": "-r requirements-b.txt\n", "requirements-b.txt": f"-r requirements-a.txt\n{PAIR}"})
    assert codes(api.check(["."], targets=LINUX)) == ["ABI001"]


def test_a_named_file_is_a_root_though_another_includes_it(write: Write) -> None:
    write({"requirements.txt": "-r base.txt\ntorch==2.4.1\n", "base.txt": PAIR})
    report = api.check(["requirements.txt", "base.txt"], targets=LINUX)
    assert {file.path for file in report.files} == {"requirements.txt", "base.txt"}
    assert codes(report).count("ABI001") == 1


def test_stdin_is_read_under_its_name(write: Write) -> None:
    write({"base.txt": "torch==2.4.1\n"})
    report = api.check(["-"], targets=LINUX, stdin=b"-r base.txt\ntorchvision==0.20.0\n")
    assert paths(report) == ["requirements.txt", "base.txt"]
    assert codes(report) == ["ABI001"]
    named = api.check(["-"], targets=LINUX, stdin=b"dependencies:\n  - pip:\n", stdin_filename="env.yml")
    assert [(file.path, file.kind) for file in named.files] == [("env.yml", "environment")]


def test_a_broken_file_leaves_the_others_judged(write: Write) -> None:
    write({"environment.yml": "dependencies: [\n", "requirements.txt": PAIR})
    report = api.check(["environment.yml", "requirements.txt"], targets=LINUX)
    broken = next(file for file in report.files if file.path == "environment.yml")
    assert (broken.kind, broken.verdict, broken.error_line) == ("environment", "unknown", 2)
    assert broken.error
    assert codes(report) == ["ABI001"]
    assert CliRunner().invoke(cli, ["check", ".", "--target", LINUX[0]]).exit_code == 2


def test_a_broken_include_is_told_as_a_file(write: Write) -> None:
    write({"requirements.txt": f"-r base.txt\n-c base.txt\n{PAIR}", "base.txt": "torch\0"})
    report = api.check(["requirements.txt"], targets=LINUX)
    assert [file.path for file in report.files if file.error] == ["base.txt"]
    assert codes(report) == ["ABI001"]


def test_kinds_that_are_not_read_yet_are_noted_and_never_pass(write: Write) -> None:
    write({"poetry.lock": "", "requirements.txt": "torch==2.4.1\n"})
    report = api.check(["poetry.lock", "requirements.txt"], targets=LINUX)
    assert [(file.path, file.kind, file.verdict) for file in report.files[1:]] == [
        ("poetry.lock", "poetry-lock", "unknown"),
    ]
    assert report.notes == ("poetry.lock is not judged: files of kind poetry-lock are not read by this version",)
    assert report.verdict == "unknown"


def test_a_named_file_of_no_known_kind_is_an_error_of_that_file(write: Write) -> None:
    write({"picture.svg": "<svg/>", "requirements.txt": "torch==2.4.1\n"})
    report = api.check(["picture.svg", "requirements.txt"], targets=LINUX)
    assert [(file.path, file.error) for file in report.files] == [
        ("requirements.txt", None),
        ("picture.svg", "is no kind of file that compat knows, by name or by content"),
    ]
    assert report.verdict == "unknown"


def test_what_cannot_be_opened_is_the_fault_of_that_file(write: Write) -> None:
    write({"requirements.txt": "-r requirements.d\n", "requirements.d/keep": ""})
    report = api.check(["requirements.txt"], targets=LINUX)
    assert [(file.path, file.error) for file in report.files if file.error] == [
        ("requirements.d", "cannot be read: Is a directory")
    ]


def test_a_path_that_does_not_exist(write: Write) -> None:
    write({})
    with pytest.raises(UsageError, match=r"`nope\.yml` does not exist"):
        api.check(["nope.yml"], targets=LINUX)


def test_targets_are_merged_into_one_finding(write: Write) -> None:
    write({"requirements.txt": f"{PAIR}???\n"})
    targets = ("linux-64,python=3.11", "linux-aarch64,python=3.11", "linux-64,python=3.11")
    report = api.check(["requirements.txt"], targets=targets)
    assert [(found.code, found.targets) for found in report.diagnostics] == [
        ("ABI001", targets[:2]),
        ("REQ001", targets[:2]),
    ]


def test_a_finding_of_one_target_names_only_that(write: Write) -> None:
    write({"requirements.txt": "torch==2.4.1\n"})
    report = api.check(["requirements.txt"], targets=("linux-64", "linux-64,python=3.14"))
    assert {found.targets for found in report.diagnostics} == {("linux-64,python=3.14",)}


def test_without_targets_this_platform_is_judged(write: Write) -> None:
    write({"requirements.txt": "torch==2.4.1+cu124\n"})
    report = api.check(["requirements.txt"])
    assert {found.targets for found in report.diagnostics} == {(host_subdir(),)}


def test_a_target_may_be_this_machine() -> None:
    (target,) = parse_targets(["host,gpu=none"], load_matrix())
    assert (target.text, target.gpu) == ("host,gpu=none", ())
    assert target.subdir in SUBDIRS


def test_a_request_sees_only_its_own_files() -> None:
    report = api.check_files({"requirements.txt": b"-r ../base.txt\n-r other.txt\n", "other.txt": b"torch==9.9\n"})
    assert [(found.code, found.targets) for found in report.diagnostics] == [
        ("REQ004", ("linux-64",)),
        ("GAP001", ("linux-64",)),
    ]
    assert paths(report) == ["requirements.txt", "other.txt"]


def test_a_request_may_not_look_at_the_machine() -> None:
    with pytest.raises(UsageError, match="`host` means the machine that asks") as caught:
        api.check_files({"requirements.txt": b""}, targets=["linux-64", "host,gpu=none"])
    assert caught.value.hint == "write the platform: `linux-64`"


def test_an_old_matrix_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            assert tz is UTC
            return datetime.fromisoformat(load_matrix().version).replace(tzinfo=UTC) + timedelta(days=91)

    monkeypatch.setattr(sys.modules["compat.api.checking"], "datetime", Later)
    (note,) = api.check_files({"requirements.txt": b"torch\n"}).notes
    assert note.startswith("the matrix is 91 days old (")


def test_credentials_are_in_no_report(write: Write) -> None:
    write(
        {
            "requirements.txt": "--extra-index-url https://user:secret@index.example.org/simple\ntorch==2.4.1\ntorch==2.4.0\n"
        }
    )
    report = api.check(["requirements.txt"], targets=LINUX)
    shown = render_text(report, color=False, width=80) + render_json(report)
    assert "secret" not in shown
    assert "REQ003" in shown
    assert "https://***********@index.example.org" in report.sources["requirements.txt"]
