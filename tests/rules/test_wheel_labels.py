"""Local labels of extension wheels, as projects spell them."""

from __future__ import annotations

import pytest

from compat.rules.wheel_labels import Label, parse_label


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("cu118torch2.2cxx11abiTRUE", Label((2, 2), (11, 8), True)),
        ("cu12torch2.6cxx11abiFALSE", Label((2, 6), (12,), False)),
        ("cu128torch2.9.0cxx11abifalse", Label((2, 9, 0), (12, 8), False)),
        ("pt26cu124", Label((2, 6), (12, 4), None)),
        ("pt113cu117", Label((1, 13), (11, 7), None)),
        ("pt2.0.1cu118", Label((2, 0, 1), (11, 8), None)),
        ("rocm5.6.torch2.2.2", Label((2, 2, 2), None, None)),
        # 2.1.0 or 2.10: both spellings exist
        ("torch210cu121", Label(None, (12, 1), None)),
        ("cu121", Label(None, (12, 1), None)),
        ("cpu", Label(None, None, None)),
        (None, Label(None, None, None)),
    ],
)
def test_parts_of_a_label(local: str | None, expected: Label) -> None:
    assert parse_label(local) == expected
