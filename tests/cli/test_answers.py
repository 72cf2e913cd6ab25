"""``explain``, ``matrix`` and ``recommend``: tables as text, JSON and CSV; the api is a stand-in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import compat
from compat.cli.commands import cli
from compat.report.style import Style
from compat.report.table import render_table


@dataclass(frozen=True, kw_only=True)
class Table:
    title: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    title: str
    tables: tuple[Table, ...]
    install: dict[str, str]
    works: bool = True

    def to_json(self) -> object:
        return {"title": self.title, "tables": [table.rows for table in self.tables]}


BUILDS = Table(
    title="Builds",
    columns=("variant", "architectures", "source"),
    rows=(
        ("cu128", "7.5 8.0 8.6 9.0 10.0 12.0", "https://download.pytorch.org/whl/cu128"),
        ("cpu", "", "pkg:pypi/torch@2.7.0"),
    ),
    notes=(
        "`linux-aarch64` is CPU-only on the package index up to torch 2.10, so a GPU there needs the index named above",
    ),
)
EMPTY = Table(title="Wheels", columns=("python", "subdir"), notes=("unknown: the matrix has no wheels of torch 99",))
ANSWER = Answer(
    title="torch 2.7.0",
    tables=(BUILDS, EMPTY),
    install={"pip": "pip install torch==2.7.0", "conda": "conda create -n ml\nconda install pytorch=2.7"},
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Puts stand-ins for the api's modules in place; holds what they were called with."""
    calls: list[object] = []

    def answer(*arguments: object, **options: object) -> Answer:
        calls.append((*arguments, options))
        return ANSWER

    def explain(code: str) -> str:
        calls.append(code)
        return "# TCH001: torch-family-mismatch\n\nWhat it finds ...\n\n"

    query, recommend = SimpleNamespace(matrix_query=answer), SimpleNamespace(recommend=answer)
    api = SimpleNamespace(explain=explain, query=query, recommend=recommend, __path__=[])
    monkeypatch.setattr(compat, "api", api, raising=False)
    for name, module in {
        "compat.api": api,
        "compat.api.querying.query": query,
        "compat.api.recommending.recommend": recommend,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_explain_prints_the_page(asked: list[object]) -> None:
    assert run("explain", "TCH001") == "# TCH001: torch-family-mismatch\n\nWhat it finds ...\n"
    assert asked == ["TCH001"]


def test_matrix_passes_its_options_on(asked: list[object]) -> None:
    run("matrix", "torch", "2.7", "--python", "3.12", "--cuda", "12.6", "--platform", "linux-aarch64")
    assert asked == [(("torch", "2.7"), {"python": "3.12", "cuda": "12.6", "platform": "linux-aarch64"})]


def test_recommend_passes_its_options_on(asked: list[object]) -> None:
    run("recommend", "--target", "linux-64", "--target", "osx-arm64", "--with", "torchaudio", "--with", "numpy<2")
    assert asked == [(("linux-64", "osx-arm64"), ("torchaudio", "numpy<2"), {})]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("matrix.txt", ["matrix", "torch"]),
        ("matrix.csv", ["matrix", "torch", "--format", "csv"]),
        ("recommend.txt", ["recommend"]),
    ],
)
def test_whole_output(name: str, arguments: list[str], golden: Callable[[str, str], None]) -> None:
    golden(name, run(*arguments))


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("command", ["matrix", "recommend"])
def test_json(command: str) -> None:
    assert json.loads(run(command, "--format", "json"))["title"] == "torch 2.7.0"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_table_keeps_every_word_at_any_width(width: int) -> None:
    lines = render_table(BUILDS.columns, BUILDS.rows, style=Style(color=False), width=width)
    assert all(word in "\n".join(lines) for row in BUILDS.rows for cell in row for word in cell.split())
    assert width < 80 or max(map(len, lines)) <= width


def test_wide_letters_keep_the_columns_straight() -> None:
    lines = render_table(("名前", "x"), (("a", "1"), ("依赖", "2")), style=Style(color=False), width=80)
    assert lines == ["名前  x", "----  -", "a     1", "依赖  2"]
