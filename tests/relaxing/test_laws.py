"""The laws of docs/relax.md as properties: over generated files, over versions of every form, and over files as people write them."""

from __future__ import annotations

import codecs
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from compat.api import check_files
from compat.api.relax import relax_files
from compat.formats import detect, read
from compat.model.diagnostics import Severity
from compat.model.names import PyPIName
from compat.model.relaxation import Change, FileRelaxation, Relaxation
from compat.text.edits import apply_edits
from compat.text.source import decode
from tests.formats.splices import edited
from tests.relaxing.law_files import FAMILY, VERSIONS, end_of, matrix, pins, project

WRITTEN = sorted(path for path in (Path(__file__).parents[1] / "data" / "relax").glob("*/*"))
POLICIES = ["patch", "minor", "major", "matrix"]
TARGETS = [
    "linux-64",
    "linux-aarch64,python=3.11",
    "linux-64,python=3.10",
    "linux-64,python=3.12,driver=550,gpu=h100",
    "linux-64,driver=530,gpu=v100",
    "win-64,python=3.10",
    "osx-arm64",
]
#: What says that a set of pins cannot be installed, or not by every pip, so that nothing is said of how it works.
CANNOT = ("ABI001", "REQ", "PYV")
BROKEN = ("ABI002", "CUD003", "CUD004", "CUD008")


def relaxed(name: str, data: bytes, policy: str | None, targets: tuple[str, ...] = ()) -> tuple[Relaxation, bytes]:
    """The answer, and the file with its edits."""
    answer = relax_files({name: data}, targets=targets, policy=policy)
    source = decode(name, data, declared=detect(name, data) == "requirements")
    edits = [change.edit for change in file_of(answer, name).changes]
    return answer, source.encode(apply_edits(source.text, edits))


def file_of(answer: Relaxation, name: str) -> FileRelaxation:
    (found,) = [file for file in answer.files if file.path == name]
    return found


def ranges(file: FileRelaxation) -> Iterator[tuple[Change, Version, SpecifierSet]]:
    """The pins among the changes with their public version and the new range, where PEP 440 reads both."""
    for change in file.changes:
        old, new = (
            re.fullmatch(r"\s*={0,2}\s*(\d[^\s,;=+]*).*", change.old),
            re.sub(r"(?<=\w)=[^=,<>!]*$", "", change.new),
        )
        try:
            if old is not None and not change.new.startswith("="):
                yield change, Version(old[1]), SpecifierSet(new)
        except (InvalidVersion, InvalidSpecifier):
            continue


def hold_laws(file: FileRelaxation, policy: str) -> int:
    """Laws 1, 2 and 4 for every pin of *file*; how many there were."""
    found = list(ranges(file))
    for change, pin, span in found:
        claims = [why.claim for why in change.reasons]
        (low,) = [clause.version for clause in span if clause.operator == ">="]
        (high,) = [clause for clause in span if clause.operator in ("<", "<=")]
        assert span.contains(pin, prereleases=True), change
        assert Version(low) == pin, change
        if Version(high.version) != end_of(str(pin), policy) or high.operator == "<=":
            assert any(f"{high.operator}{high.version}" in claim for claim in claims), change
        holes = [clause.version for clause in span if clause.operator == "!="]
        assert len(claims) >= 2, change
        assert all(any(hole in claim for claim in claims) for hole in holes), change
        assert str(pin) not in holes
        known = matrix().project(PyPIName(change.package)) if file.kind == "requirements" else None
        bad = [r.version for r in known.releases if r.yanked is not None or r.invalid] if known else []
        assert [v for v in bad if span.contains(v) and v != pin] == [], change
    return len(found)


# -- generated files ---------------------------------------------------------------------------------------------------

_BEFORE = st.sampled_from(["", "# why\n", "\n", "--prefer-binary\n", "other>=1.0  # é\n", "-e .\n"])
_BETWEEN = st.sampled_from(["==", " == ", "== "])
_AFTER = st.sampled_from(
    ["", "  # tested", " ; python_version >= '3.6'", " ; sys_platform != 'plan9'  # é", " \\\n  # x"]
)


@st.composite
def files(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """Pins of the torch family and its neighbours, in a file laid out as people do."""
    chosen = draw(pins())
    names = draw(st.permutations(sorted(chosen)))
    lines = [f"{draw(_BEFORE)}{name}{draw(_BETWEEN)}{chosen[name]}{draw(_AFTER)}\n" for name in names]
    text = "".join(lines)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return chosen, draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(files(), st.sampled_from(POLICIES), st.sampled_from(TARGETS))
def test_laws_1_2_4_and_5_for_files(file: tuple[dict[str, str], bytes], policy: str, target: str) -> None:
    chosen, data = file
    answer, after = relaxed("requirements.txt", data, policy, (target,))
    found = file_of(answer, "requirements.txt")
    assert {change.package for change in found.changes} | {left.package for left in found.left} >= set(chosen)
    assert hold_laws(found, policy) + len({left.package for left in found.left} & set(chosen)) == len(chosen)
    again, _ = relaxed("requirements.txt", after, policy, (target,))
    assert file_of(again, "requirements.txt").changes == ()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(VERSIONS, min_size=1, max_size=5), st.sampled_from(POLICIES), st.booleans())
def test_laws_1_2_and_5_for_every_form_of_version(versions: list[str], policy: str, is_poetry: bool) -> None:
    """Of projects that the matrix does not cover, policy alone decides."""
    if is_poetry:
        lines = [f'unknown{place} = "{version}"\n' for place, version in enumerate(versions)]
        name, text = "pyproject.toml", "[tool.poetry.dependencies]\n" + "".join(lines)
    else:
        name, text = "requirements.txt", "".join(f"unknown{n}=={version}\n" for n, version in enumerate(versions))
    answer, after = relaxed(name, text.encode(), policy)
    changes = file_of(answer, name).changes
    assert len(changes) == len(versions)
    for change, version in zip(changes, versions, strict=True):
        pin, span = Version(version), SpecifierSet(change.new)
        assert {(c.operator, Version(c.version)) for c in span} == {(">=", pin), ("<", end_of(version, policy))}
        assert span.contains(pin, prereleases=True)
    assert file_of(relaxed(name, after, policy)[0], name).changes == ()


# -- law 3, by another way ---------------------------------------------------------------------------------------------

Findings = Mapping[tuple[str, frozenset[str]], int]


def findings(pinned: Mapping[str, str], target: str, further: str = "") -> Findings:
    """What check says of pins that is more than an info, with the worst severity (2: error)."""
    text = "".join(f"{name}=={version}\n" for name, version in pinned.items()) + further
    found: defaultdict[tuple[str, frozenset[str]], int] = defaultdict(int)
    for one in check_files({"requirements.txt": text.encode()}, targets=(target,)).diagnostics:
        if one.severity is not Severity.INFO:
            kind = (one.code, frozenset(one.packages))
            found[kind] = max(found[kind], 1 + (one.severity is Severity.ERROR))
    return found


def can_install(found: Findings) -> bool:
    return not any(code.startswith(CANNOT) and severity == 2 for (code, _), severity in found.items())


def allows_already(pinned: Mapping[str, str], target: str, pair: frozenset[str]) -> bool:
    """Whether the pins themselves let an installer take both sides of a broken pair, which nothing can narrow away."""
    for coupling in matrix().couplings():
        halves = (coupling.first, coupling.second)
        inside = [half.public.contains(pinned[half.name], prereleases=True) for half in halves if half.name in pinned]
        if {half.name for half in halves} == pair and all(inside):
            further = "".join(f"{half.name}{half.public}\n" for half in halves if half.name not in pinned)
            if further and can_install(findings(pinned, target, further)):
                return True
    return False


@settings(max_examples=30, deadline=None, derandomize=True)
@given(pins(), st.sampled_from(POLICIES), st.sampled_from(TARGETS), st.data())
def test_law_3_no_new_combination_is_known_to_be_broken(
    chosen: dict[str, str], policy: str, target: str, data: st.DataObject
) -> None:
    """Any releases that the new ranges admit, written as pins: check finds nothing broken that it did not find before."""
    base = findings(chosen, target)
    if any(code.startswith(CANNOT) for code, _ in base):
        return  # pins that cannot be installed were never tested
    text = "".join(f"{name}=={version}\n" for name, version in chosen.items())
    answer = relax_files({"requirements.txt": text.encode()}, targets=(target,), policy=policy)
    spans = {change.package: SpecifierSet(change.new) for change in answer.files[0].changes}
    drawn = dict(chosen)
    needs: defaultdict[str, list[SpecifierSet]] = defaultdict(list)
    for name in sorted(spans, key=lambda name: (name == "torch", name not in FAMILY)):
        inside = [release for release in project(name).releases if spans[name].contains(release.version)]
        fit = [r for r in inside if all(need.contains(r.version) for need in needs[name])]
        release = data.draw(st.sampled_from(fit or inside))
        drawn[name] = str(release.version)
        for need in release.requires_for(target.partition(",")[0]):
            if need.marker is None:
                needs[need.name].append(need.specifier)
    found = findings(drawn, target)
    if not can_install(found):
        return  # an installer chooses no such set
    for (code, packages), severity in found.items():
        if code in BROKEN:
            before = [worst for (other, known), worst in base.items() if other == code and known & packages]
            already = code == "ABI002" and allows_already(chosen, target, packages)
            assert already or severity <= max(before, default=0), (code, packages, chosen, drawn)


# -- files as people write them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["minor", "major"])
@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_laws_1_2_4_and_5_for_written_files(path: Path, policy: str) -> None:
    """And no byte outside of the changed requirements moves."""
    data = path.read_bytes()
    answer, after = relaxed(path.name, data, policy)
    found = file_of(answer, path.name)
    assert found.error is None
    hold_laws(found, policy)
    document = read(path.name, data)
    for change in found.changes:
        edited(document, data, change.edit)
    again, _ = relaxed(path.name, after, policy)
    assert file_of(again, path.name).error is None
    assert file_of(again, path.name).changes == ()


def test_the_written_files_hold_many_pins() -> None:
    """So that the test above cannot pass by finding nothing: only hashes and conda's list leave nothing to change."""
    files = {path: file_of(relaxed(path.name, path.read_bytes(), None)[0], path.name) for path in WRITTEN}
    assert len(files) == 33
    assert sum(len(file.changes) for file in files.values()) >= 150
    assert sum(1 for file in files.values() for _ in ranges(file)) >= 140
    assert {path.parent.name for path, file in files.items() if not file.changes} == {"26", "31"}
    assert Counter(file.kind for file in files.values()) == {
        "requirements": 16,
        "environment": 8,
        "pyproject": 7,
        "pixi": 2,
    }


def test_the_written_files_hold_every_reason_to_stay() -> None:
    whys = [
        left.why for path in WRITTEN for left in file_of(relaxed(path.name, path.read_bytes(), None)[0], path.name).left
    ]
    for why in ("===", "a URL", "a git pin", "hashes:", "a constraint", "only `==` can ask for", "conda list --export"):
        assert any(why in said for said in whys), why


def test_the_written_files_hold_every_encoding() -> None:
    """An editor or git could change them on the way, which no law above would notice."""
    data = [path.read_bytes() for path in WRITTEN]
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF8)
    assert [sum(text.startswith(mark) for text in data) for mark in marks] == [1, 1]
    assert sum(b"\r\n" in text for text in data) == 3
    assert sum(not text.endswith((b"\n", b"\n\0")) for text in data) == 5
    sources = [decode(path.name, text) for path, text in zip(WRITTEN, data, strict=True)]
    assert [source.path for source in sources if source.doubtful_line is not None] == ["requirements.txt"]


def test_laws_1_2_4_and_5_for_dropped_hashes() -> None:
    """And the comments behind the hashes stay."""
    (path,) = [path for path in WRITTEN if b"--hash" in path.read_bytes()]
    data = path.read_bytes()
    answer = relax_files({path.name: data}, drop_hashes=True)
    found = file_of(answer, path.name)
    assert hold_laws(found, "minor") == len(found.changes) == 3
    source = decode(path.name, data)
    after = apply_edits(source.text, [change.edit for change in found.changes])
    assert "--hash" not in after
    assert [line for line in after.splitlines() if line.lstrip().startswith("#")] == [
        line for line in source.text.splitlines() if line.lstrip().startswith("#")
    ]
    again = relax_files({path.name: after.encode()}, drop_hashes=True)
    assert file_of(again, path.name).changes == ()
