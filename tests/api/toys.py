"""Toy projects and wheels on disk: a find-links folder is all that a lock asks."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from compat.api.locking.run import LockOptions, LockResult, lock
from compat.model.locking import LockedTarget

TARGET = "linux-64,python=3.11"
#: What keeps a lock from asking any index.
NO_INDEX = "--no-index\n"


def write(folder: Path, **files: str) -> None:
    """Files by their names, in which ``__`` stands for a slash; pyproject.toml for those without a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path = path if "." in path.name else path / "pyproject.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def project(name: str, requires: Sequence[str] = (), *, version: str = "1", more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = {list(requires)}\n{more}'


def wheel(folder: Path, name: str, version: str = "1.0", requires: Sequence[str] = ()) -> Path:
    """A wheel for all platforms."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", *(f"Requires-Dist: {r}\n" for r in requires)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", "".join(lines))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def sdist(folder: Path, name: str, version: str = "1.0", **files: str) -> Path:
    """An sdist of *files*, named as for `write`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            inside = file.replace("__", "/")
            data = text.encode()
            item = tarfile.TarInfo(f"{name}-{version}/{inside if '.' in inside else f'{inside}.toml'}")
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return path


def solve(root: Path, *files: str, wheels: Path | None = None, **options: object) -> LockResult:
    settings = LockOptions(targets=[TARGET], find_links=[str(wheels or root / "wheels")], no_cache=True)
    return lock([str(root / file) for file in files], settings._replace(**options))  # type: ignore[arg-type]


def target_of(result: LockResult) -> LockedTarget:
    assert result.lock is not None, [d.message for d in result.report.diagnostics]
    return result.lock.targets[0]


def versions(result: LockResult) -> dict[str, str]:
    return {package.name: package.version for package in target_of(result).packages}
