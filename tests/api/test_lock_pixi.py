"""pixi.lock and pixi.toml of whole runs, and what is on disk: a pixi.toml is replaced only where it is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

import compat
from compat.api.locking.files import without_foreign
from compat.lock import write_lock
from tests.lock.pixi_universe import mixed_lock, unsatisfied
from tests.lock.universe import INDEX

CHANNEL = Path(__file__).parents[1] / "data" / "conda" / "conda-forge"


def test_a_manifest_of_somebody_else_stays(tmp_path: Path) -> None:
    files = write_lock(mixed_lock(), "pixi", INDEX).files
    assert without_foreign(str(tmp_path), files) == ([*files], [])
    (tmp_path / "pixi.toml").write_bytes(files[1].data)
    assert without_foreign(str(tmp_path), files) == ([*files], [])
    (tmp_path / "pixi.toml").write_text('[workspace]\nname = "mine"\n')
    kept, notes = without_foreign(str(tmp_path), files)
    assert [file.name for file in kept] == ["pixi.lock"]
    assert notes == [
        f"{tmp_path / 'pixi.toml'} is not ours and stays as it is: `pixi lock --check` tells whether pixi.lock is that of it"
    ]


@pytest.mark.parametrize(
    "requirements",
    [
        ("python=3.11", "numpy >=1.26", "pandas"),
        ("python >=3.10,<3.13", "pytorch", "torchvision"),
        ("python=3.12", "matplotlib-base", "scipy =1.*", "libgomp"),
    ],
)
def test_a_solve_of_real_records_is_what_its_manifest_asks_for(
    requirements: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written for both platforms, parsed by py-rattler, and walked from the manifest as pixi does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    lines = "".join(f"  - {line}\n" for line in requirements)
    Path("environment.yml").write_text(f"channels:\n  - {CHANNEL.as_uri()}\ndependencies:\n{lines}")
    result = compat.lock(["environment.yml"], formats=["pixi"])
    assert result.lock is not None, result.report
    files = {file.name: file.data for file in result.files}
    Path("pixi.lock").write_bytes(files["pixi.lock"])
    assert unsatisfied(files["pixi.toml"], Path("pixi.lock")) == []
    again = compat.lock(["environment.yml"], formats=["pixi"])
    assert {file.name: file.data for file in again.files} == files
    assert compat.diff_locks("pixi.lock", "pixi.lock").same == sum(len(one.conda) for one in result.lock.targets)
