"""``compat relax`` as a shell: what it prints and writes, and its exit codes. Where the api matters little, it is a stand-in."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from compat.cli.commands import cli
from compat.cli.relax import to_exit_code
from compat.model.errors import UsageError
from compat.model.places import Place
from compat.model.relaxation import FileRelaxation, Left, Proof, Relaxation, Solution
from tests.relaxations import change, make_relaxation

OLD = b"# ours\r\ntorch==2.7.1  # tested\r\nfoo @ git+https://example.org/foo.git@abc\r\n"
NEW = OLD.replace(b"==2.7.1", b">=2.7.1,<2.8")
DIFF = (
    b"--- a/requirements.txt\n+++ b/requirements.txt\n@@ -1,3 +1,3 @@\n # ours\r\n-torch==2.7.1  # tested\r\n"
    b"+torch>=2.7.1,<2.8  # tested\r\n foo @ git+https://example.org/foo.git@abc\r\n"
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["relax", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one requirements file."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_bytes(OLD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- with the real api ---------------------------------------------------------------------------------------------------


def test_the_diff_goes_to_stdout_and_the_rest_to_stderr(folder: Path) -> None:
    result = run("requirements.txt")
    assert (result.exit_code, result.stdout_bytes) == (0, DIFF)
    assert result.stderr.startswith("requirements.txt:2: torch: ==2.7.1 -> >=2.7.1,<2.8\n  - ")
    assert "requirements.txt:3: left foo: a git pin\n" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("1 of 2 requirements can be relaxed in 1 file, 1 left (matrix of ")
    assert (folder / "requirements.txt").read_bytes() == OLD


@pytest.mark.usefixtures("folder")
def test_quiet_leaves_the_diff() -> None:
    result = run("requirements.txt", "--quiet")
    assert (result.stdout_bytes, result.stderr) == (DIFF, "")


def test_verbose_says_what_policy_alone_says(folder: Path) -> None:
    (folder / "requirements.txt").write_bytes(b"torch==2.7.1\nrequests==2.32.3\npandas==2.2.2\n")
    said = "where the next series starts"
    assert said not in run("requirements.txt").stderr
    assert run("requirements.txt", "--verbose").stderr.count(said) == 3


def test_write_edits_in_place_and_a_second_time_changes_nothing(folder: Path) -> None:
    result = run("requirements.txt", "--write")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (folder / "requirements.txt").read_bytes() == NEW
    assert result.stderr.splitlines()[-1].startswith("1 of 2 requirements relaxed in 1 file, 1 left")
    again = run("requirements.txt", "--check")
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr.splitlines()[-1].startswith("nothing to relax in 1 file")


def test_check_shows_the_diff_and_writes_nothing(folder: Path) -> None:
    result = run("requirements.txt", "--check")
    assert (result.exit_code, result.stdout_bytes) == (1, DIFF)
    assert (folder / "requirements.txt").read_bytes() == OLD


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_nothing_is_written_where_a_file_does_not_parse(folder: Path, quiet: list[str]) -> None:
    (folder / "environment.yml").write_bytes(b"dependencies: [torch")
    result = run("requirements.txt", "environment.yml", "--write", *quiet)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "environment.yml:1:21: unreadable: " in result.stderr
    assert result.stderr.splitlines()[-1] == "error: nothing was written: `environment.yml` does not parse"
    assert (folder / "requirements.txt").read_bytes() == OLD


def test_other_files_are_shown_where_one_does_not_parse(folder: Path) -> None:
    (folder / "environment.yml").write_bytes(b"dependencies: [torch")
    result = run("requirements.txt", "environment.yml", "--check")
    assert (result.exit_code, result.stdout_bytes) == (2, DIFF)


def test_json(folder: Path) -> None:
    result = run("requirements.txt", "--format", "json")
    (file,) = json.loads(result.stdout)["files"]
    assert [(c["line"], c["old"], c["new"]) for c in file["changes"]] == [(2, "==2.7.1", ">=2.7.1,<2.8")]
    assert [(c["package"], c["line"]) for c in file["left"]] == [("foo", 3)]
    assert (folder / "requirements.txt").read_bytes() == OLD


def test_json_can_write_too(folder: Path) -> None:
    result = run("requirements.txt", "--format", "json", "--write")
    assert json.loads(result.stdout)["files"][0]["changes"]
    assert (folder / "requirements.txt").read_bytes() == NEW


# -- with a stand-in -----------------------------------------------------------------------------------------------------

Use = Callable[[Relaxation], SimpleNamespace]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Put an api in place that answers with one relaxation, and writes NEW to its changed files; ``asked`` says what for."""

    def put(relaxation: Relaxation) -> SimpleNamespace:
        fake = SimpleNamespace(asked=[])

        def relax(paths: tuple[str, ...], **options: object) -> Relaxation:
            fake.asked.append({"paths": paths, **options})
            return relaxation

        fake.relax = relax
        fake.written = lambda found: [(file.path, NEW) for file in found.files if file.changes]
        monkeypatch.setitem(sys.modules, "compat.api.relax", fake)
        return fake

    return put


def relaxed(*paths: str, proof: Proof | None = None, notes: tuple[str, ...] = ()) -> Relaxation:
    """The one change of OLD, in each of *paths*."""
    files = [
        FileRelaxation(path, "requirements", (change("torch", 2, "==2.7.1", ">=2.7.1,<2.8", path=path),))
        for path in paths
    ]
    return make_relaxation(*files, proof=proof, notes=notes)


def proved(verdict: str, *unreached: str) -> Proof:
    why = "no wheel" if verdict == "conflict" else None
    return Proof("matrix", (Solution("requirements.txt", "", "linux-64", verdict, why=why),), unreached)


def test_every_option_is_passed_on(use: Use) -> None:
    fake = use(make_relaxation())
    run(
        *("a.txt", "b.yml", "--target", "linux-64", "--target", "linux-aarch64,gpu=gh200", "--policy", "matrix"),
        *("--lower", "--drop-hashes", "--from-export", "--prove", "--online"),
    )
    assert fake.asked == [
        {
            "paths": ("a.txt", "b.yml"),
            "targets": ("linux-64", "linux-aarch64,gpu=gh200"),
            "policy": "matrix",
            **dict.fromkeys(("lower", "drop_hashes", "from_export", "prove", "online"), True),
        }
    ]


def test_what_is_not_asked_for_is_left_to_the_api(use: Use) -> None:
    fake = use(make_relaxation())
    run("a.txt")
    flags = dict.fromkeys(("lower", "drop_hashes", "from_export", "prove", "online"), False)
    assert fake.asked == [{"paths": ("a.txt",), "targets": (), "policy": None, **flags}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["a.txt", "--write", "--check"],
            "error: `--write` edits the files and `--check` does not; hint: give one of them\n",
        ),
        (["a.txt", "--online"], "error: `--online` says what a proof asks; hint: add `--prove`\n"),
    ],
)
def test_options_that_contradict(use: Use, arguments: list[str], said: str) -> None:
    fake = use(make_relaxation())
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)
    assert fake.asked == []


def test_a_path_is_needed() -> None:
    result = run()
    assert result.exit_code == 2
    assert "Missing argument 'PATH...'" in result.stderr


def test_a_wrong_target_is_one_line(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(make_relaxation())

    def refuse(*_paths: object, **_options: object) -> Relaxation:
        raise UsageError("unknown key `gpuu`", hint="did you mean `gpu`?")

    monkeypatch.setattr(fake, "relax", refuse)
    result = run("a.txt", "--target", "linux-64,gpuu=h100")
    assert (result.exit_code, result.stderr) == (2, "error: unknown key `gpuu`; hint: did you mean `gpu`?\n")


@pytest.mark.parametrize("arguments", [[], ["--quiet"], ["--format", "json"]])
def test_nothing_is_written_where_the_proof_fails(use: Use, folder: Path, arguments: list[str]) -> None:
    use(relaxed("requirements.txt", proof=proved("conflict")))
    result = run("requirements.txt", "--prove", "--write", *arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "error: nothing was written: the relaxed files do not resolve"
    assert (folder / "requirements.txt").read_bytes() == OLD


def test_what_is_not_disproved_is_written(use: Use, folder: Path) -> None:
    use(relaxed("requirements.txt", proof=proved("unknown", "index x: no answer")))
    assert run("requirements.txt", "--prove", "--write").exit_code == 3
    assert (folder / "requirements.txt").read_bytes() == NEW


def test_json_has_its_notes_on_stderr(use: Use) -> None:
    use(make_relaxation(notes=("read this",)))
    assert run("a.txt", "--format", "json").stderr == "note: read this\n"
    assert run("a.txt", "--format", "json", "-q").stderr == ""


def test_a_diff_from_below_the_folder_of_a_file(use: Use, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tool takes `..` in a diff."""
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    use(relaxed("../requirements.txt"))
    result = run("../requirements.txt")
    assert result.stdout_bytes == DIFF
    assert f"paths of the diff start at `{folder.resolve()}`" in " ".join(result.stderr.split())


def test_a_diff_of_absolute_paths_below_the_working_folder(use: Use, folder: Path) -> None:
    path = str(folder / "requirements.txt")
    use(relaxed(path))
    result = run(path)
    assert result.stdout_bytes == DIFF
    assert "paths of the diff" not in result.stderr


@pytest.mark.usefixtures("folder")
def test_a_file_that_has_gone_is_the_file_s_fault(use: Use) -> None:
    use(relaxed("gone.txt"))
    result = run("gone.txt")
    assert (result.exit_code, result.stderr) == (2, "error: gone.txt: cannot be read: No such file or directory\n")


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("folder")
def test_a_terminal_gets_colour_and_space(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(relaxed("requirements.txt"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    screen = Terminal(io.BytesIO(), encoding="utf-8", newline="\n")
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    with pytest.raises(SystemExit):
        cli(["relax", "requirements.txt"])
    screen.seek(0)
    shown = screen.read()
    assert "\x1b[32m+torch>=2.7.1,<2.8  # tested\x1b[0m\n" in shown
    assert "abc\n\n\x1b[1mrequirements.txt:2:\x1b[0m torch: \x1b[31m==2.7.1\x1b[0m -> " in shown


BROKEN = make_relaxation(FileRelaxation("a.yml", "unknown", error="does not parse"))
LEFT = make_relaxation(FileRelaxation("a.txt", "requirements", left=(Left("foo", Place("a.txt", 1), "a git pin"),)))


@pytest.mark.parametrize(
    ("relaxation", "check", "code"),
    [
        (make_relaxation(), True, 0),
        (LEFT, True, 0),
        (relaxed("a.txt"), False, 0),
        (relaxed("a.txt"), True, 1),
        (relaxed("a.txt", proof=proved("ok")), False, 0),
        (relaxed("a.txt", proof=proved("unknown")), False, 0),
        (relaxed("a.txt", proof=proved("conflict")), False, 1),
        (relaxed("a.txt", proof=proved("ok", "index x: no answer")), False, 3),
        (relaxed("a.txt", proof=proved("conflict", "index x: no answer")), False, 1),
        (relaxed("a.txt", proof=proved("ok", "index x: no answer")), True, 1),
        (BROKEN, False, 2),
        (BROKEN._replace(proof=proved("conflict", "index x: no answer")), True, 2),
    ],
)
def test_exit_codes(relaxation: Relaxation, check: bool, code: int) -> None:
    assert to_exit_code(relaxation, check=check) == code
