"""``conda-lock.yml``, version 1: the conda and the pip part of one target a platform.

Written here, because importing conda-lock takes longer than a solve; a test lets its models read every line. What the
format has no key for (constrains, sizes, times; the targets) is left out, or stands in ``custom_metadata``.
Source: https://github.com/conda/conda-lock/blob/main/conda_lock/lockfile/v1/models.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from compat.lock.conda_lock.content_hash import ContentHashes, content_hashes
from compat.lock.conda_sort import in_order
from compat.lock.marks import HEADER
from compat.lock.names import to_target_text
from compat.lock.problems import UnwritableError
from compat.lock.urls import folder_path, fragments, relative_path, split_vcs, without_credentials
from compat.model.conda_records import CondaRecord
from compat.model.distributions import DistFile
from compat.model.locking import Lock, LockedPackage, LockedTarget
from compat.text.yaml_writer import to_yaml

#: Keys of ``custom_metadata``, before the NAME of a target. Its values are texts.
TARGET_KEY = "compat.target."
VIRTUAL_KEY = "compat.virtual."

_Table = dict[str, Any]


def write_conda_lock(lock: Lock, *, folder: str = "", install: str = "", hashes: ContentHashes | None = None) -> bytes:
    """The file for all targets of *lock*, one a platform. The same lock gives the same bytes.

    Args: folder is that of the file, to which its sources are relative (of the first input, where it is not given);
    install is the command that its first lines show; hashes are those of *lock*, where the caller has them.
    Raises: UnwritableError where two targets share a platform, or conda-lock could not hold a package.
    """
    if clash := find_shared(lock.targets):
        raise UnwritableError(clash)
    targets = sorted(lock.targets, key=lambda locked: locked.target.subdir)
    document: _Table = {
        "version": 1,
        "metadata": _metadata(lock, targets, folder, hashes or content_hashes(lock)),
        "package": [entry for locked in targets for entry in _entries(locked)],
    }
    head = f"{HEADER}{' and '.join(to_target_text(locked.target) for locked in targets)}\n"
    return "".join([head, f"# Install it with: {install}\n" if install else "", to_yaml(document)]).encode()


def find_shared(targets: Sequence[LockedTarget]) -> str | None:
    """Why *targets* cannot share a file, as a clause; None where they can."""
    first: dict[str, LockedTarget] = {}
    for locked in targets:
        other = first.setdefault(locked.target.subdir, locked)
        if other is not locked:
            names = f"`{to_target_text(other.target)}` and `{to_target_text(locked.target)}`"
            return f"{names} are one platform to conda-lock"
    return None


def left_out(locked: LockedTarget) -> tuple[LockedPackage, ...]:
    """The packages that the file cannot hold, as conda-lock cannot either: folders, and files by a relative path."""
    return tuple(
        package
        for package in locked.packages
        if package.url is not None
        and (package.editable or relative_path(package.url) is not None or _is_folder(package, package.url))
    )


def _is_folder(package: LockedPackage, url: str) -> bool:
    return not package.files and folder_path(url) is not None


def _metadata(lock: Lock, targets: Sequence[LockedTarget], folder: str, hashes: ContentHashes) -> _Table:
    custom = {f"{TARGET_KEY}{locked.name}": to_target_text(locked.target) for locked in targets}
    custom |= {f"{VIRTUAL_KEY}{locked.name}": " ".join(map(str, locked.virtual)) for locked in targets}
    return {
        "content_hash": dict(hashes.by_platform),
        "channels": [
            {"url": channel.name, "used_env_vars": []} for channel in lock.channels if channel.name != "nodefaults"
        ],
        "platforms": [locked.target.subdir for locked in targets],
        "sources": list(_sources(lock, folder)),
        "custom_metadata": custom,
    }


def _sources(lock: Lock, folder: str) -> Iterator[str]:
    """The files of the input relative to the lock, with ``/``."""
    documents = lock.environment.documents if lock.environment is not None else ()
    paths = [document.path for document in documents] or [path.replace(os.sep, "/") for path in lock.inputs]
    start = folder or (paths[0].rpartition("/")[0] if paths else "") or "."
    for path in paths:
        yield path if path == "-" else os.path.relpath(path, start).replace(os.sep, "/")


def _entries(locked: LockedTarget) -> Iterator[_Table]:
    """Conda first, because pip is among it."""
    platform = locked.target.subdir
    yield from (_conda(record, platform) for record in in_order([each.record for each in locked.conda]))
    out = {package.name for package in left_out(locked)}
    packages = sorted(locked.packages, key=lambda package: package.name)
    specs = _pip_specs(packages)
    yield from (_pip(package, platform, specs) for package in packages if package.name not in out)


def _conda(record: CondaRecord, platform: str) -> _Table:
    if not record.md5:
        raise UnwritableError(
            f"no MD5 is known of `{record.file_name}`, without which conda-lock takes no conda package"
        )
    return _entry(
        {"name": record.name, "version": record.version, "manager": "conda", "platform": platform},
        _depends(record.depends),
        without_credentials(record.url),
        {"md5": record.md5, **({"sha256": record.sha256} if record.sha256 else {})},
    )


def _entry(
    start: _Table, dependencies: Mapping[str, str], url: str, hashes: Mapping[str, str], **more: _Table
) -> _Table:
    return {
        **start,
        "dependencies": dependencies,
        "url": url,
        "hash": hashes,
        **more,
        "category": "main",
        "optional": False,
    }


def _depends(depends: Sequence[str]) -> Mapping[str, str]:
    """Name to version and build. Two specs on one name become one where both are about versions alone."""
    found: dict[str, str] = {}
    for text in depends:
        name, _, spec = text.partition(" ")
        found[name] = _both(found[name], spec) if name in found else spec
    return dict(sorted(found.items()))


def _both(first: str, second: str) -> str:
    if not first or not second or first == second:
        return first or second
    if " " in first or " " in second or "|" in first or "|" in second:
        return max(first, second, key=len)
    return f"{first},{second}"


def _pip_specs(packages: Sequence[LockedPackage]) -> Mapping[tuple[str, str], str]:
    """What a package asks of another one, by their names: the other one keeps it in its askers' words."""
    from compat.lock.askers import requirement_of

    found = {}
    for package in packages:
        for asker in package.askers:
            requirement = requirement_of(asker) if asker.parent is not None else None
            if requirement is not None and str(requirement.specifier):
                found[str(asker.parent), str(package.name)] = str(requirement.specifier)
    return found


def _pip(package: LockedPackage, platform: str, specs: Mapping[tuple[str, str], str]) -> _Table:
    # conda-lock spells any version `*`, which is no specifier to rattler; the empty one is to both.
    dependencies = {str(name): specs.get((package.name, name), "") for name in sorted(package.dependencies)}
    start = {"name": package.name, "version": package.version, "manager": "pip", "platform": platform}
    if package.url is None:
        if not package.files:
            raise UnwritableError(f"no file is known of `{package.name}=={package.version}`")
        file = package.files[0]
        return _entry(start, dependencies, without_credentials(file.url).partition("#")[0], _hashes(package, file))
    if vcs := split_vcs(package.url):
        where = f"#subdirectory={vcs.subdirectory}" if vcs.subdirectory else ""
        url = f"{vcs.kind}+{vcs.url}@{vcs.commit}"
        # The commit is no SHA-256, but where conda-lock puts it: its readers want a hash of every package.
        return _entry(start, dependencies, url, {"sha256": vcs.commit}, source={"type": "url", "url": f"{url}{where}"})
    return _archive(package, package.url, start, dependencies)


def _archive(package: LockedPackage, url: str, start: _Table, dependencies: Mapping[str, str]) -> _Table:
    bare = without_credentials(url).partition("#")[0]
    pairs = fragments(urlsplit(url).fragment)
    hashes = package.files[0].hashes if package.files else tuple(pairs.items())
    known = _hashes(package, DistFile(bare, bare, hashes))
    pairs = {key: value for key, value in pairs.items() if key == "subdirectory"} | known
    fragment = "&".join(f"{key}={pairs[key]}" for key in sorted(pairs) if key in ("sha256", "subdirectory"))
    source = {"type": "url", "url": f"{bare}#{fragment}" if fragment else bare}
    return _entry(start, dependencies, bare, known, source=source)


def _hashes(package: LockedPackage, file: DistFile) -> dict[str, str]:
    """The hashes that the format has a place for."""
    known = dict(file.hashes)
    found: dict[str, str] = {name: known[name] for name in ("md5", "sha256") if name in known}
    if not found:
        raise UnwritableError(f"no SHA-256 is known of `{file.name}`, a file of `{package.name}`")
    return found
