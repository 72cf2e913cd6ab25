"""Relaxations to render, made of values as the api makes them."""

from __future__ import annotations

from compat.model.diagnostics import Evidence
from compat.model.places import Edit, Place
from compat.model.relaxation import Change, FileRelaxation, Left, Proof, Relaxation, Solution
from tests.reports import DAY

FILE = "requirements.txt"
YANKED = Evidence("not 2.7.2: yanked (`wheels lack a library`)", "pkg:pypi/torch@2.7.2 Yanked", DAY)
PAIR = Evidence(
    "not torchvision 0.22.2: it was made for torch 2.7.2, and torch 2.7.1 lacks a symbol that it looks for",
    "https://code.example.org/issues/9",
    DAY,
    thin=True,
)


def bounds(lower: str, upper: str) -> tuple[Evidence, Evidence]:
    """What policy alone says about a range."""
    return (
        Evidence(f"`>={lower}`: the pinned release is the lowest that was tested", "docs/relax.md", None),
        Evidence(f"`<{upper}`: where the next series starts, by policy `minor`", "docs/relax.md", None),
    )


def change(
    package: str, line: int, old: str, new: str, *reasons: Evidence, path: str = FILE, policy: str = "minor"
) -> Change:
    """The version of a requirement that starts its line is changed."""
    start = len(package) + 1
    edit = Edit(Place(path, line, start, line, start + len(old)), new)
    return Change(package, Place(path, line, 1, line, start + len(old)), old, new, policy, reasons, edit)


def make_relaxation(*files: FileRelaxation, proof: Proof | None = None, notes: tuple[str, ...] = ()) -> Relaxation:
    return Relaxation("compat 0.1.0", "2026-11-22", files, proof, notes)


TORCH = change("torch", 3, "==2.7.1", ">=2.7.1,<2.8,!=2.7.2", *bounds("2.7.1", "2.8"), YANKED)
VISION = change("torchvision", 4, "==0.22.1", ">=0.22.1,<0.23,!=0.22.2", *bounds("0.22.1", "0.23"), PAIR, YANKED)
PANDAS = change("pandas", 5, "==2.2.2", ">=2.2.2,<3", *bounds("2.2.2", "3"), policy="major")
EXPORTED = change("six", 6, "==1.17.0", "", Evidence("pandas brings it", "pkg:pypi/pandas@2.2.2 METADATA", DAY))


def full_proof() -> Proof:
    """Two targets with one answer, one with a conflict, one with gaps."""
    both = Solution(
        FILE,
        "",
        "linux-64",
        "ok",
        "3.12",
        highest={"torch": "2.7.1", "numpy": "2.3.5", "torchvision": "0.22.1"},
        lowest={"torch": "2.7.1", "numpy": "1.26.4", "torchvision": "0.22.1"},
    )
    why = "`torchvision>=0.22.1,<0.23` needs `torch==2.7.1`, of which win-64 has no wheel for Python 3.14"
    return Proof(
        "index",
        (
            both,
            both._replace(target="linux-aarch64,gpu=gh200,driver=580"),
            Solution(FILE, "", "win-64,python=3.14", "conflict", why=why),
            both._replace(
                variant="gpu",
                verdict="unknown",
                unknown=("our-package", "a-fork"),
                ends=("numpy 1.26.4 is never taken: torchvision needs numpy>=2",),
            ),
        ),
        unreached=("index https://me:secret@pypi.example.org/simple: no answer in 10 s",),
    )


def full_relaxation() -> Relaxation:
    """Every part at once."""
    hashed = tuple(
        Left(f"dist-{n}", Place("pinned.txt", n, 1), "hashes: pip's hash mode forbids ranges") for n in range(1, 16)
    )
    first = FileRelaxation(
        FILE,
        "requirements",
        (TORCH, VISION, PANDAS, EXPORTED),
        (
            Left("foo", Place(FILE, 9, 1), "a git pin"),
            Left("bar", Place(FILE, 10, 1), "`===` asks for this very text, which no range can"),
        ),
    )
    broken = FileRelaxation(
        "broken.yml", "environment", error="expected `,` or `]`,\ngot `:`", error_line=2, error_column=2
    )
    return make_relaxation(
        first,
        FileRelaxation("pinned.txt", "requirements", left=hashed),
        broken,
        proof=full_proof(),
        notes=(
            "`--extra-index-url https://me:secret@pypi.example.org/simple` is not known to compat, so that more may be there",
        ),
    )
