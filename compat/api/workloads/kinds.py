"""The kinds of files that run images, apart from what reads them: most calls meet none."""

from __future__ import annotations

import os

from compat.formats import detect

WORKLOAD_KINDS = frozenset({"argo", "compose", "kubernetes", "workflow"})

#: Of those, the ones that no name gives away.
BY_CONTENT = frozenset({"argo", "kubernetes"})

#: `apiVersion` and `kind` stand above what a document says; comments stand above them.
LOOKED_AT = 16 * 1024


def is_by_content(path: str) -> bool:
    """Whether a YAML file whose name says nothing is for a cluster. A file that cannot be read is none."""
    try:
        with open(path, "rb") as file:
            start = file.read(LOOKED_AT)
    except OSError:
        return False
    return says_cluster(path, start)


def says_cluster(path: str, start: bytes) -> bool:
    """The same of a file that begins with *start*."""
    if b"apiVersion" not in start or os.path.basename(path).startswith("values"):
        return False
    return detect(path, start) in BY_CONTENT
