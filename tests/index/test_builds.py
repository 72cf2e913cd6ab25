"""Metadata by building: in a process with a time limit, only where PyPA's build is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.index.files import builds
from compat.index.files.builds import build_metadata
from compat.model.errors import UsageError

_TABLE = '[build-system]\nrequires = []\nbuild-backend = "toy"\nbackend-path = ["."]\n'


def tree(folder: Path, body: str) -> str:
    (folder / "pyproject.toml").write_text(_TABLE)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (folder / "toy.py").write_text(
        f"import os, sys, time\ndef prepare_metadata_for_build_wheel(folder, config_settings=None):\n{lines}"
    )
    return str(folder)


def test_a_build_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the build of toy took longer than 0.5 seconds"):
        build_metadata(tree(tmp_path, "time.sleep(60)"), shown="toy", seconds=0.5)


def test_metadata_that_is_none_is_refused(tmp_path: Path) -> None:
    body = 'os.mkdir(folder + "/a-1.dist-info")\nopen(folder + "/a-1.dist-info/METADATA", "w").close()\nreturn "a-1.dist-info"'
    with pytest.raises(UsageError, match="toy"):
        build_metadata(tree(tmp_path, body), shown="toy")


def test_without_build_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        build_metadata("x")
    assert "compat-matrix[build]" in (caught.value.hint or "")
