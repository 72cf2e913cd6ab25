"""Official builds of torch, and by companionship those of torchvision, torchaudio and torchtext."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from packaging.version import Version

from compat.matrix.facts import Row, architecture, fact_reader, matching, numbers, strings
from compat.matrix.tables import Table
from compat.model.builds import variant_cuda
from compat.model.knowledge import Build, Fact
from compat.model.names import PyPIName

TORCH = PyPIName("torch")

#: torch's companions are built per CUDA variant like torch itself, and live on the same indexes.
COMPANIONS = tuple(PyPIName(name) for name in ("torchvision", "torchaudio", "torchtext"))

#: Subdirs where a companion's build follows torch's; on linux-aarch64 the companions long stayed behind (`[[companion_build]]`).
_FOLLOWS = frozenset({"linux-64", "win-64", "osx-64", "osx-arm64"})


class _Rows(NamedTuple):
    """The rows of one torch release, section by section, in the order of the file."""

    default: list[Row]
    build: list[Row]
    architectures: list[Row]
    cudnn: list[Row]
    abi: list[Row]
    complete: list[Row]
    gone: list[Row]


class BuildTable:
    """The table ``torch_builds``: rows are sorted by release once, builds are made for the releases asked for."""

    def __init__(self, table: Table) -> None:
        self._fact: Callable[[Row], Fact] = fact_reader(table)
        self._index: str = table["index"]
        releases = dict.fromkeys(row["torch"] for row in table["default"])
        for row in table["build"]:
            releases.update(dict.fromkeys(r for r in strings(row["torch"]) if not r.endswith("*")))
        self._rows = {release: _Rows([], [], [], [], [], [], []) for release in releases}
        for section in _Rows._fields:
            for row in table.get(section, ()):
                for release in matching(row["torch"], releases):
                    getattr(self._rows[release], section).append(row)
        # What holds for every release holds for those that no other row is about.
        always = [row for row in table.get("complete", ()) if "*" in strings(row["torch"])]
        self._of_any = _Rows([], [], [], [], [], always, [])
        self._companions = _companion_releases(table.get("companion", ()))
        self._companion_builds: list[Row] = table.get("companion_build", [])
        self._made: dict[tuple[str, str], tuple[Build, ...]] = {}

    def builds(self, name: PyPIName, version: Version) -> tuple[Build, ...]:
        """The builds of one release, newest CUDA first, builds without CUDA last."""
        key = (name, version.public)
        found = self._made.get(key)
        if found is None:
            found = self._torch_builds(version) if name == TORCH else self._companion(name, version)
            self._made[key] = found
        return found

    def absent(self, name: PyPIName, version: Version, variant: str, subdir: str) -> Fact | None:
        """What proves that no file with the label ``+variant`` exists: it is unlabelled, or not in a whole list.

        A thin fact proves nothing.
        """
        release = self._torch_release(name, version)
        rows = self._rows.get(release or "", self._of_any)
        build = next((b for b in self.builds(name, version) if b.variant == variant and subdir in b.subdirs), None)
        if build is not None:
            own = rows.build if name == TORCH else self._stated(name, version)
            proofs = [row for row in own if variant in row["variants"] and subdir in row.get("unlabelled", ())]
        elif variant.startswith("cu"):
            proofs = [row for row in rows.gone if variant in row["variants"] and subdir in row.get("subdirs", [subdir])]
            proofs += [row for row in rows.complete if subdir in row["subdirs"]]
        else:
            proofs = []
        facts = (self._fact(row) for row in proofs)
        return next((fact for fact in facts if not fact.thin), None)

    def _stated(self, name: PyPIName, version: Version) -> list[Row]:
        """The rows about a companion's own builds."""
        return [row for row in self._companion_builds if row["project"] == name and version.public in row["version"]]

    def _torch_release(self, name: PyPIName, version: Version) -> str | None:
        return version.public if name == TORCH else self._companions.get((name, version.public))

    def _torch_builds(self, version: Version) -> tuple[Build, ...]:
        rows = self._rows.get(version.public)
        if rows is None:
            return ()
        variants = dict.fromkeys(variant for row in rows.build for variant in row["variants"])
        for row in rows.default:
            variants.update(dict.fromkeys(value for key, value in row.items() if "-" in key))
        builds = (self._build(version, variant, rows) for variant in variants)
        return tuple(sorted(builds, key=lambda build: (build.cuda or (), build.variant), reverse=True))

    def _build(self, version: Version, variant: str, rows: _Rows) -> Build:
        own = [row for row in rows.build if variant in row["variants"]]
        pypi = {key: row for row in rows.default for key, value in row.items() if "-" in key and value == variant}
        architectures = _by_subdir(rows.architectures, variant)
        cudnn = _first(rows.cudnn, variant)
        abi = _first(rows.abi, variant)
        pypi_facts = {subdir: self._fact(row) for subdir, row in pypi.items()}
        facts = [*(self._fact(row) for row in own), *pypi_facts.values()]
        return Build(
            project=TORCH,
            version=version,
            variant=variant,
            cuda=variant_cuda(variant),
            subdirs=frozenset(pypi) | {subdir for row in own for subdir in row["subdirs"]},
            unlabelled=frozenset(subdir for row in own for subdir in row.get("unlabelled", ())),
            pypi=frozenset(pypi),
            index_url=own[0].get("index", self._index).format(variant=variant) if own else None,
            architectures={s: tuple(architecture(sm) for sm in row["sm"]) for s, row in architectures.items()},
            ptx={s: architecture(row["ptx"]) if "ptx" in row else None for s, row in architectures.items()},
            cudnn=numbers(cudnn["cudnn"]) if cudnn else None,
            cxx11_abi=abi["cxx11"] if abi else None,
            fact=min(facts, key=lambda fact: fact.thin),
            pypi_facts=pypi_facts,
            architecture_facts={s: self._fact(row) for s, row in architectures.items()},
            cudnn_fact=self._fact(cudnn) if cudnn else None,
            abi_fact=self._fact(abi) if abi else None,
            facts={subdir: self._fact(row) for row in own for subdir in row["subdirs"]},
        )

    def _companion(self, name: PyPIName, version: Version) -> tuple[Build, ...]:
        release = self._companions.get((name, version.public))
        if release is None:
            return ()
        stated = self._stated(name, version)
        builds = (self._follow(build, name, version, stated) for build in self.builds(TORCH, Version(release)))
        return tuple(build for build in builds if build.subdirs)

    def _follow(self, build: Build, name: PyPIName, version: Version, stated: list[Row]) -> Build:
        """A companion's build: torch's platforms where it follows torch, what is stated elsewhere."""
        own = [row for row in stated if build.variant in row["variants"]]
        plain = build.subdirs if build.cuda is None else build.subdirs & _FOLLOWS
        unlabelled = {s for row in own for s in row.get("unlabelled", ())} | (build.unlabelled & plain)
        return build._replace(
            project=name,
            version=version,
            subdirs=plain | {s for row in own for s in row["subdirs"]},
            unlabelled=frozenset(unlabelled),
            pypi=build.pypi & (plain | {s for row in own for s in row["subdirs"]}),
            architectures={},
            ptx={},
            architecture_facts={},
            cudnn=None,
            cudnn_fact=None,
            facts={**build.facts, **{subdir: self._fact(row) for row in own for subdir in row["subdirs"]}},
        )


def _companion_releases(rows: list[Row]) -> Mapping[tuple[str, str], str]:
    """(companion, its release) to the torch release that it was built for."""
    return {
        (name, release): row["torch"] for row in rows for name in COMPANIONS for release in strings(row.get(name, ()))
    }


def _by_subdir(rows: list[Row], variant: str) -> dict[str, Row]:
    return {subdir: row for row in rows if variant in row["variants"] for subdir in row["subdirs"]}


def _first(rows: list[Row], variant: str) -> Row | None:
    return next((row for row in rows if variant in row["variants"] or row["variants"] == ["*"]), None)
