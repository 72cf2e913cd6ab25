"""Where a table is read from: compiled JSON where it stands for the TOML exactly, else the TOML."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from compat.matrix import compile as compiler
from compat.matrix import mentioned, tables
from compat.model.errors import MatrixError

CUDA = """read_on = 2026-11-22
[[toolkit]]
cuda = "12.8"
linux = "570.26"
source = "https://example.org/12"
[[minimum]]
cuda = "12"
linux = "525.60.13"
source = "https://example.org/12"
[[architectures]]
cuda = ["12.8"]
sm = [50, 120]
source = "https://example.org/12"
[[cudnn]]
cudnn = "9.1"
cuda = ["12.8"]
source = "https://example.org/12"
read_on = 2026-11-20
"""
PROJECT = """schema = 1
project = "flash-attn"
source = "pkg:pypi/flash-attn"
read_on = 2026-11-22
complete = true
extras = []
[[release]]
version = "2.8.3"
uploaded = 2025-08-14
metadata = "flash_attn-2.8.3.tar.gz"
sdist = true
requires = [
  "torch",
  'Einops>=0.7; extra == "x"',
]
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository of its own; the folder of its tables."""
    data = tmp_path / "data"
    (data / "projects").mkdir(parents=True)
    (data / "cuda.toml").write_text(CUDA, encoding="utf-8")
    (data / "projects" / "flash-attn.toml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.setattr(tables, "_CHECKOUT", data)
    for module in (tables, mentioned, compiler):
        monkeypatch.setattr(module, "COMPILED", tmp_path / "_compiled")
    tables.is_installed.cache_clear()
    return data


def compiled(checkout: Path) -> Path:
    return checkout.parent / "_compiled"


def test_days_are_iso_strings_whichever_file_they_came_from(checkout: Path) -> None:
    from_toml = tables.read_table("cuda")
    compiler.compile_tables(checkout, compiled(checkout))
    assert tables.read_table("cuda") == from_toml
    assert from_toml["read_on"] == "2026-11-22"
    assert from_toml["cudnn"][0]["read_on"] == "2026-11-20"


def test_a_compiled_table_is_used_only_for_exactly_the_toml_it_was_made_from(checkout: Path) -> None:
    compiler.compile_tables(checkout, compiled(checkout))
    path = compiled(checkout) / "cuda.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["table"]["read_on"] = "from the JSON"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert tables.read_table("cuda")["read_on"] == "from the JSON"

    source = checkout / "cuda.toml"
    before = source.stat()
    source.write_text(CUDA.replace("570.26", "570.27"), encoding="utf-8")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns - 1))  # older, as an unpacked archive may make it
    assert tables.read_table("cuda")["toolkit"][0]["linux"] == "570.27"


def test_an_installed_wheel_reads_its_json_without_a_look_at_the_toml(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler.compile_tables(checkout, compiled(checkout))
    monkeypatch.setattr(tables, "_INSTALLED", checkout)
    tables.is_installed.cache_clear()
    (checkout / "cuda.toml").write_text("read_on = 2030-01-01", encoding="utf-8")
    assert tables.read_table("cuda")["read_on"] == "2026-11-22"
    (compiled(checkout) / "cuda.json").unlink()
    assert tables.read_table("cuda")["read_on"] == "2030-01-01"
    assert mentioned.mentioned_names() == {"flash-attn", "torch", "einops"}
    tables.is_installed.cache_clear()


@pytest.mark.usefixtures("checkout")
def test_a_table_is_known_by_either_file() -> None:
    assert tables.has_table("projects/flash-attn")
    assert not tables.has_table("projects/torch")
    assert not tables.has_table("../data/cuda")
    assert list(tables.table_names()) == ["cuda", "projects/flash-attn"]


def test_a_table_that_is_missing_or_broken_is_named(checkout: Path) -> None:
    with pytest.raises(MatrixError, match=r"cannot read the table nothing\.toml"):
        tables.read_table("nothing")
    (checkout / "cuda.toml").write_text("read_on = 2026-11-22\nbroken\n", encoding="utf-8")
    with pytest.raises(MatrixError, match=r"cannot read the table cuda\.toml: .*line 2"):
        tables.read_table("cuda")


def test_what_the_projects_mention_is_the_same_from_texts_and_from_the_compiled_list(checkout: Path) -> None:
    from_texts = mentioned.mentioned_names()
    compiler.compile_tables(checkout, compiled(checkout))
    assert json.loads((compiled(checkout) / mentioned.FILE).read_text(encoding="utf-8"))["names"] == sorted(from_texts)
    assert mentioned.mentioned_names() == from_texts == {"flash-attn", "torch", "einops"}
    path = checkout / "projects" / "flash-attn.toml"
    path.write_text(PROJECT.replace("torch", "jax"), encoding="utf-8")
    assert mentioned.mentioned_names() == {"flash-attn", "jax", "einops"}


def test_the_real_tables_mention_the_same_from_texts_and_by_their_requirements() -> None:
    folder = tables.data_folder() / "projects"
    parsed = {n for path in folder.glob("*.toml") for n in mentioned.names_in_table(tables.read_toml(path))}
    assert set(mentioned.names_in_texts(folder)) == parsed


def test_the_compiler_writes_every_table_once_and_the_same_bytes_each_time(checkout: Path) -> None:
    first = {path: path.read_bytes() for path in compiler.compile_tables(checkout, compiled(checkout))}
    assert {path.name for path in first} == {"cuda.json", "flash-attn.json", "mentioned.json"}
    (compiled(checkout) / "left-over.json").write_text("{}", encoding="utf-8")
    assert {path: path.read_bytes() for path in compiler.compile_tables(checkout, compiled(checkout))} == first
    assert not (compiled(checkout) / "left-over.json").exists()


def test_the_compiler_writes_nothing_when_a_table_is_wrong(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compiler.main([]) == 0
    written = sorted(compiled(checkout).rglob("*.json"))
    (checkout / "cuda.toml").write_text(CUDA.replace('source = "https://example.org/12"\n', "", 1), encoding="utf-8")
    assert compiler.main([]) == 1
    assert compiler.main(["--check"]) == 1
    assert capsys.readouterr().err == "cuda: toolkit row 1: lacks `source`\n" * 2
    assert sorted(compiled(checkout).rglob("*.json")) == written
    assert compiler.main(["--nonsense"]) == 2
