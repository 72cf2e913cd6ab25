"""What docs/containers.md shows is what the command prints, but for the days on which facts were read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from compat.cli.commands import cli
from compat.rules import all_rules

PAGE = (Path(__file__).parents[1] / "docs" / "containers.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def shown() -> Iterator[tuple[dict[str, str], str]]:
    """Each console block, with the files above it; the first line of a file names it."""
    files: dict[str, str] = {}
    for language, text in _BLOCK.findall(PAGE):
        name = re.match(r"# (\S+)\n", text)
        if language == "console":
            yield files, text
            files = {}
        elif name is not None:
            files[name[1]] = text


@pytest.mark.parametrize(("files", "block"), list(shown()), ids=["conflict", "caches", "compose", "argo"])
def test_the_page_shows_what_is_printed(
    files: dict[str, str], block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command, _, wanted = block.partition("\n")
    result = CliRunner().invoke(cli, shlex.split(command.removeprefix("$ compat ")))
    assert _DAY.sub("DAY", result.stdout) == _DAY.sub("DAY", wanted)


def test_the_page_lists_every_rule_of_images_and_workloads() -> None:
    codes = {rule.code for rule in all_rules() if rule.code.startswith(("IMG", "WRK"))}
    assert set(re.findall(r"^\| \[((?:IMG|WRK)\d{3})\]\(rules/\1\.md\)", PAGE, re.MULTILINE)) == codes
