"""The values that each dimension offers."""

from __future__ import annotations

from typing import NamedTuple

from compat.api.answers import dotted
from compat.api.choosing.choice import NONE, Choice
from compat.api.choosing.trials import cuda_values, torch_values
from compat.api.querying.cuda import cuda_versions
from compat.model.knowledge import Matrix
from compat.model.targets import PYTHON_MINORS, SUBDIRS
from compat.rules.builds import sm

_PLATFORMS = {
    "linux-64": "Linux x86_64",
    "linux-aarch64": "Linux aarch64",
    "osx-arm64": "macOS arm64",
    "osx-64": "macOS x86_64",
    "win-64": "Windows x86_64",
}
#: The oldest CUDA whose driver is still offered; older ones can be typed.
_OLDEST_CUDA = (9, 0)

#: The Pythons that the matrix can speak about.
PYTHONS = tuple(dotted(python) for python in PYTHON_MINORS)


class Value(NamedTuple):
    """One value; *models* are names for it, word and label, where it stands for several."""

    value: str
    label: str
    models: tuple[tuple[str, str], ...] = ()


def values_of(matrix: Matrix, key: str, choice: Choice) -> list[Value]:
    """What can be chosen of *key*; a chosen value that is none of them stands last."""
    found = _VALUES[key](matrix)
    chosen = choice.chosen.get(key)
    words = {word for value in found for word in (value.value, *(model for model, _ in value.models))}
    return found if chosen is None or chosen in words else [*found, Value(chosen, chosen)]


def _platforms(_: Matrix) -> list[Value]:
    return [Value(subdir, _PLATFORMS[subdir]) for subdir in SUBDIRS]


def _gpus(matrix: Matrix) -> list[Value]:
    """No GPU, then by compute capability, newest first, with the models of each."""
    groups: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for key, gpu in matrix.gpus().items():
        groups.setdefault(gpu.compute_capability, []).append((key, gpu.model))
    return [
        Value(NONE, "none"),
        *(Value(sm(each), f"compute capability {dotted(each)}", tuple(groups[each])) for each in sorted(groups)[::-1]),
    ]


def _drivers(matrix: Matrix) -> list[Value]:
    """Branches of the Linux driver that a toolkit came with or needs, newest first."""
    found = set()
    for cuda in cuda_versions():
        driver = matrix.driver(cuda, "linux") if cuda >= _OLDEST_CUDA else None
        if driver is not None:
            found |= {driver.minimum[0], *(driver.toolkit or ())[:1]}
    return [Value(str(branch), str(branch)) for branch in sorted(found, reverse=True)]


def _pythons(_: Matrix) -> list[Value]:
    return [Value(python, python) for python in PYTHONS]


def _cudas(matrix: Matrix) -> list[Value]:
    return [Value(NONE, "none (CPU)"), *(Value(cuda, cuda) for cuda in cuda_values(matrix))]


def _torches(matrix: Matrix) -> list[Value]:
    return [Value(torch, torch) for torch in torch_values(matrix)]


_VALUES = {
    "platform": _platforms, "gpu": _gpus, "driver": _drivers, "python": _pythons, "cuda": _cudas, "torch": _torches,
}  # fmt: skip
