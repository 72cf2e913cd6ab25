"""Write ``data/projects/*.toml`` from a package index, or compare them with it.

    python tools/refresh_projects.py [--only NAME...] [--check [--sample N]] [--cache DIR]

Needs ``httpx`` and ``pypi-simple``, which knows the address of the public index. Exit codes: 0 written or equal,
1 ``--check`` found differences, 2 wrong usage. A full run asks about 7,000 small questions, six at a time.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python would look for `tools` and `compat` beside this file

from compat.matrix.project_schema import verify_project  # noqa: E402
from tools.package_index import CONCURRENCY, IndexFile, PackageIndex  # noqa: E402
from tools.project_rows import read_row  # noqa: E402
from tools.project_toml import format_table  # noqa: E402
from tools.wheel_tags import parse_wheel_name  # noqa: E402

DATA = ROOT / "data" / "projects"


class Plan(NamedTuple):
    """How a project is read: METADATA of every subdir or of one wheel; the extras whose requirements are kept."""

    every_subdir: bool = False
    extras: tuple[str, ...] = ()


PROJECTS: Mapping[str, Plan] = {
    "torch": Plan(every_subdir=True),
    "torchvision": Plan(every_subdir=True),
    "torchaudio": Plan(every_subdir=True),
    "torchtext": Plan(every_subdir=True),
    "torchdata": Plan(every_subdir=True),
    "torchcodec": Plan(every_subdir=True),
    "xformers": Plan(every_subdir=True),
    "triton": Plan(every_subdir=True),
    "flash-attn": Plan(),
    "vllm": Plan(every_subdir=True),
    "torchmetrics": Plan(),
    "lightning": Plan(),
    "pytorch-lightning": Plan(),
    "bitsandbytes": Plan(every_subdir=True),
    "transformers": Plan(extras=("torch",)),
    "tokenizers": Plan(),
    "accelerate": Plan(),
    "huggingface-hub": Plan(),
    "peft": Plan(),
    "diffusers": Plan(),
    "sentence-transformers": Plan(),
    "numpy": Plan(),
    "tensorflow": Plan(every_subdir=True, extras=("and-cuda",)),
    "tensorflow-cpu": Plan(every_subdir=True),
    "tensorflow-gpu": Plan(every_subdir=True),
    # What tensorflow brings on Windows, Apple silicon and ARM Linux: its own wheel there requires nothing else.
    "tensorflow-intel": Plan(every_subdir=True),
    "tensorflow-macos": Plan(every_subdir=True),
    "tensorflow-cpu-aws": Plan(every_subdir=True),
    "keras": Plan(),
    "jax": Plan(extras=("cuda12", "cuda13")),
    "jaxlib": Plan(every_subdir=True),
    "jax-cuda12-plugin": Plan(every_subdir=True, extras=("with-cuda",)),
    "jax-cuda13-plugin": Plan(every_subdir=True, extras=("with-cuda",)),
    "protobuf": Plan(),
    "setuptools": Plan(),
    "ctranslate2": Plan(),
    "faster-whisper": Plan(),
    "fastai": Plan(),
    "open-clip-torch": Plan(),
    "timm": Plan(),
    "scipy": Plan(),
    "pandas": Plan(),
    "scikit-learn": Plan(),
    "opencv-python": Plan(every_subdir=True),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    options = _parse(arguments)
    base = options.index or _public_index()
    with tempfile.TemporaryDirectory() as temporary:
        index = PackageIndex(base, options.cache or Path(temporary))
        differences = 0
        for name in options.only or PROJECTS:
            if options.check:
                differences += _check(index, name, options.sample)
            else:
                _write(index, name)
        print(f"{index.requests} requests", file=sys.stderr)
    return 1 if differences else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=sorted(PROJECTS), help="these projects only")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--sample", type=int, metavar="N", help="with --check: N releases a project, drawn by lot")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep answers here (default: a temporary folder)")
    parser.add_argument("--index", metavar="URL", help="another simple index")
    return parser.parse_args(arguments)


def _public_index() -> str:
    """The address of the public index, by a package that is installed for this script alone."""
    return str(import_module("pypi_simple").PYPI_SIMPLE_ENDPOINT)


def _write(index: PackageIndex, name: str) -> None:
    releases = group_releases(index.files(name))
    rows = _read_rows(index, name, releases)
    text = format_table(_table(name, rows))
    verify_project(tomllib.loads(text))
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / f"{name}.toml").write_text(text, encoding="utf-8")
    print(f"{name}: {len(rows)} releases, newest {rows[0]['version']}", file=sys.stderr)


def _check(index: PackageIndex, name: str, sample: int | None) -> int:
    """The number of differences between the table of *name* and the index; each is printed."""
    written = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
    old = {row["version"]: row for row in written["release"]}
    releases = group_releases(index.files(name))
    here = {str(version) for version in releases}
    lines = [f"{version}: not in the table" for version in here - set(old)]
    lines += [f"{version}: no longer in the index" for version in set(old) - here]
    common = [version for version in releases if str(version) in old]
    if sample is not None and sample < len(common):
        common = random.Random(name).sample(common, sample)  # noqa: S311  a lottery, not a secret
    rows = _read_rows(index, name, {version: releases[version] for version in common})
    new = tomllib.loads(format_table(_table(name, rows)))["release"] if rows else []
    for row in new:
        lines += _differences(old[row["version"]], row)
    for line in lines:
        print(f"{name} {line}")
    return len(lines)


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield f"{new['version']}: {key}: table {old.get(key)!r}, index {new.get(key)!r}"


def group_releases(files: Iterable[IndexFile]) -> dict[Version, list[IndexFile]]:
    """Final and post releases, newest first, with their files; pre-releases and eggs are left out."""
    releases: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = _version(file.name)
        if version is not None and not version.is_prerelease:
            releases.setdefault(version, []).append(file)
    return dict(sorted(releases.items(), reverse=True))


def _version(name: str) -> Version | None:
    if parsed := parse_wheel_name(name):
        text = parsed[0]
    else:
        stem = next((name.removesuffix(end) for end in (".tar.gz", ".zip", ".tar.bz2") if name.endswith(end)), "")
        text = stem.rpartition("-")[2]
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _read_rows(index: PackageIndex, name: str, releases: Mapping[Version, Sequence[IndexFile]]) -> list[dict[str, Any]]:
    plan = PROJECTS[name]

    def read(version: Version) -> dict[str, Any]:
        return read_row(
            index, str(version), releases[version], every_subdir=plan.every_subdir, extras=frozenset(plan.extras)
        )

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        return list(pool.map(read, releases))


def _table(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": 1,
        "project": name,
        "source": f"pkg:pypi/{name}",
        "read_on": datetime.now(UTC).date(),
        "complete": True,
        "extras": list(PROJECTS[name].extras),
        "release": rows,
    }


if __name__ == "__main__":
    sys.exit(main())
