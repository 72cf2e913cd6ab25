"""`compat matrix conda`, `name` and `image`: what channels hold, what things are called, what an image tag says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.api.answers import UNKNOWN, Row, Table, dotted, make_row, make_table
from compat.api.querying.cuda import conda_builds_table
from compat.api.querying.scope import Scope, nearest
from compat.matrix.tables import read_table
from compat.model.errors import UsageError
from compat.model.knowledge import BaseImage, CondaCoupling, Matrix, NameMapping
from compat.model.matchspec import parse_matchspec
from compat.model.names import CondaName, to_conda_name, to_pypi_name
from compat.model.words import listed

#: Builds in one table when the question names no version.
MAX_BUILDS = 40


def conda_tables(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:
    """What the matrix knows of a conda package: builds seen, limits of channels, traps, official lines."""
    if not words:
        yield _packages()
        return
    name = to_conda_name(words[0])
    version = words[1] if len(words) > 1 else None
    if not _is_known(matrix, name):
        known = {*_built_names(), *(row["name"] for row in read_table("conda_limits")["limit"])}
        raise UsageError(f"the matrix says nothing about the conda package `{name}`", hint=nearest(name, known))
    table = conda_builds_table(matrix, name, scope, version)
    rest = len(table.records) - MAX_BUILDS
    if version is None and rest > 0:
        remark = (
            f"{rest} more builds are left out; name a version: `compat matrix conda {name} {table.records[0].cells[0]}`"
        )
        table = make_table(table.title, table.heads, table.records[:MAX_BUILDS], *table.remarks, remark)
    yield table
    yield from _limits(matrix, name)
    yield from _traps(matrix, name, scope)
    if name == "pytorch":
        yield _lines(matrix, version, scope)
    yield _names_table([row for row in (_mapping(matrix, name, channel) for channel in _channels()) if row is not None])


def _packages() -> Table:
    rows = read_table("conda_builds")
    count: dict[str, list[dict[str, str]]] = {}
    for row in rows["build"]:
        count.setdefault(row["name"], []).append(row)
    return make_table(
        "conda packages of which builds were seen",
        ("package", "builds", "channels"),
        (
            Row((name, str(len(own)), " ".join(sorted({r["channel"] for r in own}))))
            for name, own in sorted(count.items())
        ),
        f"read on {rows['read_on']}",
        "`compat matrix conda pytorch` shows one",
    )


def _built_names() -> set[str]:
    return {row["name"] for row in read_table("conda_builds")["build"]}


def _is_known(matrix: Matrix, name: CondaName) -> bool:
    rows = (
        matrix.conda_builds(name),
        matrix.conda_limits(name),
        [c for c in matrix.conda_couplings() if _names(c, name)],
    )
    return any(rows)


def _names(coupling: CondaCoupling, name: CondaName) -> bool:
    return name in {parse_matchspec(coupling.first).name, parse_matchspec(coupling.second).name}


def _limits(matrix: Matrix, name: CondaName) -> Iterator[Table]:
    limits = matrix.conda_limits(name)
    if limits:
        rows = (make_row([limit.channel, _newest_words(limit.newest), limit.claim], [limit.fact]) for limit in limits)
        yield make_table("What holds for whole channels", ("channel", "newest", "claim"), rows)


def _newest_words(newest: str | None) -> str:
    return UNKNOWN if newest is None else newest or "never had it"


def _traps(matrix: Matrix, name: CondaName, scope: Scope) -> Iterator[Table]:
    couplings = [c for c in matrix.conda_couplings() if _names(c, name) and _holds_on(c.subdirs, scope)]
    if couplings:
        yield make_table(
            "Solves, and does not give what was meant",
            ("this", "with", "severity", "effect"),
            (make_row([c.first, c.second, c.severity, f"{c.effect}: {c.remedy}"], [c.fact]) for c in couplings),
        )
    needs = [need for need in matrix.conda_needs() if parse_matchspec(need.spec).name == name]
    if needs:
        rows = (make_row([need.spec, need.channel, " ".join(need.needs), need.claim], [need.fact]) for need in needs)
        yield make_table("Needs other channels", ("package", "channel", "needs", "claim"), rows)


def _holds_on(subdirs: frozenset[str], scope: Scope) -> bool:
    return not subdirs or scope.subdir is None or scope.subdir in subdirs


def _lines(matrix: Matrix, version: str | None, scope: Scope) -> Table:
    rows = []
    for torch in dict.fromkeys(row["torch"] for row in reversed(read_table("conda_lines")["line"])):
        if version is not None and not f"{torch}.".startswith(f"{version}."):
            continue
        for line in matrix.conda_lines(torch):
            if scope.cuda is not None and dotted(scope.cuda) not in line.cuda:
                continue
            cells = [torch, line.torchvision, line.torchaudio, line.selector, " ".join(line.cuda) or "-"]
            rows.append(make_row([*cells, " ".join(line.channels)], [line.fact]))
    heads = ("pytorch", "torchvision", "torchaudio", "selector", "in versions", "channels")
    return make_table(
        "Official install lines of the pytorch channel", heads, rows, empty="the pytorch channel has none for it"
    )


# -- names ---------------------------------------------------------------------------------------------------------------


def name_tables(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:  # noqa: ARG001  as the others
    """What a package is called on the other side, both ways; without a name the whole table."""
    if not words:
        rows = read_table("conda_names")["name"]
        every = dict.fromkeys((row["conda"], row["channel"]) for row in rows)
        yield _names_table([m for conda, channel in every if (m := _mapping(matrix, conda, channel)) is not None])
        return
    word = words[0]
    found = [m for channel in _channels() if (m := _mapping(matrix, word, channel)) is not None]
    found += [mapping for mapping in matrix.conda_names(to_pypi_name(word)) if mapping not in found]
    yield _names_table(
        found,
        f"unknown: `{word}` is not in the name table; mostly a name is the same in conda and on PyPI, and not always",
    )


def _channels() -> list[str]:
    return list(dict.fromkeys(row["channel"] for row in read_table("conda_names")["name"]))


def _mapping(matrix: Matrix, name: str, channel: str) -> NameMapping | None:
    found = matrix.pypi_names(to_conda_name(name), channel)
    return found if found is not None and found.channel in {channel, ""} else None


def _names_table(mappings: Sequence[NameMapping], empty: str = "unknown: not in the name table") -> Table:
    return make_table(
        "Names",
        ("conda", "channel", "PyPI", "stands also for"),
        (_name_row(mapping) for mapping in dict.fromkeys(mappings)),
        empty=empty,
    )


def _name_row(mapping: NameMapping) -> Row:
    cells = [mapping.conda, mapping.channel or "any", " ".join(mapping.pypi) or "no PyPI project"]
    return make_row([*cells, " ".join(mapping.implies) or "-"], [mapping.fact])


# -- images --------------------------------------------------------------------------------------------------------------


def image_tables(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:  # noqa: ARG001  as the others
    """What the tag of a container image says. Raises: UsageError without an image."""
    if not words or ":" not in words[0]:
        raise UsageError("`image` needs a tag", hint="write `compat matrix image nvidia/cuda:12.8.0-base-ubuntu24.04`")
    image = matrix.base_image(words[0])
    heads = ("image", "CUDA", "cuDNN", "Python", "distribution", "glibc")
    if image is None:
        yield make_table("Image", heads, (), empty=f"unknown: the tag of `{words[0]}` follows no pattern of the matrix")
        return
    cells = [image.reference, dotted(image.cuda), dotted(image.cudnn), dotted(image.python)]
    libc = "musl" if image.musl else dotted(image.glibc)
    row = make_row([*cells, image.distribution, libc], [image.fact])
    yield make_table("Image", heads, [row], *_image_notes(image))


def _image_notes(image: BaseImage) -> Iterator[str]:
    """What no column of the table has room for."""
    brings = listed([f"{name} {version}".strip() for name, version in image.brings])
    if brings:
        yield f"it brings {brings}{', built by who made the image' if image.own_builds else ''}"
    if image.system_python is not None:
        kept = ", into which pip installs nothing (PEP 668)" if image.managed else ""
        yield f"`python3` of its distribution is Python {'.'.join(map(str, image.system_python))}{kept}"
    if image.platforms:
        yield f"it is made for {listed(sorted(image.platforms))} only"
    if not image.kind:
        yield "its tag is only a guess at what it holds"
