"""What every command shares: lazy loading, exit codes, what stderr says, output to files and closed pipes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

import compat.cli
from compat.cli.commands import cli
from compat.cli.exits import run_guarded
from compat.cli.output import find_width, wants_color, write_atomically, write_output
from compat.model.errors import FileProblem, MatrixError, UsageError


def fail(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            UsageError("unknown key `gpuu`", hint="did you mean `gpu`?"),
            2,
            "error: unknown key `gpuu`; hint: did you mean `gpu`?\n",
        ),
        (UsageError("no such file"), 2, "error: no such file\n"),
        (FileProblem("a.yml", "not text", line=3, column=1), 2, "error: a.yml:3:1: not text\n"),
        (click.ClickException("bad"), 2, "Error: bad\n"),
        (click.exceptions.Abort(), 130, ""),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_one_line_and_its_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_guarded(lambda: fail(error)) == code
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("error", [ZeroDivisionError("division\nby zero"), MatrixError("table `torch` lacks a source")])
def test_a_bug_is_told_without_a_traceback(
    error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPAT_DEBUG", raising=False)
    assert run_guarded(lambda: fail(error)) == 70
    said = capsys.readouterr().err
    assert said.startswith(f"compat: internal error: {type(error).__name__}: ")
    assert "Please report it" in said
    assert "Traceback" not in said


def test_a_bug_has_its_traceback_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPAT_DEBUG", "1")
    assert run_guarded(lambda: fail(ZeroDivisionError())) == 70
    assert "Traceback" in capsys.readouterr().err


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.partition("Commands:\n")[2].splitlines()] == [
        "cache",
        "check",
        "diff",
        "explain",
        "export",
        "lock",
        "matrix",
        "recommend",
        "relax",
        "serve",
        "why",
    ]
    assert "..." not in result.stdout.partition("Commands:\n")[2]


def test_version() -> None:
    assert CliRunner().invoke(cli, ["--version"]).stdout == f"compat {compat.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["chekc"], ["check", "--no-such-option"], ["explain"], ["check", "--fail-on", "x"]]
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_the_command_line_imports_nothing_heavy() -> None:
    """What one check does not need costs it nothing; each of these takes milliseconds to import."""
    script = (
        "import sys; from compat.cli.commands import cli; import compat.cli.check, compat.report.text;"
        "print([m for m in ('httpx', 'resolvelib', 'pathlib', 'tempfile', 'shutil', 'json', 'csv', 'rattler') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["chekc"], 2), (["--help"], 0)])
def test_the_process_leaves_with_the_exit_code(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    thresholds = gc.get_threshold()
    monkeypatch.setattr(os, "_exit", sys.exit)
    monkeypatch.setattr(sys, "argv", ["compat", *arguments])
    with pytest.raises(SystemExit) as stop:
        compat.cli.main()
    gc.set_threshold(*thresholds)
    assert stop.value.code == code
    assert "".join(capsys.readouterr())


def test_a_pipe_whose_reader_has_gone_is_no_error() -> None:
    script = "from compat.cli.output import write_output\nfrom compat.cli.exits import run_guarded\nimport sys\n"
    script += "sys.exit(run_guarded(lambda: write_output('x' * 1_000_000)))"
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run([sys.executable, "-c", script], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (run.returncode, run.stderr) == (141, "")


def test_a_closed_pipe_is_left_alone_at_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "pipe").open("w") as file:
        stdout = SimpleNamespace(write=lambda _text: fail(BrokenPipeError()), fileno=file.fileno)
        monkeypatch.setattr("compat.cli.output.sys", SimpleNamespace(stdout=stdout))
        assert run_guarded(lambda: write_output("text")) == 141
        file.write("what was buffered")
    assert (tmp_path / "pipe").read_text() == ""


def test_a_letter_that_the_console_lacks_is_written_out() -> None:
    script = "from compat.cli.output import write_output; write_output('依 \\udcff\\n')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, check=True)
    assert run.stdout == b"\\u4f9d \\udcff\n"


class TestAtomicWrite:
    def test_replaces_the_file_and_keeps_its_mode(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yml"
        path.write_bytes(b"old")
        path.chmod(0o640)
        write_atomically(str(path), b"new")
        assert path.read_bytes() == b"new"
        assert path.stat().st_mode & 0o777 == 0o640
        assert [file.name for file in tmp_path.iterdir()] == ["a.yml"]

    def test_a_new_file_has_the_mode_that_the_user_wants(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            write_atomically(str(tmp_path / "a"), b"")
        finally:
            os.umask(before)
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "real").write_bytes(b"old")
        (tmp_path / "link").symlink_to("real")
        write_atomically(str(tmp_path / "link"), b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_bytes() == b"new"

    def test_a_failure_leaves_the_old_file_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        monkeypatch.setattr(os, "replace", lambda _from, _to: fail(PermissionError(13, "Permission denied")))
        with pytest.raises(UsageError, match=r"cannot write `.*a`: Permission denied"):
            write_atomically(str(path), b"new")
        assert [file.name for file in tmp_path.iterdir()] == ["a"]
        assert path.read_bytes() == b"old"

    def test_a_named_pipe_is_written_to_and_not_replaced(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        write_atomically(str(pipe), b"report")
        assert os.read(reader, 100) == b"report"
        os.close(reader)
        assert pipe.is_fifo()

    def test_a_folder_is_wrong_usage(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="Is a directory"):
            write_atomically(str(tmp_path), b"")

    def test_a_missing_folder_is_wrong_usage(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="No such file or directory"):
            write_output("text", str(tmp_path / "no" / "report.txt"))


class TestTerminal:
    @pytest.fixture(autouse=True)
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Stdout:
            def isatty(self) -> bool:
                return True

            def fileno(self) -> int:
                raise OSError

        monkeypatch.setattr("compat.cli.output.sys", SimpleNamespace(stdout=Stdout()))
        for name in ("NO_COLOR", "COLUMNS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")

    def test_a_terminal_is_coloured(self) -> None:
        assert wants_color(None)

    def test_a_file_is_not(self) -> None:
        assert not wants_color("report.txt")

    @pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
    def test_the_user_can_refuse_colour(self, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(name, value)
        assert not wants_color(None)

    @pytest.mark.parametrize(("columns", "width"), [("", 80), ("100", 100), ("20", 60), ("400", 110), ("wide", 80)])
    def test_width(self, columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", columns)
        assert find_width(None) == width

    def test_a_file_has_one_width_for_everybody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "100")
        assert find_width("report.txt") == 80
