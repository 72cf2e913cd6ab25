"""What the README shows is what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from compat.cli.commands import cli

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

#: A console block with one command and its output.
_CONSOLE = re.compile(r"```console\n\$ compat ([^\n]*)\n(.*?)```", re.DOTALL)


def test_examples_have_their_real_output(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    def run(block: re.Match[str]) -> str:
        result = CliRunner().invoke(cli, shlex.split(block[1]))
        return f"```console\n$ compat {block[1]}\n{result.output}```"

    shown = README.read_text(encoding="utf-8")
    real = _CONSOLE.sub(run, shown)
    if request.config.getoption("--update-golden"):
        README.write_text(real, encoding="utf-8")
    assert _CONSOLE.search(shown)
    assert real == README.read_text(encoding="utf-8")


@pytest.mark.parametrize("mark", ["first-run", "test"])
def test_the_two_commands_are_marked_once(mark: str) -> None:
    """CI and newcomers find them by their marks."""
    assert len(re.findall(rf"<!-- {mark} -->\n```bash\n[^\n]+\n```\n", README.read_text(encoding="utf-8"))) == 1
