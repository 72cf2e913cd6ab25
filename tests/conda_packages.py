"""Tiny conda packages that installers take for real: archives in both formats, and the channel that py-rattler makes of them.

Sources: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html
https://github.com/conda/ceps/blob/main/cep-0020.md (noarch: python)
"""

from __future__ import annotations

import asyncio
import bz2
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.channel_server import zstd

#: What stands in a file for the folder of the environment, as long as conda's own.
PLACEHOLDER = "/opt/placehold" * 18


class Package(NamedTuple):
    """``files`` are paths to content; those of a ``noarch: python`` package in ``site-packages/``.

    A file with `PLACEHOLDER` in it gets the folder of the environment there. ``scripts`` are entry points.
    """

    name: str
    version: str
    files: Mapping[str, str] = {}
    depends: tuple[str, ...] = ()
    build: str = "0"
    noarch: str = ""
    scripts: tuple[str, ...] = ()
    suffix: str = ".conda"

    @property
    def stem(self) -> str:
        return f"{self.name}-{self.version}-{self.build}"


def make_channel(folder: Path, **subdirs: tuple[Package, ...]) -> Path:
    """A channel of *subdirs*, whose names have ``_`` for ``-``, with the repodata that py-rattler writes for it."""
    from rattler.index import index_fs

    for key, packages in {"noarch": (), **subdirs}.items():
        subdir = key.replace("_", "-")
        (folder / subdir).mkdir(parents=True, exist_ok=True)
        for package in packages:
            (folder / subdir / f"{package.stem}{package.suffix}").write_bytes(_archive(package, subdir))
    asyncio.run(index_fs(folder, write_zst=False, write_shards=False, force=True))
    return folder


def _archive(package: Package, subdir: str) -> bytes:
    info = {f"info/{name}": json.dumps(data) for name, data in _info(package, subdir).items()}
    info["info/files"] = "".join(f"{path}\n" for path in package.files)
    if package.suffix == ".tar.bz2":
        return bz2.compress(_tar({**info, **package.files}))
    inner = {"info": _tar(info), "pkg": _tar(package.files)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
        for kind, data in inner.items():
            archive.writestr(f"{kind}-{package.stem}.tar.zst", zstd(data))
    return content.getvalue()


def _info(package: Package, subdir: str) -> dict[str, object]:
    paths = [
        {
            "_path": path,
            "path_type": "hardlink",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "size_in_bytes": len(text.encode()),
            **({"prefix_placeholder": PLACEHOLDER, "file_mode": "text"} if PLACEHOLDER in text else {}),
        }
        for path, text in package.files.items()
    ]
    index = {
        "name": package.name,
        "version": package.version,
        "build": package.build,
        "build_number": 0,
        "depends": list(package.depends),
        "subdir": subdir,
        "timestamp": 1700000000000,
        **({"noarch": package.noarch} if package.noarch else {}),
    }
    found: dict[str, object] = {"index.json": index, "paths.json": {"paths": paths, "paths_version": 1}}
    if package.noarch == "python":
        noarch = {"type": "python", "entry_points": list(package.scripts)}
        found["link.json"] = {"noarch": noarch, "package_metadata_version": 1}
    return found


def _tar(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for path, text in files.items():
            item = tarfile.TarInfo(path)
            item.size = len(text.encode())
            item.mode = 0o755 if path.startswith("bin/") else 0o644
            tar.addfile(item, io.BytesIO(text.encode()))
    return content.getvalue()
