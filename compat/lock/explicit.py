"""``conda-NAME.lock``: the files of a conda environment one by one, which conda installs without a solver.

The hash behind a URL is its MD5: conda, mamba, micromamba and pixi all take it, SHA-256 only the newer of them.
Source: https://conda.org/learn/ceps/cep-0023
"""

from __future__ import annotations

from compat.lock.conda_sort import in_order
from compat.lock.marks import HEADER
from compat.lock.names import to_target_text
from compat.lock.problems import UnwritableError
from compat.lock.urls import without_credentials
from compat.model.conda_records import CondaRecord
from compat.model.locking import LockedTarget

MARK = "@EXPLICIT"
PLATFORM = "# platform: "


def write_explicit(locked: LockedTarget, *, install: str = "") -> bytes:
    """The file for one target, in an order in which packages can be installed. The same lock gives the same bytes.

    Args: install is the command that its first lines show.
    Raises: UnwritableError where a package has no hash.
    """
    lines = [f"{HEADER}{to_target_text(locked.target)}"]
    if install:
        lines.append(f"# Install it with: {install}")
    if locked.virtual:
        lines.append(f"# Solved for: {' '.join(map(str, locked.virtual))}")
    lines += [f"{PLATFORM}{locked.target.subdir}", MARK]
    lines += [_line(record) for record in in_order([each.record for each in locked.conda])]
    return "".join(f"{line}\n" for line in lines).encode()


def _line(record: CondaRecord) -> str:
    url = without_credentials(record.url)
    if record.md5:
        return f"{url}#{record.md5}"
    if record.sha256:
        return f"{url}#sha256:{record.sha256}"
    raise UnwritableError(f"no hash is known of `{record.file_name}`")
