"""The matrix as rules and resolver see it: each table is read when the first question about it comes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from compat.matrix.tables import has_table, read_table
from compat.model.names import CondaName, PyPIName

if TYPE_CHECKING:  # a room is imported with the first question about its table
    from packaging.version import Version

    from compat.matrix.builds import BuildTable
    from compat.matrix.conda import ChannelTable, CondaBuildTable, NameTable
    from compat.matrix.cuda import CudaTable
    from compat.matrix.images import ImageTable
    from compat.model.knowledge import (
        BaseImage,
        Build,
        CondaBuild,
        CondaCoupling,
        CondaLimit,
        CondaLine,
        CondaNeed,
        CondaRuntime,
        Coupling,
        CudnnSupport,
        Driver,
        Fact,
        Gpu,
        NameMapping,
        Note,
        Numbers,
        Project,
        TestedBuild,
        Toolkit,
        Undeclared,
    )

#: Projects that TensorFlow's tables of tested builds speak about.
_TENSORFLOW = frozenset(PyPIName(name) for name in ("tensorflow", "tensorflow-gpu"))


class CuratedMatrix:
    """`Matrix` over the tables in ``data/``; *names* overrides the conda to PyPI name table."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._names = names
        self._projects: dict[PyPIName, Project | None] = {}
        self._notes: dict[str, Mapping[str, Note]] = {}

    @cached_property
    def version(self) -> str:
        return str(read_table("matrix")["version"])

    def project(self, name: PyPIName) -> Project | None:
        if name not in self._projects:
            # A file may name thousands of projects that no table speaks about.
            self._projects[name] = _load_project(name) if name in self._mentioned else None
        return self._projects[name]

    def mentioned(self) -> frozenset[PyPIName]:
        return self._mentioned

    def builds(self, name: PyPIName, version: Version) -> tuple[Build, ...]:
        return self._builds.builds(name, version)

    def absent_build(self, name: PyPIName, version: Version, variant: str, subdir: str) -> Fact | None:
        return self._builds.absent(name, version, variant, subdir)

    def driver(self, cuda: Numbers, system: str) -> Driver | None:
        return self._cuda.driver(cuda, system)

    def newest_cuda(self, driver: Numbers, system: str) -> Numbers | None:
        return self._cuda.newest(driver, system)

    def toolkit(self, cuda: Numbers) -> Toolkit | None:
        return self._cuda.toolkit(cuda)

    def toolkit_architectures(self, cuda: Numbers) -> tuple[Numbers, Numbers] | None:
        toolkit = self.toolkit(cuda)
        return None if toolkit is None else (toolkit.minimum, toolkit.maximum)

    def cudnn_support(self) -> tuple[CudnnSupport, ...]:
        return self._cuda.cudnn

    def gpus(self) -> Mapping[str, Gpu]:
        return self._gpus

    def couplings(self) -> tuple[Coupling, ...]:
        return self._couplings

    def undeclared(self) -> tuple[Undeclared, ...]:
        return self._undeclared

    def tested_builds(self, name: PyPIName) -> tuple[TestedBuild, ...]:
        return self._tested if name in _TENSORFLOW else ()

    def pypi_names(self, name: CondaName, channel: str = "conda-forge") -> NameMapping | None:
        return self._name_table.of_conda(name, channel)

    def conda_names(self, name: PyPIName) -> tuple[NameMapping, ...]:
        return self._name_table.of_pypi(name)

    def conda_builds(self, name: CondaName) -> tuple[CondaBuild, ...]:
        return self._conda_builds.builds(name)

    def conda_limits(self, name: CondaName) -> tuple[CondaLimit, ...]:
        return self._channels.limits.get(name, ())

    def conda_couplings(self) -> tuple[CondaCoupling, ...]:
        return self._channels.couplings

    def conda_needs(self) -> tuple[CondaNeed, ...]:
        return self._channels.needs

    def conda_lines(self, torch: str) -> tuple[CondaLine, ...]:
        return self._lines.get(torch, ())

    def conda_runtime(self, library: CondaName) -> tuple[CondaRuntime, ...]:
        return self._runtime.get(library, ())

    def base_image(self, reference: str) -> BaseImage | None:
        return self._images.find(reference)

    def note(self, key: str) -> Note | None:
        table, _, name = key.partition("/")
        if table not in self._notes:
            self._notes[table] = _load_notes(table)
        return self._notes[table].get(name)

    @cached_property
    def _mentioned(self) -> frozenset[PyPIName]:
        from compat.matrix.mentioned import mentioned_names

        return frozenset(map(PyPIName, mentioned_names()))

    @cached_property
    def _builds(self) -> BuildTable:
        from compat.matrix.builds import BuildTable

        return BuildTable(read_table("torch_builds"))

    @cached_property
    def _cuda(self) -> CudaTable:
        from compat.matrix.cuda import CudaTable

        return CudaTable(read_table("cuda"))

    @cached_property
    def _gpus(self) -> Mapping[str, Gpu]:
        from compat.matrix.cuda import parse_gpus

        return parse_gpus(read_table("gpus"))

    @cached_property
    def _couplings(self) -> tuple[Coupling, ...]:
        from compat.matrix.couplings import parse_couplings

        return parse_couplings(read_table("couplings"))

    @cached_property
    def _undeclared(self) -> tuple[Undeclared, ...]:
        from compat.matrix.couplings import parse_undeclared

        return parse_undeclared(read_table("couplings"))

    @cached_property
    def _tested(self) -> tuple[TestedBuild, ...]:
        from compat.matrix.couplings import parse_tested

        return parse_tested(read_table("tensorflow"))

    @cached_property
    def _conda_builds(self) -> CondaBuildTable:
        from compat.matrix.conda import CondaBuildTable

        return CondaBuildTable(read_table("conda_builds"))

    @cached_property
    def _channels(self) -> ChannelTable:
        from compat.matrix.conda import ChannelTable

        return ChannelTable(read_table("conda_limits"))

    @cached_property
    def _lines(self) -> Mapping[str, tuple[CondaLine, ...]]:
        from compat.matrix.conda import parse_lines

        return parse_lines(read_table("conda_lines"))

    @cached_property
    def _runtime(self) -> Mapping[str, tuple[CondaRuntime, ...]]:
        from compat.matrix.conda import parse_runtime

        return parse_runtime(read_table("conda_runtime"))

    @cached_property
    def _name_table(self) -> NameTable:
        from compat.matrix.conda import NameTable

        return NameTable(read_table("conda_names"), self._names)

    @cached_property
    def _images(self) -> ImageTable:
        from compat.matrix.images import ImageTable

        return ImageTable(read_table("base_images"), self._tested)


def _load_notes(name: str) -> Mapping[str, Note]:
    from compat.matrix.facts import fact_reader
    from compat.model.knowledge import Note

    table = read_table(name)
    fact = fact_reader(table)
    return {row["id"]: Note(f"{name}/{row['id']}", row["claim"], fact(row)) for row in table.get("note", ())}


def _load_project(name: PyPIName) -> Project | None:
    table = f"projects/{name}"
    if not has_table(table):
        return None
    from compat.matrix.projects import parse_project

    return parse_project(read_table(table))
