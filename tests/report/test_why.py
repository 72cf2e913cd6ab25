"""What `compat why` says: whole trees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compat.model.locking import Asker
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.why import Branch, Decision, Why
from compat.report.why import render_why

NUMBA = Asker('numpy<2.4,>=1.22; python_version > "3.9" and platform_machine == "x86_64"', to_pypi_name("numba"))
PANDAS = Asker("numpy>=1.26.0", to_pypi_name("pandas"))
LINE = Asker("numpy>=1.23", place=Place("requirements.txt", 3, 1))
BRANCHES = (
    Branch(LINE),
    Branch(
        NUMBA,
        "0.62.1",
        (
            Branch(
                Asker("numba>=0.60", to_pypi_name("umap-learn")),
                "0.5.9",
                (Branch(Asker("umap-learn", place=Place("in/more.txt", 7, 1))),),
            ),
            Branch(
                Asker("", to_pypi_name("pandas")),
                "2.3.3",
                (Branch(Asker("pandas<3", place=Place("requirements.txt", 1, 1))),),
            ),
        ),
    ),
    Branch(PANDAS, "2.3.3", seen=True),
)
FULL = Why(
    to_pypi_name("numpy"), "2.3.5", ("linux-64", "linux-aarch64"), BRANCHES, Decision("upper", NUMBA, "0.62.1", "<2.4")
)
PINNED = Why(
    to_pypi_name("six"),
    "1.17.0",
    ("osx-64",),
    (Branch(Asker("six==1.17.0")),),
    Decision("exact", Asker("six==1.17.0"), "", "==1.17.0"),
)
URL = Asker("a @ https://me:secret@x.example/a.zip", place=Place("in.txt", 1, 1))
FROM_URL = Why(to_pypi_name("a"), "", (), (Branch(URL),), Decision("url", URL, "", "https://me:secret@x.example/a.zip"))
NOBODY = Why(to_pypi_name("b"), "1", ("linux-64",), (), Decision("none"))
SILENT = NOBODY._replace(linked=False)


@pytest.mark.parametrize("width", [60, 80])
def test_whole_output(width: int, golden: Callable[[str, str], None]) -> None:
    answers = [FULL, PINNED, FROM_URL, NOBODY, SILENT]
    shown = render_why(answers, color=False, width=width)
    assert "secret" not in shown
    golden(f"why-{width}.txt", shown)


def test_colour(golden: Callable[[str, str], None]) -> None:
    golden("why-colored.txt", render_why([FULL], color=True, width=80))
