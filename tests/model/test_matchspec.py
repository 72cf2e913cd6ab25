"""Conda requirements as environment files really spell them, and against py-rattler on real records."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.model.conda_version import parse_version_spec
from compat.model.matchspec import InvalidMatchSpec, MatchSpec, parse_matchspec, without_credentials

DATA = Path(__file__).parents[1] / "data" / "conda"


def lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


#: Text; name; the version as understood (`==` is exactly, `=` a series); build; what `version_span` encloses.
SPELLINGS = [
    ("nomkl", "nomkl", None, None, None),
    ("PyJWT", "pyjwt", None, None, None),
    ("  numpy  ", "numpy", None, None, None),
    ("_libgcc_mutex", "_libgcc_mutex", None, None, None),
    ("ruamel.yaml", "ruamel.yaml", None, None, None),
    ("__glibc >=2.17", "__glibc", ">=2.17", None, ">=2.17"),
    ("pkg=", "pkg", None, None, "="),
    ("pkg= ", "pkg", None, None, "="),
    # a series
    ("pytorch=2.1", "pytorch", "=2.1", None, "=2.1"),
    ("pytorch =2.1", "pytorch", "=2.1", None, "=2.1"),
    ("pytorch = 2.1", "pytorch", "=2.1", None, "= 2.1"),
    ("pytorch=2.1=", "pytorch", "=2.1", None, "=2.1="),
    ("pytorch=2.1.*", "pytorch", "=2.1", None, "=2.1.*"),
    ("pytorch=2.1*", "pytorch", "=2.1", None, "=2.1*"),
    ("pytorch 2.1.*", "pytorch", "=2.1", None, "2.1.*"),
    ("pytorch==2.1.*", "pytorch", "=2.1", None, "==2.1.*"),
    ("python=3.8   ", "python", "=3.8", None, "=3.8"),
    ("libcurand=10.3.9.55-0", "libcurand", "=10.3.9.55-0", None, "=10.3.9.55-0"),
    # exactly
    ("pytorch 2.1", "pytorch", "==2.1", None, "2.1"),
    ("pytorch==2.1", "pytorch", "==2.1", None, "==2.1"),
    ("pytorch == 2.1", "pytorch", "==2.1", None, "== 2.1"),
    ("pytorch===2.1", "pytorch", "==2.1", None, "===2.1"),
    ("x264=1!157.20191217=h7b6447c_0", "x264", "==1!157.20191217", "h7b6447c_0", "=1!157.20191217=h7b6447c_0"),
    ("_libgcc_mutex=0.1=main", "_libgcc_mutex", "==0.1", "main", "=0.1=main"),
    (
        "pytorch=2.1.0=py3.10_cuda11.8_cudnn8.7.0_0",
        "pytorch",
        "==2.1.0",
        "py3.10_cuda11.8_cudnn8.7.0_0",
        "=2.1.0=py3.10_cuda11.8_cudnn8.7.0_0",
    ),
    # with a build
    ("pytorch=2.1=*cuda*", "pytorch", "==2.1", "*cuda*", "=2.1=*cuda*"),
    ("pytorch =2.1 *cuda*", "pytorch", "==2.1", "*cuda*", "=2.1 *cuda*"),
    ("pytorch==2.1=*cuda*", "pytorch", "==2.1", "*cuda*", "==2.1=*cuda*"),
    ("pytorch 2.1 *cuda*", "pytorch", "==2.1", "*cuda*", "2.1 *cuda*"),
    ("pytorch 2.1.* *cuda*", "pytorch", "=2.1", "*cuda*", "2.1.* *cuda*"),
    ("pytorch=2.1.*=*cuda*", "pytorch", "=2.1", "*cuda*", "=2.1.*=*cuda*"),
    ("pytorch=*=*cuda*", "pytorch", "*", "*cuda*", "=*=*cuda*"),
    ("tensorflow==*=*cuda112*", "tensorflow", "*", "*cuda112*", "==*=*cuda112*"),
    ("torchvision>=*=*cuda112*", "torchvision", "*", "*cuda112*", ">=*=*cuda112*"),
    ("blas=*=openblas", "blas", "*", "openblas", "=*=openblas"),
    ("name>=1.0=build", "name", ">=1.0", "build", ">=1.0=build"),
    ("name >=1.0 , <2.0 py34_0", "name", ">=1.0,<2.0", "py34_0", ">=1.0 , <2.0 py34_0"),
    ("name >=1.0,<2.0 = py34_0", "name", ">=1.0,<2.0", "py34_0", ">=1.0,<2.0 = py34_0"),
    ("pytorch=1.2.0='cuda92*'", "pytorch", "==1.2.0", "cuda92*", "=1.2.0='cuda92*'"),
    ("numpy 1.21 ^py3[89].*$", "numpy", "==1.21", "^py3[89].*$", "1.21 ^py3[89].*$"),
    # ranges
    ("numpy>=1.20,<2", "numpy", ">=1.20,<2", None, ">=1.20,<2"),
    ("python >=3.8,<3.9", "python", ">=3.8,<3.9", None, ">=3.8,<3.9"),
    ("python >= 3.8, < 3.9", "python", ">=3.8,<3.9", None, ">= 3.8, < 3.9"),
    ("python >=  3.8", "python", ">=3.8", None, ">=  3.8"),
    ("python (>=3.8)", "python", ">=3.8", None, "(>=3.8)"),
    ("python=3.8|3.9", "python", "=3.8|3.9", None, "=3.8|3.9"),
    ("python ==2.7.*|>=3.5", "python", "=2.7|>=3.5", None, "==2.7.*|>=3.5"),
    ("numpy=1.10.*,!=1.10.2", "numpy", "=1.10,!=1.10.2", None, "=1.10.*,!=1.10.2"),
    ("libcuvs==26.10.*,>=0.0.0a0", "libcuvs", "=26.10,>=0.0.0a0", None, "==26.10.*,>=0.0.0a0"),
    ("scikit-learn~=1.2.1", "scikit-learn", "~=1.2.1", None, "~=1.2.1"),
    ("python=>3.8", "python", ">=3.8", None, "=>3.8"),
    ("python=<3.9", "python", "<3.9", None, "=<3.9"),
    ("x264 >=1 !164.3095,<1!165", "x264", ">=1!164.3095,<1!165", None, ">=1 !164.3095,<1!165"),
    # brackets and comments
    ("pkg[version='>=1',build=*cuda*,channel=conda-forge]", "pkg", ">=1", "*cuda*", ">=1"),
    ('pkg [version="=1.2", build=py_0]', "pkg", "=1.2", "py_0", "=1.2"),
    ("pkg[version==1.2.*]", "pkg", "=1.2", None, "=1.2.*"),
    ("pkg=1.0[version=2.0]", "pkg", "==2.0", None, "2.0"),
    ("pkg=1.0=a[build=b]", "pkg", "==1.0", "b", "=1.0=a"),
    ("pkg=1.0[md5=0123456789abcdef0123456789abcdef]", "pkg", "=1.0", None, "=1.0"),
    ("imageio[ffmpeg]", "imageio", None, None, None),
    ("pkg=1.0 # see issue", "pkg", "=1.0", None, "=1.0"),
    ("pkg[url='https://example.org/a#b']", "pkg", None, None, None),
]


@pytest.mark.parametrize(("text", "name", "version", "build", "span"), SPELLINGS, ids=[row[0] for row in SPELLINGS])
def test_spellings(text: str, name: str, version: str | None, build: str | None, span: str | None) -> None:
    spec = parse_matchspec(text)
    assert (spec.name, spec.build, spec.text, str(spec)) == (name, build, text, text)
    assert (spec.version and spec.version.cuts) == (version and parse_version_spec(version).cuts)
    assert (spec.version_span and text[slice(*spec.version_span)]) == span
    assert spec.exact_build is (build is not None and "*" not in build)


@pytest.mark.parametrize(
    ("text", "name", "channel", "subdir"),
    [
        ("numpy", "numpy", None, None),
        ("conda-forge::numpy=1.2", "numpy", "conda-forge", None),
        ("pytorch::pytorch=1.13.*=*cuda*", "pytorch", "pytorch", None),
        ("conda-forge/linux-64::numpy", "numpy", "conda-forge", "linux-64"),
        ("*/linux-64::numpy", "numpy", None, "linux-64"),
        ("nvidia/label/cuda-12.1.0::cuda-nvcc", "cuda-nvcc", "nvidia/label/cuda-12.1.0", None),
        ("conda-forge:ns:numpy", "numpy", "conda-forge", None),
        ("ns:numpy", "numpy", None, None),
        ("http://localhost:8000/chan::numpy", "numpy", "http://localhost:8000/chan", None),
        ("https://me:p@ss@host.example/t/to-ken/chan/noarch::numpy", "numpy", "https://host.example/chan", "noarch"),
        ("numpy[channel=conda-forge/osx-arm64]", "numpy", "conda-forge", "osx-arm64"),
        ("a::numpy[channel=b,subdir=win-64]", "numpy", "b", "win-64"),
    ],
)
def test_channels(text: str, name: str, channel: str | None, subdir: str | None) -> None:
    spec = parse_matchspec(text)
    assert (spec.name, spec.channel, spec.subdir) == (name, channel, subdir)


def test_credentials_are_taken_off_urls_only() -> None:
    assert without_credentials("https://token@host.example/t/abc") == "https://host.example"
    assert without_credentials("owner/t/label") == "owner/t/label"


@pytest.mark.parametrize(
    ("text", "name", "version", "build", "channel", "subdir"),
    [
        (
            "https://host.example/conda-forge/linux-64/x264-1%21164.3095-h166bdaf_2.tar.bz2#0123456789abcdef",
            *("x264", "1!164.3095", "h166bdaf_2", "https://host.example/conda-forge", "linux-64"),
        ),
        (
            "https://me:secret@host.example/t/abc/c/noarch/ruamel.yaml-0.18.6-py_0.conda",
            *("ruamel.yaml", "0.18.6", "py_0", "https://host.example/c", "noarch"),
        ),
        ("./pkgs/scikit-learn-1.2.1-py311_0.conda", "scikit-learn", "1.2.1", "py311_0", None, None),
        ("numpy-1.11.0-py27_0.tar.bz2", "numpy", "1.11.0", "py27_0", None, None),
    ],
)
def test_package_files(text: str, name: str, version: str, build: str, channel: str | None, subdir: str | None) -> None:
    spec = parse_matchspec(text)
    assert (spec.name, spec.build, spec.exact_build, spec.channel, spec.subdir) == (name, build, True, channel, subdir)
    assert spec.version is not None
    assert spec.version.is_exact == version
    assert spec.version_span is None


@pytest.mark.parametrize(
    ("text", "message", "span"),
    [
        ("", "no package name", ""),
        ("   ", "no package name", ""),
        ("==1.0", "no package name", "==1.0"),
        ("-e .", "no package name", "-e ."),
        ("*", "no package name", "*"),
        ("conda-forge::", "no package name", ""),
        ("numpy,scipy", "no package name", "numpy,scipy"),
        ("conda-forge:: numpy;", "no package name", "numpy;"),
        ("<<<<<<< HEAD", "no package name", "<<<<<<< HEAD"),
        ("git+https://example.org/x", "no package name", "//example.org/x"),
        ("https://example.org/x-1.conda", "no package file: its name is not name-version-build", None),
        ("x-1..0-py_0.conda", "empty version component", None),
        ("numpy==", "no version after `==`", "=="),
        ("numpy >=", "no version after `>=`", ">="),
        ("numpy>=1.0,", "expected a version", ""),
        ("numpy >=1.0, <2..0", "empty version component", "<2..0"),
        ("numpy==1..0=py_0", "empty version component", "1..0"),
        ("python >=3.8 <3.9", "character `<` in a version", ">=3.8 <3.9"),
        ("python >=3.8 and <3.9", "character `<` in a version", ">=3.8 and <3.9"),
        ("numpy 1.2 py_0 extra", "more than a name, a version and a build", "1.2 py_0 extra"),
        ("numpy=1.2=py_0=x_1", "character `=` in a version", "=1.2=py_0"),
        ("numpy 1.2(1.3)", "expected `,` or `|`", "("),
        ("numpy[build='^(a+)+$']", "regular expression is too complex", None),
        ("numpy==1.19; python_version<'3'", "character `;` in a version", "1.19; python_version<'3'"),
        ("pkg[version='']", "key `version` without a value", "version=''"),
        ("pkg[version=", "unbalanced brackets", "["),
        ("pkg]", "unbalanced brackets", "]"),
        ("pkg[version='>1.0.']", "empty version component", ">1.0."),
        ("a" * 2000, "requirement longer than 1024 characters", None),
    ],
)
def test_invalid(text: str, message: str, span: str | None) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        parse_matchspec(text)
    error = caught.value
    assert error.message == message
    assert text[error.start : error.end] == (text if span is None else span)
    assert str(error) == f"{message}: `{text}`"


@pytest.mark.parametrize(
    ("text", "version", "build", "expected"),
    [
        ("pytorch", "2.1.0", "anything", True),
        ("pytorch=2.1", "2.1.2", None, True),
        ("pytorch 2.1", "2.1.2", None, False),
        ("pytorch=2.1=*cuda*", "2.1.2", None, False),
        ("pytorch=2.1=*cuda*", "2.1.0", None, True),
        ("pytorch=2.1=*cuda*", "2.1.0", "py3.10_cuda11.8_cudnn8.7.0_0", True),
        ("pytorch=2.1=*cuda*", "2.1.0", "py3.10_cpu_0", False),
        ("pytorch=*=*CUDA*", "2.1.0", "py3.10_cuda11.8_0", True),
        ("pytorch 2.5.1 cuda*_mkl*305", "2.5.1", "cuda126_mkl_py312_h30b5a27_305", True),
        ("pytorch 2.5.1 cuda*_mkl*305", "2.5.1", "cuda126_generic_py312_h30b5a27_305", False),
        ("x * a*b*b", "1", "ab", False),
        ("x * ab*ba", "1", "aba", False),
        ("x * *_0", "1", "py_0", True),
        ("x * *_0", "1", "py_1", False),
        ("blas=*=openblas", "1", "openblas", True),
        ("blas=*=openblas", "1", "openblas_0", False),
        ("numpy 1.21 ^py3[89].*$", "1.21", "PY38_0", True),
        ("numpy 1.21 ^py3[89].*$", "1.21", "py37_0", False),
        ("numpy 1.21 ^py3[89].*$", "1.20", "py38_0", False),
    ],
)
def test_matches(text: str, version: str, build: str | None, expected: bool) -> None:
    assert parse_matchspec(text).matches(version, build) is expected


def test_one_text_gives_one_value() -> None:
    assert parse_matchspec("pytorch=2.1") is parse_matchspec("pytorch=2.1")


def test_every_real_spec_is_read_and_its_version_can_be_replaced() -> None:
    """The span of the version is what an edit must replace: the rest stays the same requirement."""
    for text in lines("specs.txt"):
        spec = parse_matchspec(text)
        if spec.version_span is not None:
            start, end = spec.version_span
            edited = parse_matchspec(f"{text[:start]}==1.0=abc{text[end:]}")
            assert (edited.name, edited.build) == (spec.name, "abc"), text
            assert edited.version is not None
            assert edited.version.is_exact == "1.0"


# --- py-rattler -------------------------------------------------------------------------------------------------------

#: Where py-rattler 0.28 goes its own way: it refuses (None) what conda takes, or reads another build.
RATTLER_DIFFERS = [
    ("x264 >=1 !164.3095,<1!165", "!164.3095,<1!165", "conda removes the space; a build holds no comma"),
    ("pytorch=1.2.0='cuda92*'", "'cuda92*'", "quotes within a YAML scalar; nothing could match them"),
    ("name >=1.0,<2.0 = py34_0", "= py34_0", "conda takes `=` for the separator"),
    ("pkg=", None, "conda takes it for the bare name"),
    ("pkg= ", None, "the same with a space at its end"),
    ("pytorch===2.1", None, "conda drops all of them"),
    ("python=>3.8", None, "conda reads `>3.8*`"),
    ("python=<3.9", None, "conda reads `<3.9*`"),
    ("numpy 1.21 ^py3[89].*$", None, "CEP 29: a regular expression; py-rattler takes `[` for brackets"),
    ("imageio[ffmpeg]", None, "conda ignores brackets without a key"),
    ("numpy 1.*.3", None, "CEP 29: a glob inside a version is compared as text"),
    (r"numpy ^1\.2.*$", None, "CEP 29: a regular expression"),
]


@pytest.mark.parametrize(("text", "build", "why"), RATTLER_DIFFERS, ids=[row[0] for row in RATTLER_DIFFERS])
def test_known_differences_to_rattler(text: str, build: str | None, why: str) -> None:
    """If one of these fails, py-rattler has come round: the row can go."""
    rattler = pytest.importorskip("rattler")
    ours = parse_matchspec(text)
    if build is None:
        with pytest.raises(Exception, match=r"unable to parse|bracket|not supported"):
            rattler.MatchSpec(text)
    else:
        assert rattler.MatchSpec(text).build == build != ours.build, why


def test_rattler_reads_real_specs_alike_and_matches_the_same_records() -> None:
    rattler = pytest.importorskip("rattler")
    records: dict[str, list[tuple[str, str, object]]] = {}
    for line in lines("versions.txt"):
        name, version, build = line.split()
        record = rattler.PackageRecord(name, version, rattler.BuildString(build), 0, "linux-64")
        records.setdefault(name, []).append((version, build, record))
    different = {row[0] for row in RATTLER_DIFFERS}
    wrong, matched, refused = [], 0, 0
    for text in [*lines("specs.txt"), *(row[0] for row in SPELLINGS)]:
        if text in different:
            continue
        ours, theirs = parse_matchspec(text), rattler.MatchSpec(text)
        assert (ours.name, ours.build) == (theirs.name.normalized, theirs.build), text
        for version, build, record in records.get(ours.name, []):
            answer = ours.matches(version, build)
            matched, refused = matched + answer, refused + (not answer)
            if answer != theirs.matches(record):
                wrong.append((text, version, build))
    assert wrong == []
    assert min(matched, refused) > 2000, (matched, refused)


# --- properties -------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(st.text() | st.text("ab01.-_=<>!~,|()[]'\" *:/#^$\\%\t\n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidMatchSpec):
        spec = parse_matchspec(text)
        assert isinstance(spec, MatchSpec)
        assert spec.name
        assert spec.matches("1.0", "py_0") in (True, False)
        if spec.version_span is not None:
            assert 0 <= spec.version_span[0] <= spec.version_span[1] <= len(text)


@settings(deadline=None)
@given(st.sampled_from(["numpy", "_x", "a.b-c"]), st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}", fullmatch=True))
def test_separators(name: str, version: str) -> None:
    """CEP 29: `name=1.8` is a series; `name 1.8`, `name==1.8` and `name=1.8=build` are exactly 1.8."""
    series = parse_matchspec(f"{name}={version}")
    assert series.version is not None
    assert series.version.series == version
    for text in (f"{name} {version}", f"{name}=={version}", f"{name}={version}=*", f"{name} {version} *"):
        exact = parse_matchspec(text)
        assert exact.version is not None
        assert exact.version.is_exact == version
        assert exact.matches(version)
