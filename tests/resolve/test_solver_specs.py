"""Conda requirements as the solver gets them: what py-rattler reads strictly is what our own reader means."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.model.matchspec import parse_matchspec
from compat.resolve.conda.solver_specs import to_solver_text

DATA = Path(__file__).parents[1] / "data" / "conda"


def lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


#: As files spell them; as the solver gets them.
SPELLINGS = [
    ("numpy", "numpy"),
    ("PyJWT", "pyjwt"),
    ("_libgcc_mutex=0.1=main", "_libgcc_mutex[version='==0.1',build='main']"),
    ("pytorch=2.1", "pytorch[version='=2.1']"),
    ("pytorch 2.1", "pytorch[version='==2.1']"),
    ("pytorch==2.1", "pytorch[version='==2.1']"),
    ("pytorch===2.1", "pytorch[version='==2.1']"),
    ("pytorch=2.1.*", "pytorch[version='2.1.*']"),
    ("pytorch=2.1=*cuda*", "pytorch[version='==2.1',build='*cuda*']"),
    ("pytorch=*=cuda*", "pytorch[build='cuda*']"),
    ("pytorch=2.1=*", "pytorch[version='==2.1']"),
    ("pytorch =2.1 py3.10_cuda11.8_cudnn8.7.0_0", "pytorch[version='==2.1',build='py3.10_cuda11.8_cudnn8.7.0_0']"),
    ("python=>3.8", "python[version='>=3.8']"),
    ("python=<3.9", "python[version='<3.9']"),
    ("python>3.9.*", "python[version='>3.9']"),
    ("python>3.9*", "python[version='>=3.9']"),
    ("python>=3.9.*", "python[version='>=3.9']"),
    ("numpy!=1.24.*", "numpy[version='!=1.24.*']"),
    ("numpy ~=1.24", "numpy[version='~=1.24']"),
    ("numpy >=1.20,<2|==2.1", "numpy[version='>=1.20,<2|==2.1']"),
    ("numpy (>=1.20|1.19.*),<2", "numpy[version='(>=1.20|1.19.*),<2']"),
    ("x264=1!164.3095", "x264[version='=1!164.3095']"),
    ("pkg=", "pkg"),
    ("imageio[ffmpeg]", "imageio"),
    ("numpy[version='>=1.20', build='py39*']", "numpy[version='>=1.20',build='py39*']"),
    ("numpy[version='1.20',build_number='>=2']", "numpy[version='==1.20',build_number='>=2']"),
    ("conda-forge::numpy", "numpy[channel='conda-forge']"),
    ("conda-forge/linux-64::numpy=1.20", "numpy[version='=1.20',channel='conda-forge',subdir='linux-64']"),
    ("numpy 1.21 ^py3[89].*$", "numpy[version='==1.21',build='^py3[89].*$']"),
    (
        "https://user:secret@example.org/t/tk-1/conda-forge/linux-64/numpy-1.21.0-py39_0.tar.bz2",
        "numpy[version='==1.21.0',build='py39_0',channel='https://example.org/conda-forge',subdir='linux-64']",
    ),
    ("https://user:secret@example.org/conda-forge::numpy", "numpy[channel='https://example.org/conda-forge']"),
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS, ids=[row[0][-40:] for row in SPELLINGS])
def test_spellings(text: str, expected: str) -> None:
    assert to_solver_text(parse_matchspec(text)) == expected
    rattler = pytest.importorskip("rattler")
    rattler.MatchSpec(expected, strict=True)


@pytest.mark.parametrize("text", ["numpy 1.*.3", r"numpy ^1\.2.*$", "numpy >=1,1.*.3"])
def test_what_compares_versions_as_text_has_no_spelling(text: str) -> None:
    assert to_solver_text(parse_matchspec(text)) is None


def test_real_specs_match_the_same_records_for_rattler() -> None:
    rattler = pytest.importorskip("rattler")
    records: dict[str, list[tuple[str, str, object]]] = {}
    for line in lines("versions.txt"):
        name, version, build = line.split()
        record = rattler.PackageRecord(name, version, rattler.BuildString(build), 0, "linux-64")
        records.setdefault(name, []).append((version, build, record))
    wrong, matched, refused = [], 0, 0
    for text in [*lines("specs.txt"), *(row[0] for row in SPELLINGS)]:
        ours = parse_matchspec(text)
        solver_text = to_solver_text(ours._replace(channel=None, subdir=None, build_number=None))
        assert solver_text is not None, text
        theirs = rattler.MatchSpec(solver_text, strict=True)
        for version, build, record in records.get(ours.name, []):
            answer = theirs.matches(record)
            matched, refused = matched + answer, refused + (not answer)
            if answer != ours.matches(version, build):
                wrong.append((text, solver_text, version, build))
    assert wrong == []
    assert min(matched, refused) > 2000, (matched, refused)
