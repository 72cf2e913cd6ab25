"""What docs/lock.md and the README show of a mixed lock is what the command prints, over reduced real records."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from compat.cli.commands import cli
from tests.channel_server import ChannelServer, serving
from tests.toy_index import serve

pytest.importorskip("rattler")

ROOT = Path(__file__).parents[1]
_INPUT = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_CONSOLE = re.compile(r"```console\n\$ compat ([^\n]*)\n(.*?)```", re.DOTALL)
#: The index of the README's block, which is indented and so none that is run over what is installed here.
_INDENTED = re.compile(r"    \$ compat lock environment.yml\n((?:    [^\n]*\n)+)")

#: Files and what they require, as PyPI has them.
WHEELS = {
    f"{name}-cp311-cp311-manylinux2014_{machine}.manylinux_2_17_{machine}.whl": requires
    for name, requires in {
        "numba-0.59.1": ("llvmlite<0.43,>=0.42.0dev0", "numpy<1.27,>=1.22"),
        "llvmlite-0.42.0": (),
    }.items()
    for machine in ("x86_64", "aarch64")
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder in which conda-forge and the index are small and on loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "CONDARC", "CONDA_PREFIX", "CONDA_EXE", "CONDA_CHANNELS"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("compat.index.channels.condarc._SYSTEM", ())
    (tmp_path / "work/.git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    with serving(ChannelServer()) as channels, serve() as index:
        index.stock(WHEELS)
        settings = {"HOME": tmp_path, "COMPAT_CACHE_DIR": tmp_path / "cache", "CONDA_CHANNEL_ALIAS": channels.url}
        for name, value in {**settings, "PIP_INDEX_URL": index.url, "UV_NO_CONFIG": "1"}.items():
            monkeypatch.setenv(name, str(value))
        yield tmp_path / "work"


def test_the_worked_example_has_its_real_output(folder: Path, request: pytest.FixtureRequest) -> None:
    page, readme = ROOT / "docs/lock.md", ROOT / "README.md"
    start = page.read_text(encoding="utf-8").index("## conda and pip together\n")
    head, section = page.read_text(encoding="utf-8")[:start], page.read_text(encoding="utf-8")[start:]
    example = _INPUT.search(section)
    assert example
    (folder / "environment.yml").write_text(example[1])
    printed: list[str] = []

    def run(block: re.Match[str]) -> str:
        result = CliRunner().invoke(cli, shlex.split(block[1]))
        assert result.exit_code == 0, result.output
        printed.append(result.output)
        return f"```console\n$ compat {block[1]}\n{result.output}```"

    real = head + _CONSOLE.sub(run, section)
    assert printed
    indented = "".join(f"    {line}\n" for line in printed[0].splitlines())
    shown = _INDENTED.sub(
        lambda _: f"    $ compat lock environment.yml\n{indented}", readme.read_text(encoding="utf-8")
    )
    if request.config.getoption("--update-golden"):
        page.write_text(real, encoding="utf-8")
        readme.write_text(shown, encoding="utf-8")
    assert real == page.read_text(encoding="utf-8")
    assert indented in readme.read_text(encoding="utf-8")
