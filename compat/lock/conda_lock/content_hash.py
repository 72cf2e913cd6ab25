"""The content hash of conda-lock.yml: what conda-lock compares with its input to see whether it has to solve again.

It equals that of conda-lock 4.0.3, so that ``conda-lock lock --check-input-hash`` finds the platforms locked, if

- the input is environment.yml files that conda-lock reads (no ``-r``, option or path in the pip list),
- conda-lock is given the same files and platforms (``-f``, ``-p``), the channels of the call (``-c``) if there were any,
- and our virtual packages: `write_virtual_packages` as ``--virtual-package-spec``, for it assumes others by itself.

Otherwise it is a hash over the same values, with the texts of the files in the place of what conda-lock would read.
Source: https://github.com/conda/conda-lock (the meaning; its documentation does not describe the hash)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from compat.lock.conda_lock.specs import Spec, Unlike, lines_for, specs_of
from compat.model.conda_records import VirtualPackage
from compat.model.environments import Document
from compat.model.locking import Lock
from compat.text.yaml_writer import to_yaml

#: The day that conda-lock gives its fake packages, in milliseconds.
_TIME = 1577854800000
_NO_BUILD = "0"


class ContentHashes(NamedTuple):
    """One hash a platform. ``unlike`` says why conda-lock would come to others, as a clause; "" where it would not."""

    by_platform: Mapping[str, str]
    unlike: str = ""


class _Input(NamedTuple):
    """The files as conda-lock reads them, for one platform."""

    specs: tuple[Spec, ...]
    repositories: tuple[str, ...]


def content_hashes(lock: Lock) -> ContentHashes:
    """The hashes of the platforms of *lock*, each of which has one target."""
    documents = lock.environment.documents if lock.environment is not None else ()
    channels = [channel.name for channel in lock.channels if channel.name != "nodefaults"]
    unlike = ""
    found = {}
    for locked in lock.targets:
        platform = locked.target.subdir
        try:
            read = _read(documents, platform)
        except Unlike as error:
            unlike = unlike or error.why
            read = _Input(tuple({"path": d.path, "text": d.text} for d in documents), ())
        found[platform] = _hash(_content(read, channels, platform, locked.virtual))
    return ContentHashes(dict(sorted(found.items())), unlike)


def _read(documents: Sequence[Document], platform: str) -> _Input:
    """What conda-lock makes of *documents*. Raises: Unlike."""
    if not documents:
        raise Unlike("no environment.yml was the input")
    specs: dict[tuple[str, str], Spec] = {}
    repositories: list[list[str]] = []
    for document in documents:
        if document.kind != "environment":
            raise Unlike(f"`{document.path}` is no environment.yml")
        whole, table = _load(document, document.text), _load(document, lines_for(document.text, platform))
        category = str(whole.get("category") or "main")
        for spec in specs_of(table.get("dependencies"), platform, category):
            specs[spec["manager"], spec["name"]] = spec
        listed = whole.get("pip-repositories") or []
        repositories.append([str(url) for url in listed] if isinstance(listed, list) else [])
    # Of several files the longest list counts, which has to end in the others.
    longest = max(repositories, key=len)
    return _Input(tuple(specs[key] for key in sorted(specs)), tuple(longest))


def _load(document: Document, text: str) -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        table = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, in C
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unlike(f"conda-lock does not read `{document.path}`") from None
    if not isinstance(table, Mapping):
        raise Unlike(f"conda-lock does not read `{document.path}`")
    return table


def _content(
    read: _Input, channels: Sequence[str], platform: str, virtual: Sequence[VirtualPackage]
) -> Mapping[str, Any]:
    content: dict[str, Any] = {
        "channels": [_compact({"url": channel, "used_env_vars": []}) for channel in channels],
        "specs": list(read.specs),
        "virtual_package_hash": {"noarch": _subdir("noarch", ()), platform: _subdir(platform, virtual)},
    }
    if read.repositories:
        content["pip_repositories"] = [_compact({"url": url}) for url in read.repositories]
    return content


def _subdir(subdir: str, virtual: Sequence[VirtualPackage]) -> Mapping[str, Any]:
    """The repodata that conda-lock fakes. A build has its number behind it, as conda-lock 2 wrote it."""
    packages = {}
    for package in virtual:
        words = "" if package.build == _NO_BUILD else package.build
        build = f"{words}_0" if words else "0"
        packages[f"{package.name}-{package.version}-{build}.tar.bz2"] = {
            "name": package.name,
            "version": package.version,
            "build_string": words,
            "build_number": 0,
            "noarch": "",
            "depends": [],
            "timestamp": _TIME,
            "package_type": "virtual_system",
            "build": build,
            "subdir": subdir,
        }
    return {"info": {"subdir": subdir}, "packages": packages}


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_virtual_packages(lock: Lock) -> bytes:
    """``virtual-packages.yml`` for conda-lock: what the targets of *lock*, one a platform, were solved for.

    Source: https://conda.github.io/conda-lock/virtual_packages/
    """
    subdirs = {
        locked.target.subdir: {
            "packages": {
                package.name: package.version if package.build == _NO_BUILD else f"{package.version} {package.build}"
                for package in locked.virtual
            }
        }
        for locked in sorted(lock.targets, key=lambda locked: locked.target.subdir)
    }
    return to_yaml({"subdirs": subdirs}).encode()
