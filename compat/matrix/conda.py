"""What was seen in conda channels, what holds for whole channels, and the names on both sides."""

from __future__ import annotations

from collections.abc import Mapping

from compat.matrix.facts import Row, fact_reader, numbers, python_minor
from compat.matrix.tables import Table
from compat.model.knowledge import (
    CondaBuild,
    CondaCoupling,
    CondaLimit,
    CondaLine,
    CondaNeed,
    CondaRuntime,
    Fact,
    NameMapping,
)
from compat.model.names import CondaName, PyPIName


class CondaBuildTable:
    """The table ``conda_builds``; the rows of a name become values when it is asked for."""

    def __init__(self, table: Table) -> None:
        self._fact = fact_reader(table)
        self._rows: dict[str, list[Row]] = {}
        self._made: dict[str, tuple[CondaBuild, ...]] = {}
        for row in table["build"]:
            self._rows.setdefault(row["name"], []).append(row)

    def builds(self, name: CondaName) -> tuple[CondaBuild, ...]:
        """The builds of a package, by channel, newest first."""
        if name not in self._made:
            self._made[name] = tuple(self._build(name, row) for row in self._rows.get(name, ()))
        return self._made[name]

    def _build(self, name: CondaName, row: Row) -> CondaBuild:
        return CondaBuild(
            name=name,
            version=row["version"],
            channel=row["channel"],
            subdirs=frozenset(row["subdirs"]),
            cuda=numbers(row["cuda"]) if "cuda" in row else None,
            cuda_package=row.get("cuda_package", ""),
            pythons=frozenset(map(python_minor, row.get("pythons", ()))),
            requires=tuple(row.get("requires", ())),
            fact=self._fact(row),
        )


class ChannelTable:
    """The table ``conda_limits``."""

    def __init__(self, table: Table) -> None:
        fact = fact_reader(table)
        self.limits: dict[str, tuple[CondaLimit, ...]] = {}
        for row in table["limit"]:
            limit = CondaLimit(
                channel=row["channel"],
                name=CondaName(row["name"]),
                newest=row.get("newest"),
                versions=tuple(row.get("versions", ())),
                claim=row["claim"],
                fact=fact(row),
                subdirs=frozenset(row.get("subdirs", ())),
            )
            self.limits[row["name"]] = (*self.limits.get(row["name"], ()), limit)
        self.couplings = tuple(
            CondaCoupling(
                id=row["id"],
                first=row["first"],
                second=row["second"],
                subdirs=frozenset(row.get("subdirs", ())),
                severity=row["severity"],
                effect=row["effect"],
                remedy=row["remedy"],
                fact=fact(row),
                brought=row.get("brought", False),
            )
            for row in table["coupling"]
        )
        self.needs = tuple(
            CondaNeed(row["name"], row["channel"], tuple(row["needs"]), row["claim"], fact(row))
            for row in table["need"]
        )


def parse_lines(table: Table) -> Mapping[str, tuple[CondaLine, ...]]:
    """The official install lines by torch release."""
    fact = fact_reader(table)
    lines: dict[str, tuple[CondaLine, ...]] = {}
    for row in table["line"]:
        line = CondaLine(
            torch=row["torch"],
            torchvision=row.get("torchvision", ""),
            torchaudio=row.get("torchaudio", ""),
            selector=row["selector"],
            cuda=tuple(row.get("cuda", ())),
            channels=tuple(row["channels"]),
            complete=row.get("complete", False),
            fact=fact(row),
        )
        lines[row["torch"]] = (*lines.get(row["torch"], ()), line)
    return lines


def parse_runtime(table: Table) -> Mapping[str, tuple[CondaRuntime, ...]]:
    """What brings each run-time library, in the order of the table."""
    fact = fact_reader(table)
    chosen = {row["name"]: tuple(row["builds"]) for row in table["choice"]}
    libraries: dict[str, list[CondaRuntime]] = {}
    for row in table["brings"]:
        by, read, series, build = CondaName(row["by"]), fact(row), row.get("series", ""), row.get("build", "")
        for name in row["libraries"]:
            known = CondaRuntime(CondaName(name), by, row["channel"], read, series, build, chosen.get(name, ()))
            libraries.setdefault(name, []).append(known)
    return {name: tuple(rows) for name, rows in libraries.items()}


class NameTable:
    """The table ``conda_names`` both ways round, with the user's overrides on top."""

    def __init__(self, table: Table, overrides: Mapping[str, tuple[str, ...]]) -> None:
        fact = fact_reader(table)
        self._conda: dict[tuple[str, str], NameMapping] = {}
        self._pypi: dict[str, tuple[NameMapping, ...]] = {}
        override_fact = Fact("configuration", fact({"source": "configuration"}).read_on)
        self._overrides = {
            name: NameMapping(CondaName(name), "", tuple(map(PyPIName, pypi)), (), override_fact)
            for name, pypi in overrides.items()
        }
        for row in table["name"]:
            if row["conda"] not in overrides:
                self._add(_mapping(row, fact(row)))
        for mapping in self._overrides.values():
            self._index(mapping)

    def of_conda(self, name: CondaName, channel: str) -> NameMapping | None:
        """The row for a conda name in *channel*, else in conda-forge; overrides go before both."""
        return self._overrides.get(name) or self._conda.get((channel, name)) or self._conda.get(("conda-forge", name))

    def of_pypi(self, name: PyPIName) -> tuple[NameMapping, ...]:
        """The rows whose conda package provides *name*."""
        return self._pypi.get(name, ())

    def _add(self, mapping: NameMapping) -> None:
        """Several rows of one conda package become one mapping from it; towards it they stay apart."""
        key = (mapping.channel, mapping.conda)
        known = self._conda.get(key)
        self._conda[key] = (
            mapping if known is None else known._replace(pypi=tuple(dict.fromkeys((*known.pypi, *mapping.pypi))))
        )
        self._index(mapping)

    def _index(self, mapping: NameMapping) -> None:
        for name in mapping.pypi:
            self._pypi[name] = (*self._pypi.get(name, ()), mapping)


def _mapping(row: Row, fact: Fact) -> NameMapping:
    return NameMapping(
        CondaName(row["conda"]),
        row["channel"],
        tuple(map(PyPIName, row["pypi"])),
        tuple(row.get("implies", ())),
        fact,
    )
