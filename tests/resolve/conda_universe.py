"""Conda channels over tables or folders, solved by py-rattler: what the tests of the conda part ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import rattler
from rattler.exceptions import SolverError

from compat.model.conda_order import parse_conda_version
from compat.model.conda_records import CondaAnswer, CondaRecord, CondaRefusal, CondaRequest
from compat.model.names import CondaName, to_conda_name

SUBDIRS = ("linux-64", "linux-aarch64", "osx-arm64", "win-64", "noarch")
HOST = "https://conda.anaconda.org"


class FolderChannels:
    """Channels that lie as ``FOLDER/NAME/SUBDIR/repodata.json``, read as if they came from their public address."""

    def __init__(self, folder: Path, names: Sequence[str] = ("conda-forge",), *, priority: str = "flexible") -> None:
        self.folder = folder
        self.names = tuple(names)
        self.priority = priority
        self.solves = 0
        self.asked: list[CondaName] = []

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"{HOST}/{name}" for name in self.names)

    def solve(self, requests: Sequence[CondaRequest]) -> tuple[CondaAnswer, ...]:
        return asyncio.run(self._solve_all(requests))

    async def _solve_all(self, requests: Sequence[CondaRequest]) -> tuple[CondaAnswer, ...]:
        self.solves += len(requests)
        return tuple(await asyncio.gather(*(self._solve(request) for request in requests)))

    async def _solve(self, request: CondaRequest) -> CondaAnswer:
        sources = [_sparse(self.folder, name, subdir) for name in self.names for subdir in (request.subdir, "noarch")]
        strict = self.priority == "strict"
        try:
            found = await rattler.solve(
                [source for source in sources if source is not None],
                [rattler.MatchSpec(spec, strict=True) for spec in request.specs],
                platforms=[rattler.Subdir(request.subdir), rattler.Subdir("noarch")],
                constraints=[rattler.MatchSpec(spec, strict=True) for spec in request.constraints],
                virtual_packages=[
                    rattler.GenericVirtualPackage(
                        rattler.PackageName(one.name), rattler.Version(one.version), rattler.BuildString(one.build)
                    )
                    for one in request.virtual
                ],
                channel_priority=rattler.ChannelPriority.Strict if strict else rattler.ChannelPriority.Disabled,
            )
        except SolverError as error:
            return CondaRefusal(str(error))
        known = [self._find(record, request.subdir) for record in found]
        return tuple(sorted(known, key=lambda record: record.name))

    def _find(self, record: rattler.RepoDataRecord, subdir: str) -> CondaRecord:
        own = self.records(to_conda_name(record.name.normalized), subdir)
        return next(one for one in own if one.url == record.url)

    def records(self, name: CondaName, subdir: str) -> tuple[CondaRecord, ...]:
        self.asked.append(name)
        return tuple(
            record
            for channel in self.names
            for record in sorted(
                (r for part in (subdir, "noarch") for r in _table(self.folder, channel, part).get(name, ())),
                key=lambda r: (parse_conda_version(r.version), r.build_number, r.build),
                reverse=True,
            )
        )


@lru_cache(maxsize=64)
def _sparse(folder: Path, channel: str, subdir: str) -> rattler.SparseRepoData | None:
    path = folder / channel / subdir / "repodata.json"
    return rattler.SparseRepoData(rattler.Channel(channel), subdir, path) if path.exists() else None


@lru_cache(maxsize=64)
def _table(folder: Path, channel: str, subdir: str) -> Mapping[CondaName, list[CondaRecord]]:
    path = folder / channel / subdir / "repodata.json"
    found: dict[CondaName, list[CondaRecord]] = {}
    if path.exists():
        data = json.loads(path.read_bytes())
        for key in ("packages", "packages.conda"):
            for file_name, row in data.get(key, {}).items():
                record = _record(row, file_name, channel, subdir)
                found.setdefault(record.name, []).append(record)
    return found


def _record(row: Mapping[str, Any], file_name: str, channel: str, subdir: str) -> CondaRecord:
    return CondaRecord(
        name=to_conda_name(row["name"]),
        version=row["version"],
        build=row["build"],
        build_number=row["build_number"],
        subdir=row.get("subdir", subdir),
        channel=f"{HOST}/{channel}",
        url=f"{HOST}/{channel}/{subdir}/{file_name}",
        depends=tuple(row.get("depends", ())),
        constrains=tuple(row.get("constrains", ())),
        timestamp=row.get("timestamp"),
    )


def write_channels(folder: Path, table: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Write a table: channel to ``SUBDIR`` to lines ``NAME VERSION BUILD: depends; depends | constrains; ...``."""
    for channel, subdirs in table.items():
        for subdir in SUBDIRS:
            packages = dict(_row(line, subdir) for line in subdirs.get(subdir, ()))
            path = folder / channel / subdir / "repodata.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            data = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages, "repodata_version": 1}
            path.write_text(json.dumps(data, sort_keys=True), encoding="utf-8")


def _row(line: str, subdir: str) -> tuple[str, dict[str, Any]]:
    head, _, tail = line.partition(":")
    name, version, build = head.split()
    depends, _, constrains = tail.partition("|")
    row = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "subdir": subdir,
        "depends": [text.strip() for text in depends.split(";") if text.strip()],
        "constrains": [text.strip() for text in constrains.split(";") if text.strip()],
        "sha256": "0" * 64,
        "md5": "0" * 32,
        "size": 1,
        "timestamp": 1_700_000_000_000,
    }
    return f"{name}-{version}-{build}.conda", row
