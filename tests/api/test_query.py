"""``compat matrix``: whole answers to questions, over the tables that ship."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

import pytest

from compat.api.answers import UNKNOWN, Table, minors, wheel_words
from compat.api.querying.query import matrix_query
from compat.cli.answers import render_answer
from compat.model.errors import UsageError
from compat.model.knowledge import Wheels

#: The day of the last refresh, which says nothing about the answer.
_READ_ON = re.compile(r"(read on |\"read_on\": \"|\"data_version\": \")[\d-]{10}( to [\d-]{10})?")

QUESTIONS: dict[str, tuple[Sequence[str], dict[str, str]]] = {
    "torch-2.7.1": (["torch", "2.7.1"], {}),
    "torch-2.5-aarch64": (["torch", "2.5"], {"platform": "aarch64", "python": "3.12"}),
    "tensorflow-2.15": (["tensorflow 2.15"], {}),
    "xformers-0.0.29": (["xformers", "0.0.29"], {}),
    "gpu-k80": (["gpu", "k80"], {"cuda": "11.8", "platform": "linux-64"}),
    "cuda-11.7": (["cuda", "11.7"], {}),
    "driver-535-windows": (["driver", "535"], {"platform": "win-64"}),
    "conda-pytorch-cuda": (["conda", "pytorch-cuda"], {}),
    "name-cupy-cuda12x": (["name", "cupy-cuda12x"], {}),
    "image": (["image", "nvidia/cuda:12.8.0-base-ubuntu24.04"], {}),
    "python-3.8-cuda-11.8": ([], {"python": "3.8", "cuda": "11.8", "platform": "linux-64"}),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_whole_answer(name: str, golden: Callable[[str, str], None]) -> None:
    words, options = QUESTIONS[name]
    answer = matrix_query(words, **options)
    golden(f"matrix-{name}.txt", _READ_ON.sub(r"\1DAY", render_answer(answer, "text")))


def test_whole_json(golden: Callable[[str, str], None]) -> None:
    answer = matrix_query(["xformers", "0.0.29"])
    golden("matrix-xformers-0.0.29.json", _READ_ON.sub(r"\1DAY", render_answer(answer, "json")))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "torch",
        "torch 2.15",
        "torch >=1.4,<1.8",
        "torch==2.0.1",
        "torchvision 0.29",
        "numpy",
        "vllm",
        "flash-attn 2.8",
        "jax",
        "gpu",
        "gpu h100",
        "gpu sm_120",
        "gpu 8.6",
        "GPU rtx 4090",
        "cuda",
        "cuda 13",
        "cudnn",
        "cudnn 9",
        "driver 580.65.06",
        "conda",
        "conda pytorch",
        "conda pytorch 2.1",
        "conda tensorflow 2.15",
        "name",
        "name opencv",
    ],
)
def test_every_row_has_evidence_or_is_a_count_and_no_cell_is_empty(words: str) -> None:
    answer = matrix_query([words])
    document = json.loads(json.dumps(answer.to_json()))
    assert document["tables"]
    for shown, table in zip(document["tables"], answer.tables, strict=True):
        assert shown["rows"] or shown["notes"]
        counts = table.title in {"Tables", "conda packages of which builds were seen"}
        for row, cells in zip(shown["rows"], table.rows, strict=True):
            assert all(cells), (table.title, cells)
            assert set(row) == {*shown["columns"], "evidence"}
            assert counts or row["evidence"] or UNKNOWN in cells, (table.title, cells)
            assert all(set(fact) == {"source", "read_on", "thin"} for fact in row["evidence"])
        if shown["rows"] and not counts:
            assert any(note.startswith("read on ") for note in table.notes)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("torch 2.99", "unknown: the matrix has no torch 2.99; its newest is "),
        ("torch 2.7.9", "there is no torch 2.7.9 on the package index; its newest is "),
        ("torch 2.16.dev1", "unknown: the matrix has no torch 2.16.dev1; its newest is "),
        ("cuda 99", "unknown: the matrix knows CUDA 7.0 to "),
        ("cudnn 1", "unknown: the matrix has no cuDNN 1"),
        ("name no-such-thing", "unknown: `no-such-thing` is not in the name table"),
        ("image mine:22.04", "unknown: the tag of `mine:22.04` follows no pattern of the matrix"),
    ],
)
def test_what_is_not_known_is_said(words: str, expected: str) -> None:
    (table, *_) = matrix_query([words]).tables
    assert table.records == ()
    assert table.notes[0].startswith(expected)


def test_what_does_not_fit_the_options_is_said() -> None:
    (table, *_) = matrix_query(["torch", "2.0"], python="3.13").tables
    assert table.notes == ("the matrix knows no torch 2.0 for Python 3.13",)
    (table, *_) = matrix_query([], cuda="12.6", platform="osx-arm64").tables
    assert table.notes[0] == "the matrix has no torch for CUDA 12.6, osx-arm64"
    tables = matrix_query(["xformers"], cuda="12.6").tables
    assert any("for which CUDA the wheels of xformers are built" in note for table in tables for note in table.notes)


@pytest.mark.parametrize(
    ("words", "options", "message", "hint"),
    [
        ("torchh", {}, "the matrix does not cover `torchh`", "did you mean `torch`?"),
        ("drivr 535", {}, "the matrix does not cover `drivr`", "did you mean `driver`?"),
        ("torch 2.x", {}, "`2.x` is no version", "write `2.7`, `2.7.1` or `>=2.7,<2.9`"),
        ("torch 2.7 2.8", {}, "one version is enough: `2.7 2.8`", "write `compat matrix torch 2.7`"),
        ("gpu gh201", {}, "unknown GPU `gh201`", "did you mean `gh200`?"),
        ("gpu none", {}, "unknown GPU `none`", "write `compat matrix gpu h100` or `compat matrix gpu sm_90`"),
        ("driver", {}, "`driver` needs a version", "write `compat matrix driver 535`"),
        ("driver new", {}, "`driver new` is no version", "write digits and dots: `12.6`"),
        ("image ubuntu", {}, "`image` needs a tag", None),
        ("conda pytorchh", {}, "the matrix says nothing about the conda package `pytorchh`", "did you mean `pytorch`?"),
        ("torch", {"platform": "linux-65"}, "unknown platform `linux-65`", None),
        ("torch", {"python": "3"}, "`--python 3` is no Python that the matrix speaks about", None),
        ("torch", {"cuda": "new"}, "`--cuda new` is no version", None),
    ],
)
def test_words_that_mean_nothing_are_refused(
    words: str, options: dict[str, str], message: str, hint: str | None
) -> None:
    with pytest.raises(UsageError) as caught:
        matrix_query([words], **options)
    assert caught.value.message == message
    assert hint is None or caught.value.hint == hint


def test_words_of_cells() -> None:
    assert minors([(3, 8), (3, 10), (3, 11), (3, 12)]) == "3.8, 3.10-3.12"
    assert wheel_words(Wheels(frozenset(), (3, 0))) == "any"
    assert wheel_words(Wheels(frozenset({(3, 8), (3, 9)}), (3, 9))) == "3.8, 3.9 and later"
    assert Table(title="", remarks=("x",)).notes == ("x",)
