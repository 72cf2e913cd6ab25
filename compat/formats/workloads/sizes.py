"""Amounts of memory: ``16Gi`` of Kubernetes, ``8gb`` of compose."""

from __future__ import annotations

import re

from compat.model.containers import Word
from compat.model.workloads import Size

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]*)?(?:e[0-9]{1,2})?)([A-Za-z]*)")

#: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_CLUSTER = {
    "": 1,
    "m": 0.001,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
}
#: https://github.com/compose-spec/compose-spec/blob/main/11-extension.md#specifying-byte-values
_COMPOSE = {"": 1, "b": 1, "k": 2**10, "kb": 2**10, "m": 2**20, "mb": 2**20, "g": 2**30, "gb": 2**30}


def cluster_size(word: Word | None) -> Size | None:
    """The bytes of a quantity of Kubernetes."""
    return _size(word, _CLUSTER)


def compose_size(word: Word | None) -> Size | None:
    """The bytes of a byte value of compose."""
    return _size(word and word._replace(text=word.text.lower()), _COMPOSE, word)


def _size(word: Word | None, units: dict[str, int] | dict[str, int | float], shown: Word | None = None) -> Size | None:
    if word is None:
        return None
    match = _SIZE.fullmatch(word.text.strip()) if word.known else None
    unit = units.get(match[2]) if match is not None else None
    return Size(shown or word, int(float(match[1]) * unit) if match is not None and unit is not None else None)
