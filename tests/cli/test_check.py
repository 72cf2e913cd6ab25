"""``compat check`` as a shell: what it passes on, what it prints, and its exit codes; the api is a stand-in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import compat
from compat.cli.check import to_exit_code
from compat.cli.commands import cli
from compat.model.diagnostics import Diagnostic, FileReport, Report, Severity
from compat.model.errors import UsageError
from compat.model.places import Place
from tests.reports import full_report, make_report

BROKEN = (FileReport(path="a.yml", kind="unknown", verdict="unknown", error="does not parse"),)


def finding(severity: Severity) -> Diagnostic:
    return Diagnostic(code="TST001", rule="test", severity=severity, message="no", place=Place("a.yml", 1, 1, 1, 2))


def report_with(*severities: Severity, **more: object) -> Report:
    return make_report(*map(finding, severities), sources={"a.yml": "torch\n"}, **more)


class FakeApi(SimpleNamespace):
    """`compat.api` with answers laid down; ``asked`` holds what `check` was called with."""

    def __init__(self, *reports: Report) -> None:
        super().__init__(asked=[], fixes=[], settings=SimpleNamespace(fail_on=Severity.ERROR))
        self._reports = list(reports)

    def check(self, paths: tuple[str, ...], **options: object) -> Report:
        self.asked.append({"paths": paths, **options})
        return self._reports.pop(0) if len(self._reports) > 1 else self._reports[0]

    def config(self, _paths: tuple[str, ...]) -> SimpleNamespace:
        assert isinstance(self.settings, SimpleNamespace)
        return self.settings

    def fix(self, _report: Report) -> list[tuple[str, bytes]]:
        return list(self.fixes)


Use = Callable[..., FakeApi]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Put a fake api in place; returns it."""

    def put(*reports: Report) -> FakeApi:
        fake = FakeApi(*(reports or (report_with(),)))
        monkeypatch.setitem(sys.modules, "compat.api", fake)
        monkeypatch.setattr(compat, "api", fake, raising=False)
        return fake

    return put


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli, ["check", *arguments], input=stdin)


def test_every_option_is_passed_on(use: Use) -> None:
    fake = use()
    run(
        *("a.yml", "b.txt", "--target", "linux-64", "--target", "linux-aarch64,gpu=gh200", "--together", "--online"),
        *("--select", "TCH, CUD001", "--select", "ENV", "--ignore", "ENV001"),
    )
    assert fake.asked == [
        {
            "paths": ("a.yml", "b.txt"),
            "targets": ("linux-64", "linux-aarch64,gpu=gh200"),
            "together": True,
            "online": True,
            "select": ("TCH", "CUD001", "ENV"),
            "ignore": ("ENV001",),
            "stdin": None,
            "stdin_filename": None,
        }
    ]


def test_without_a_path_the_working_folder_is_judged(use: Use) -> None:
    fake = use()
    run()
    assert fake.asked[0]["paths"] == (".",)


def test_stdin_is_read_where_a_path_is_a_dash(use: Use) -> None:
    fake = use()
    run("-", "--stdin-filename", "env.yml", stdin=b"name: \xff")
    assert (fake.asked[0]["stdin"], fake.asked[0]["stdin_filename"]) == (b"name: \xff", "env.yml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["a.yml", "--stdin-filename", "b.yml"],
            "error: `--stdin-filename` names what `-` reads, but no PATH is `-`\n",
        ),
        (["-", "--fix"], "error: `--fix` edits files in place, and `-` is none; hint: save the text to a file first\n"),
    ],
)
def test_options_that_contradict(use: Use, arguments: list[str], said: str) -> None:
    use()
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)


def test_text_goes_to_stdout_without_colour(use: Use) -> None:
    use(full_report())
    result = run("environment.yml")
    assert result.stdout.startswith("environment.yml:8:7: error[TCH001]: ")
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_json_goes_to_stdout_and_notes_to_stderr(use: Use) -> None:
    use(full_report())
    result = run("environment.yml", "--format", "json")
    assert json.loads(result.stdout)["verdict"] == "conflict"
    assert result.stderr.startswith("note: `torchvision` has no version here")


def test_quiet_prints_headlines_only(use: Use) -> None:
    use(report_with(Severity.WARNING))
    assert run("-q").stdout == "a.yml:1:1: warning[TST001]: no\n"


def test_output_goes_to_a_file(use: Use, tmp_path: Path) -> None:
    use(report_with(Severity.ERROR))
    result = run("--output", str(tmp_path / "report.txt"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert (tmp_path / "report.txt").read_text().startswith("a.yml:1:1: error[TST001]: no\n")


def test_fix_writes_files_and_reports_what_is_left(use: Use, tmp_path: Path) -> None:
    fake = use(report_with(Severity.ERROR), report_with())
    path = tmp_path / "a.yml"
    path.write_bytes(b"torch\r\n")
    fake.fixes = [(str(path), b"torch==2\r\n")]
    result = run(str(path), "--fix")
    assert path.read_bytes() == b"torch==2\r\n"
    assert result.stdout.startswith("ok: no findings")
    assert (result.exit_code, result.stderr) == (0, f"fixed {path}\n")


def test_fix_without_anything_to_mend_asks_once(use: Use) -> None:
    fake = use(report_with(Severity.ERROR))
    assert run("--fix").exit_code == 1
    assert len(fake.asked) == 1


def test_fail_on_comes_from_the_configuration_unless_given(use: Use) -> None:
    fake = use(report_with(Severity.WARNING))
    assert run().exit_code == 0
    assert run("--fail-on", "warning").exit_code == 1
    fake.settings.fail_on = Severity.INFO
    assert run().exit_code == 1
    assert run("--fail-on", "error").exit_code == 0


def test_a_wrong_target_is_one_line(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use()

    def refuse(*_paths: object, **_options: object) -> Report:
        raise UsageError("unknown key `gpuu` in target `linux-64,gpuu=h100`", hint="did you mean `gpu`?")

    monkeypatch.setattr(fake, "check", refuse, raising=False)
    result = run("--target", "linux-64,gpuu=h100")
    assert result.stderr == "error: unknown key `gpuu` in target `linux-64,gpuu=h100`; hint: did you mean `gpu`?\n"
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("report", "options", "code"),
    [
        (report_with(), {}, 0),
        (report_with(Severity.ERROR), {}, 1),
        (report_with(Severity.WARNING), {}, 0),
        (report_with(Severity.WARNING), {"fail_on": Severity.WARNING}, 1),
        (report_with(Severity.INFO), {"fail_on": Severity.WARNING}, 0),
        (report_with(Severity.INFO), {"fail_on": Severity.INFO}, 1),
        (report_with(Severity.ERROR), {"exit_zero": True}, 0),
        (report_with(verdict="unknown"), {}, 0),
        (report_with(verdict="unknown"), {"strict": True}, 3),
        (report_with(verdict="unknown"), {"strict": True, "exit_zero": True}, 3),
        (report_with(Severity.WARNING, verdict="unknown"), {"strict": True, "fail_on": Severity.WARNING}, 1),
        (report_with(Severity.ERROR), {"strict": True}, 1),
        (report_with(files=BROKEN), {}, 2),
        (report_with(Severity.ERROR, files=BROKEN), {"strict": True}, 2),
        (report_with(files=BROKEN), {"exit_zero": True}, 2),
    ],
)
def test_exit_codes(report: Report, options: dict[str, Any], code: int) -> None:
    assert to_exit_code(report, **{"fail_on": Severity.ERROR, "strict": False, "exit_zero": False, **options}) == code
