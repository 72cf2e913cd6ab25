"""What resolving real and drawn files with another installer found: as pins they resolved, relaxed they did not."""

from __future__ import annotations

import pytest

from compat.api.relax import relax_files
from compat.model.relaxation import FileRelaxation


def relaxed(text: str, policy: str | None = None) -> FileRelaxation:
    (file,) = relax_files({"requirements.txt": text.encode()}, policy=policy).files
    return file


@pytest.mark.parametrize(
    ("pin", "policy"),
    [
        ("setuptools==72.0.0", None),  # the only release of 72.0
        ("torchvision==0.2.2", None),  # what follows in its series is yanked too
        ("transformers==4.57.0", "patch"),
    ],
)
def test_a_yanked_pin_stays_where_its_range_holds_nothing_else(pin: str, policy: str | None) -> None:
    # PEP 592: an installer takes a yanked release for `==` alone.
    file = relaxed(f"{pin}\n", policy)
    assert not file.changes
    assert [(left.package, left.why) for left in file.left] == [
        (pin.partition("==")[0], "the release is yanked, so only `==` gets it, and the range holds no other")
    ]


@pytest.mark.parametrize(
    ("pin", "new"),
    [
        ("transformers==4.57.0", ">=4.57.0,<4.58"),
        ("opencv-python==4.4.0.42", ">=4.4.0.42,<4.5,!=4.4.0.44"),
        ("--extra-index-url https://example.org/simple\nsetuptools==72.0.0", ">=72.0.0,<72.1"),  # it may serve others
    ],
)
def test_a_yanked_pin_is_relaxed_where_its_range_holds_others(pin: str, new: str) -> None:
    (change,) = relaxed(f"{pin}\n").changes
    assert change.new == new
