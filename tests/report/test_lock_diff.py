"""What changed between two locks, as people, pull requests and programs see it: whole outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from compat.model.lock_changes import Change, HashChange, LockDiff, OnTarget, Side
from compat.report.lock_diff import render_lock_diff, render_lock_diff_markdown
from compat.report.lock_diff_json import render_lock_diff_json
from compat.report.screen import count_columns

FORGE = "https://conda.anaconda.org/conda-forge"
INDEX = "https://pkgs.example.org/simple"
X86, ARM = OnTarget("linux-64"), OnTarget("linux-aarch64")


def change(
    family: str, name: str, ecosystem: str, kind: str, old: Side | None, new: Side | None, *on: OnTarget
) -> Change:
    return Change(family, name, ecosystem, kind, old, new, on or (X86, ARM))


DIFF = LockDiff(
    old="old/pixi.lock",
    new="new/pixi.lock",
    targets=("linux-64", "linux-aarch64"),
    changes=(
        change(
            "torch",
            "pytorch",
            "conda",
            "upgraded",
            Side("2.7.1", FORGE),
            Side("2.8.0", FORGE),
            OnTarget("linux-64", "cuda126_py311h1_300", "cuda129_py311h2_301"),
            OnTarget("linux-aarch64", "cpu_py311h3_0", "cuda129_py311h4_301"),
        ),
        change(
            "torch",
            "triton",
            "pip",
            "moved",
            Side("3.3.1", INDEX),
            Side("3.3.1", "https://torch.example.org/whl/cu128"),
        ),
        change("cuda", "cuda-version", "conda", "upgraded", Side("12.6", FORGE), Side("12.9", FORGE)),
        change("cuda", "nvidia-nvshmem-cu12", "pip", "added", None, Side("3.3.9", INDEX), X86),
        change("python", "python", "conda", "downgraded", Side("3.12.4", FORGE), Side("3.11.9", FORGE)),
        change(
            "other",
            "libopenblas",
            "conda",
            "rebuilt",
            Side("0.3.30", FORGE),
            Side("0.3.30", FORGE),
            OnTarget("linux-64", "pthreads_h1_1", "pthreads_h2_4"),
            OnTarget("linux-aarch64", "pthreads_h3_1", "pthreads_h4_4"),
        ),
        change("other", "numpy", "conda", "removed", Side("2.3.5", FORGE), None),
        Change(
            "other",
            "six",
            "pip",
            "hashes",
            Side("1.17.0", INDEX),
            Side("1.17.0", INDEX),
            (X86, ARM),
            (
                HashChange("linux-64", "six-1.17.0-py2.py3-none-any.whl", "sha256", "a" * 64, "b" * 64),
                HashChange("linux-aarch64", "six-1.17.0-py2.py3-none-any.whl", "sha256", "a" * 64, "b" * 64),
            ),
        ),
        change("other", "tool", "pip", "changed", Side("2024.1"), Side("odd\x1b[31m|`x`"), ARM),
    ),
    same=71,
    only_old=("win-64",),
    only_new=("osx-arm64",),
    parts_old=("conda",),
    channels=(("conda-forge",), ("conda-forge", "nvidia")),
)
EMPTY = LockDiff("a.lock", "b.lock", ("linux-64",), (), same=3)


@pytest.mark.parametrize("width", [80, 120])
def test_text(golden: Callable[[str, str], None], width: int) -> None:
    text = render_lock_diff(DIFF, color=False, width=width)
    golden(f"lock-diff-{width}.txt", text)
    assert all(count_columns(line) <= width for line in text.splitlines())
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [80, 120])
def test_colour_changes_no_word(width: int) -> None:
    coloured = render_lock_diff(DIFF, color=True, width=width)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_lock_diff(DIFF, color=False, width=width)
    assert "\x1b[1;31mHASH" in coloured


def test_markdown(golden: Callable[[str, str], None]) -> None:
    """A stranger's version cannot leave its cell."""
    golden("lock-diff.md", render_lock_diff_markdown(DIFF))


def test_json(golden: Callable[[str, str], None]) -> None:
    text = render_lock_diff_json(DIFF, "compat 0.1.0")
    golden("lock-diff.json", text)
    assert json.loads(text)["schema"] == 1


def test_nothing_changed() -> None:
    assert render_lock_diff(EMPTY, color=True, width=80) == "No package changed: 3 the same on linux-64\n"
    assert render_lock_diff_markdown(EMPTY) == "- No package changed: 3 the same on linux-64\n"
    assert json.loads(render_lock_diff_json(EMPTY, "compat"))["changes"] == []
