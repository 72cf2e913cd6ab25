"""Tiny conda channels in folders, and the settings to ask them with nothing of this machine's configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from compat.index import UnreachedError, open_channels
from compat.index.channels.settings import ChannelSettings
from compat.model.conda_records import CondaAnswer, CondaRecord, CondaRefusal, CondaRequest, VirtualPackage
from compat.model.errors import CompatError

#: ``find(*names, condarc="", **options)``: settings, with the text of a .condarc.
Find = Callable[..., ChannelSettings]

GLIBC = (VirtualPackage("__glibc", "2.28"), VirtualPackage("__linux", "0"), VirtualPackage("__unix", "0"))


def toy(name: str, version: str, *depends: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  whatever repodata has
    """A record; ``build`` and ``build_number`` are 0 where *more* does not say otherwise."""
    return {"name": name, "version": version, "build": "0", "build_number": 0, "depends": list(depends), **more}


def write_channel(folder: Path, **subdirs: Sequence[dict[str, Any]]) -> Path:
    """A channel with ``noarch`` and the platforms of *subdirs*, whose names have ``_`` for ``-``."""
    for key, records in {"noarch": (), **subdirs}.items():
        subdir = key.replace("_", "-")
        packages = {
            f"{record['name']}-{record['version']}-{record['build']}.conda": {
                "subdir": subdir,
                "md5": "0" * 32,
                "sha256": "0" * 64,
                "size": 1,
                **record,
            }
            for record in records
        }
        (folder / subdir).mkdir(parents=True, exist_ok=True)
        data = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages}
        (folder / subdir / "repodata.json").write_text(json.dumps(data, sort_keys=True))
    return folder


def ask(settings: ChannelSettings, *specs: str, subdir: str = "linux-64", **more: Any) -> CondaAnswer:  # noqa: ANN401
    """The answer to one request; *more* are its other fields."""
    with open_channels(settings) as channels:
        return channels.solve([CondaRequest(subdir, specs, **{"virtual": GLIBC, **more})])[0]


def solved(answer: CondaAnswer) -> dict[str, CondaRecord]:
    """The records of an answer that is one, by name."""
    assert not isinstance(answer, CondaRefusal), answer.text
    return {record.name: record for record in answer}


def versions(answer: CondaAnswer) -> dict[str, str]:
    return {name: record.version for name, record in solved(answer).items()}


def refused(settings: ChannelSettings, error: type[CompatError] = UnreachedError) -> str:
    """What is said, in which nothing may be secret."""
    with pytest.raises(error) as caught:
        ask(settings, "a")
    assert "s3cret" not in str(caught.value)
    return str(caught.value)


def stored(home: Path) -> str:
    """All that is in the cache."""
    return "".join(path.read_bytes().decode("latin-1") for path in (home / "cache").rglob("*") if path.is_file())
