"""What the file names of wheels say."""

from __future__ import annotations

import pytest

from compat.model.knowledge import Wheels
from compat.model.wheels import parse_wheel_name, read_tags, to_wheels


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("cp312-cp312-manylinux_2_28_x86_64", {"linux-64": Wheels(frozenset({(3, 12)}), None, (2, 28))}),
        ("cp36-cp36m-manylinux1_x86_64", {"linux-64": Wheels(frozenset({(3, 6)}), None, (2, 5))}),
        ("cp38-abi3-manylinux2014_aarch64", {"linux-aarch64": Wheels(frozenset(), (3, 8), (2, 17))}),
        ("cp39-none-win_amd64", {"win-64": Wheels(frozenset({(3, 9)}))}),
        ("py2.py3-none-any", {"any": Wheels(frozenset(), (3, 0))}),
        ("py310-none-any", {"any": Wheels(frozenset(), (3, 10))}),
        (
            "cp311-cp311-macosx_10_9_universal2",
            {"osx-64": Wheels(frozenset({(3, 11)})), "osx-arm64": Wheels(frozenset({(3, 11)}))},
        ),
        ("cp311-cp311-linux_x86_64", {"linux-64": Wheels(frozenset({(3, 11)}))}),
        ("cp313-cp313t-manylinux_2_28_x86_64", {}),
        ("pp310-pypy310_pp73-manylinux2014_x86_64", {}),
        ("cp311-cp311-musllinux_1_1_x86_64", {}),
        ("cp311-cp311-win32", {}),
        ("cp27-cp27m-manylinux1_x86_64", {}),
    ],
)
def test_tags(tags: str, expected: dict[str, Wheels]) -> None:
    parsed = parse_wheel_name(f"x-1.0-{tags}.whl")
    assert parsed is not None
    assert to_wheels(read_tags(*parsed[2:])) == expected


def test_several_platforms_and_wheels() -> None:
    one = read_tags("cp311", "cp311", "manylinux_2_17_x86_64.manylinux2014_x86_64")
    two = read_tags("cp312", "cp312", "manylinux_2_28_x86_64")
    assert to_wheels([*one, *two]) == {"linux-64": Wheels(frozenset({(3, 11), (3, 12)}), None, (2, 17))}
    assert [tag.serves(11) for tag in (*one, *two)] == [True, False]


def test_names() -> None:
    assert parse_wheel_name("x_y-1.0-2a-cp39-cp39-win32.whl") == ("1.0", 2, "cp39", "cp39", "win32")
    assert parse_wheel_name("x-1.0.tar.gz") is None
    assert parse_wheel_name("x-1.0.whl") is None
