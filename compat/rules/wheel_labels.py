"""What the local labels of extension wheels say: ``cu118torch2.2cxx11abiTRUE``, ``pt26cu124``."""

from __future__ import annotations

import re
from typing import NamedTuple

from compat.model.knowledge import Numbers

_CUDA = re.compile(r"cu(\d{2,3})(?!\d)")
_TORCH = re.compile(r"(torch|pt)(\d+(?:\.\d+)*)")
_ABI = re.compile(r"cxx11abi(true|false)")


class Label(NamedTuple):
    """The torch release (its leading numbers), CUDA (major, perhaps minor) and C++ ABI that a wheel was built for."""

    torch: Numbers | None
    cuda: Numbers | None
    cxx11_abi: bool | None


def parse_label(local: str | None) -> Label:
    """The parts of a local label that are spelled in a known way; everything else is None."""
    text = (local or "").lower()
    abi = _ABI.search(text)
    torch, cuda = _TORCH.search(text), _CUDA.search(text)
    return Label(
        torch=_torch(torch[1], torch[2]) if torch else None,
        cuda=_cuda(cuda[1]) if cuda else None,
        cxx11_abi=abi[1] == "true" if abi else None,
    )


def _cuda(digits: str) -> Numbers:
    """``12`` is a major, ``118`` is 11.8."""
    return (int(digits),) if len(digits) == 2 else (int(digits[:-1]), int(digits[-1]))


def _torch(word: str, digits: str) -> Numbers | None:
    """``2.6`` is as written, ``26`` is 2.6, ``pt113`` is 1.13; ``210`` could be 2.1.0 or 2.10, so it says nothing."""
    if "." in digits:
        return tuple(map(int, digits.split(".")))
    if len(digits) == 2:
        return int(digits[0]), int(digits[1])
    if len(digits) == 3 and word == "pt" and digits.startswith("11"):
        return 1, int(digits[1:])
    return None
