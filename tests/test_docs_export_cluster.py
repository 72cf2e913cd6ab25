"""What docs/export.md shows of compose files and workflows is what the command prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from compat.cli.commands import cli

pytest.importorskip("hera")

PAGE = Path(__file__).parents[1] / "docs/export.md"
_BLOCK = re.compile(r"```console\n\$ compat (export (?:compose|argo) [^\n]*)\n(.*?)```", re.DOTALL)
#: The end of an output that is shown in part.
_MORE = "  # ... and 8 templates\n"


def test_the_examples_have_their_real_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("torch==2.7.1\n")
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    kinds: set[str] = set()

    def run(block: re.Match[str]) -> str:
        result = CliRunner().invoke(cli, shlex.split(block[1]))
        assert result.exit_code == 0, result.output
        text = result.stdout
        if "export argo" in block[1]:
            head, _, templates = text.partition("  templates:\n")
            assert templates.count("\n    - name: ") + 1 == 8
            text = head + _MORE
        kinds.add(block[1].split()[1])
        return f"```console\n$ compat {block[1]}\n{text}```"

    real = _BLOCK.sub(run, page)
    assert kinds == {"compose", "argo"}
    if request.config.getoption("--update-golden"):
        PAGE.write_text(real, encoding="utf-8")
    assert real == PAGE.read_text(encoding="utf-8")
