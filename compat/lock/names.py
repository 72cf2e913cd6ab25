"""What targets are called in lock files: the NAME of each target's own file, and its whole text inside the files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from compat.model.targets import Target

#: Key of the target grammar to what it is called in a file name.
_SHORT = {
    "python": "py",
    "gpu": "",
    "driver": "driver",
    "cuda": "cuda",
    "glibc": "glibc",
    "toolkit": "toolkit",
    "cudnn": "cudnn",
}


def to_target_text(target: Target) -> str:
    """*target* in the target grammar with what was filled in, keys in one order: ``linux-64,glibc=2.28,python=3.11``."""
    values = _values(target)
    return ",".join([target.subdir, *(f"{key}={values[key]}" for key in sorted(values))])


def to_file_names(targets: Sequence[Target]) -> tuple[str, ...]:
    """The NAME of each target, all different: the subdir, and where targets share it, the keys in which those differ.

    Dots are left out, because PEP 751 allows none in the NAME of ``pylock.NAME.toml``.
    """
    names = [_name(target, [other for other in targets if other.subdir == target.subdir]) for target in targets]
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        # Such as cuda=1.24 beside cuda=12.4, which are the same without dots.
        unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return tuple(unique)


def _name(target: Target, same: Sequence[Target]) -> str:
    values = _values(target)
    all_values = [_values(other) for other in same]
    parts = [target.subdir]
    for key, short in _SHORT.items():
        if key in values and any(other.get(key) != values[key] for other in all_values):
            parts.append("nogpu" if values[key] == "none" else short + re.sub(r"[^a-z0-9]", "", values[key]))
    return "-".join(parts)


def _values(target: Target) -> dict[str, str]:
    """Key to value of all that *target* claims."""
    numbers = {key: getattr(target, key) for key in _SHORT if key != "gpu"}
    values = {key: ".".join(map(str, value)) for key, value in numbers.items() if value is not None}
    if target.gpu is not None:
        values["gpu"] = _gpu(target)
    return values


def _gpu(target: Target) -> str:
    """The GPU as given, where that is a word of the grammar, else its compute capability."""
    if not target.gpu:
        return "none"
    text = target.gpu_text.lower()
    return text if re.fullmatch(r"[a-z0-9_.-]+", text) else f"sm_{''.join(map(str, target.gpu))}"
