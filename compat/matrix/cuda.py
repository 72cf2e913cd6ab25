"""CUDA toolkits against drivers, GPUs and cuDNN; the GPU models."""

from __future__ import annotations

from collections.abc import Mapping

from compat.matrix.facts import Row, architecture, fact_reader, numbers
from compat.matrix.tables import Table
from compat.model.knowledge import CudnnSupport, Driver, Gpu, Numbers, Toolkit
from compat.model.targets import gpu_key

_SYSTEMS = ("linux", "windows")


class CudaTable:
    """The table ``cuda``, ready for questions."""

    def __init__(self, table: Table) -> None:
        fact = fact_reader(table)
        minimums: list[Row] = table["minimum"]
        self._toolkits = {numbers(row["cuda"]): row for row in table["toolkit"]}
        self._drivers = {
            (cuda, system): Driver(
                cuda=cuda,
                system=system,
                minimum=numbers(own[system]),
                toolkit=numbers(row[system]) if system in row else None,
                fact=fact(own),
            )
            for cuda, row in self._toolkits.items()
            for system in _SYSTEMS
            if (own := _minimum(minimums, cuda, system) or (row if system in row else None)) is not None
        }
        self._architectures = {
            cuda: Toolkit(cuda, tuple(architecture(sm) for sm in row["sm"]), fact(row))
            for row in table["architectures"]
            for cuda in map(numbers, row["cuda"])
        }
        self.cudnn = tuple(
            CudnnSupport(numbers(row["cudnn"]), tuple(map(numbers, row["cuda"])), fact(row)) for row in table["cudnn"]
        )

    def driver(self, cuda: Numbers, system: str) -> Driver | None:
        """What a CUDA version (further numbers than major and minor are ignored) asks of the driver."""
        return self._drivers.get((cuda[:2], system))

    def newest(self, driver: Numbers, system: str) -> Numbers | None:
        """The newest toolkit that ships with *driver* or an older one; ``535`` stands for the whole branch 535."""
        runs = [
            cuda
            for (cuda, own), entry in self._drivers.items()
            if own == system and entry.toolkit is not None and entry.toolkit[: len(driver)] <= driver
        ]
        return max(runs, default=None)

    def toolkit(self, cuda: Numbers) -> Toolkit | None:
        """The GPU architectures that builds of this CUDA can hold."""
        return self._architectures.get(cuda[:2])


def parse_gpus(table: Table) -> Mapping[str, Gpu]:
    """Lower-case alphanumeric names to GPU models."""
    fact = fact_reader(table)
    gpus = {}
    for row in table["gpu"]:
        major, minor = numbers(row["compute_capability"])
        for model in row["models"]:
            gpus[gpu_key(model)] = Gpu(model, (major, minor), fact(row))
    return gpus


def _minimum(rows: list[Row], cuda: Numbers, system: str) -> Row | None:
    """The row for exactly this CUDA, else the one for its major. Before CUDA 11 there is none: each needs its own."""
    for wanted in (cuda, cuda[:1]):
        for row in rows:
            if system in row and numbers(row["cuda"]) == wanted:
                return row
    return None
