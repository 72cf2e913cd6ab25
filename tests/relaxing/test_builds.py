"""What of a conda build string stays, which ranges can be carried, and what is left of bounds when versions go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.relaxation import Bounds
from compat.relaxing.builds import kept_build
from compat.relaxing.policy import Policy
from compat.relaxing.ranges import admits, without
from compat.relaxing.tight import to_slot
from tests.formats.readings import read_text


@pytest.mark.parametrize(
    ("build", "kept"),
    [
        ("py3.10_cuda11.8_cudnn8.7.0_0", "*cuda11.8*"),
        ("cuda118py310h8a1d2b5_0", "*cuda118*"),
        ("cuda_11.8_py310_0", "*cuda_11.8*"),
        ("py38_cu113", "*cu113*"),
        ("py310_cpu", "*cpu*"),
        ("cpu_py310h1234abc_0", "*cpu*"),
        ("gpu_py38h0_0", "*gpu*"),
        ("py310_rocm6.2_0", "*rocm6.2*"),
        ("py38h5eee18b_0", None),
        ("h06a4308_0", None),
        ("0", None),
        ("py310_0", None),
        ("nompi_h4df4325_101", None),
        ("mkl", "mkl"),
        ("cuda", "cuda"),
        ("main", None),
        ("conda_forge", None),
        ("*cuda*", "*cuda*"),
        ("py310*", "py310*"),
        ("^.*cu11[78].*$", "^.*cu11[78].*$"),
        ("py39_cpuonly_0", None),
    ],
)
def test_kept_build(build: str, kept: str | None) -> None:
    assert kept_build(build) == kept


@pytest.mark.parametrize(
    ("specifier", "bounds"),
    [
        ("~=2.6.0", Bounds("2.6.0", "2.7")),
        ("~=2.6", Bounds("2.6", "3")),
        ("~=2.6.0rc1", Bounds("2.6.0rc1", "2.7")),
        ("~=2.2.post3", Bounds("2.2.post3", "3")),
        ("~=1!2.6.0", Bounds("1!2.6.0", "1!2.7")),
        ("~=2.6.0,!=2.6.1", Bounds("2.6.0", "2.7", excluded=("2.6.1",))),
        ("==2.6.*", Bounds("2.6", "2.7")),
        ("==2.*", Bounds("2", "3")),
        (">=2.6,<2.7", Bounds("2.6", "2.7")),
        ("<=2.7,>=2.6", Bounds("2.6", "2.7", inclusive=True)),
        (">2.6,<2.7", None),
        (">=2.6", None),
        ("<2.7", None),
        ("!=2.6", None),
        (">=2.6,<2.7,<2.6.5", None),
        ("", None),
    ],
)
def test_a_range_is_read_as_bounds(specifier: str, bounds: Bounds | None) -> None:
    document = read_text("requirements", f"x{specifier}\n")
    slot = to_slot(document.pip[0], document, Policy.MINOR)
    assert (slot.bounds if slot else None) == bounds
    if bounds is not None:
        for text in ("2.5", "2.6", "2.6.0", "2.6.1", "2.6.9", "2.7", "2.9", "3", "1!2.6.5"):
            version = Version(text)
            assert admits(bounds, version) == SpecifierSet(specifier).contains(version, prereleases=True)


@pytest.mark.parametrize("line", ["-e git+https://example.org/x.git#egg=x", "x @ https://example.org/x.zip", "x===2.6"])
def test_what_is_no_range_has_no_bounds(line: str) -> None:
    document = read_text("requirements", f"{line}\n")
    assert to_slot(document.pip[0], document, Policy.MINOR) is None


def test_ranges_beside_hashes_stay() -> None:
    """Since the hash mode of pip takes no range at all."""
    document = read_text("requirements", f"x~=2.6.0\ny==1.0 --hash=sha256:{'a' * 64}\n")
    assert to_slot(document.pip[0], document, Policy.MINOR) is None


@pytest.mark.parametrize(
    ("bounds", "gone", "left"),
    [
        (Bounds("1.0", "2"), [], ">=1.0,<2"),
        (Bounds("1.0", "2"), ["3.0"], ">=1.0,<2"),
        (Bounds("1.0", "2"), ["1.1"], ">=1.0,<2,!=1.1"),
        (Bounds("1.0", "2"), ["1.2", "1.3"], ">=1.0,<1.2"),
        (Bounds("1.0", "2"), ["1.1", "1.3"], ">=1.0,<1.3,!=1.1"),
        (Bounds("1.0", "1.3", inclusive=True), ["1.3"], ">=1.0,<1.3"),
        (Bounds("1.0", "1.3", inclusive=True), ["1.1"], ">=1.0,<=1.3,!=1.1"),
        (Bounds("1.0", "2", excluded=("1.2",)), ["1.3"], ">=1.0,<1.3,!=1.2"),
        (Bounds("1.0", "2", excluded=("1.3",)), ["1.2"], ">=1.0,<1.2"),
    ],
)
def test_what_is_left(bounds: Bounds, gone: list[str], left: str) -> None:
    known = [Version(text) for text in ("1.0", "1.1", "1.2", "1.3", "2.0", "3.0")]
    assert str(without(bounds, map(Version, gone), known)) == left


def test_an_end_never_shuts_out_a_pinned_pre_release() -> None:
    """``<2.0.0`` admits no 2.0.0rc1: https://peps.python.org/pep-0440/#exclusive-ordered-comparison."""
    bounds, known = Bounds("2.0.0rc1", "2.1"), [Version(text) for text in ("1.9", "2.0.0", "2.0.1", "2.1.0")]
    left = without(bounds, known, known, Version("2.0.0rc1"))
    assert str(left) == ">=2.0.0rc1,<2.0.1,!=2.0.0"
    assert admits(left, Version("2.0.0rc1"))


_RELEASES = st.builds(
    "{}.{}{}".format, st.integers(0, 3), st.integers(0, 4), st.sampled_from(["", "rc1", ".post1", ".1"])
).map(Version)


@given(st.sets(_RELEASES, min_size=1), st.sets(_RELEASES), st.data())
def test_without_takes_what_it_is_asked_to_and_no_more(
    known: set[Version], gone: set[Version], data: st.DataObject
) -> None:
    low, high = data.draw(st.sampled_from(sorted(known))), data.draw(_RELEASES)
    holes = data.draw(st.sets(st.sampled_from(sorted(known)), max_size=2))
    bounds = Bounds(str(low), str(high), data.draw(st.booleans()), tuple(map(str, sorted(holes - {low}))))
    left = without(bounds, gone - {low}, known, low)
    before = {version for version in known if admits(bounds, version)}
    after = {version for version in known if admits(left, version)}
    assert after <= before
    assert not after & (gone - {low})
    assert {version for version in before - gone - after if not version.is_prerelease} == set()
    assert (low in after) == (low in before)
    unknown = data.draw(_RELEASES)
    assert admits(bounds, unknown) or not admits(left, unknown)
