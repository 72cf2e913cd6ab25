"""What an entry is: a pin, something that stays and why, or a range, which nobody asked about."""

from __future__ import annotations

import pytest

from compat.relaxing.pins import Held, Pin, read_entry
from tests.formats.readings import read_text

HASH = f"--hash=sha256:{'a' * 64}"
GIT, EDITABLE, URL, FILE = "a git pin", "an editable install", "a URL", "a file on the machine that wrote this"
TEXT = "`===` asks for this very text, which no range can"
CONSTRAINT = "a constraint (`-c`), which bounds what others ask for"
TWO = "it is pinned to two versions at once"
BOUNDED = "it has an upper bound beside its pin"
HASHES = "hashes: pip's hash mode forbids ranges (`--drop-hashes` takes them off)"


def outcome(kind: str, text: str, *, drop_hashes: bool = False, constraint: bool = False) -> object:
    """The last entry of *text*: a pin as version, label and build (without trailing None), else why it stays."""
    document = read_text(kind, text)
    entry = document.pip[-1]._replace(constraint=constraint) if document.pip else document.conda[-1]
    found = read_entry(entry, document, drop_hashes=drop_hashes)
    if isinstance(found, Pin):
        return (found.version, found.label, *found.excluded)
    return found.why if isinstance(found, Held) else None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x==2.7", ("2.7", "")),
        ("x== 2.7.1", ("2.7.1", "")),
        ("x [a,b] == 2.7.1 ; python_version < '3.12'  # why", ("2.7.1", "")),
        ("x (==2.7.1)", ("2.7.1", "")),
        ("x==v2.7.1", ("2.7.1", "")),
        ("x==1!2.0.3", ("1!2.0.3", "")),
        ("x==2.0.0rc1", ("2.0.0rc1", "")),
        ("x==1.0-1", ("1.0-1", "")),
        ("x==2.7.1+CU118", ("2.7.1", "cu118")),
        ("x==2.7.1,!=2.7.2", ("2.7.1", "", "2.7.2")),
        ("x==2.7.1,!=2.7.2,!=2.7.3,>=2.0", ("2.7.1", "", "2.7.2", "2.7.3")),
        ("x==2.7.1,>2", ("2.7.1", "")),
        ("x==2.7.1,<2.7.5", BOUNDED),
        ("x==2.7.1,~=2.7.0", BOUNDED),
        ("x==2.7.1,==2.7.*", BOUNDED),
        ("x==2.7,==2.8", TWO),
        ("x===2.7.1", TEXT),
        ("x==2.7.*", None),
        ("x~=2.7.1", None),
        ("x>=2.7.1", None),
        ("x>=2.7.1,<2.8", None),
        ("x!=2.7.1", None),
        ("x", None),
        ("x @ https://example.org/x-1.0-py3-none-any.whl", URL),
        ("x @ file:///tmp/x-1.0-py3-none-any.whl", FILE),
        ("x @ git+https://example.org/x.git@v1", GIT),
        ("git+https://example.org/x.git@v1#egg=x", GIT),
        ("-e git+https://example.org/x.git@v1#egg=x", GIT),
        (f"x==2.7.1 {HASH}", HASHES),
        (f"y==1.0 {HASH}\nx==2.7.1", HASHES),
        (f"y==1.0 {HASH}\nx>=2.7.1", None),
    ],
)
def test_pip(line: str, expected: object) -> None:
    assert outcome("requirements", f"{line}\n") == expected


def test_hashes_can_be_dropped() -> None:
    assert outcome("requirements", f"x==2.7.1 {HASH}\n", drop_hashes=True) == ("2.7.1", "")


@pytest.mark.parametrize(("line", "expected"), [("x==2.7.1", CONSTRAINT), ("x===2.7.1", TEXT), ("x>=2", None)])
def test_constraints(line: str, expected: object) -> None:
    assert outcome("requirements", f"{line}\n", constraint=True) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("x=1.2", None),
        ("x=1", None),
        ("x 1.2.*", None),
        ("x=1.2.*", None),
        ("x>=1.2,<2", None),
        ("x", None),
        ("x=1.2.3", ("1.2.3", None)),
        ("x==1.2", ("1.2", None)),
        ("x==1.2.3", ("1.2.3", None)),
        ("x 1.2", ("1.2", None)),
        ("x 1.2.3", ("1.2.3", None)),
        ("x=1.2=py310_0", ("1.2", None)),
        ("x=1.2.3=py310_cuda11.8_0", ("1.2.3", "*cuda11.8*")),
        ("x 1.2.3 *cuda*", ("1.2.3", "*cuda*")),
        ("x=1.0.2p", ("1.0.2p", None)),
        ("c::x=1.2.3", ("1.2.3", None)),
        ("c::x[version=1.2.3]", ("1.2.3", None)),
        ("x[version='1.2.3',build=*cuda*]", ("1.2.3", "*cuda*")),
        ("x[version='1.2.3',build=py310_0]", "its build `py310_0` stands apart and names one file"),
        ("x[version='>=1.2']", None),
        ("https://example.org/linux-64/x-1.2.3-0.conda", "the URL or path of a package file"),
        ("https://example.org/linux-64/x-1.2.3-0.tar.bz2", "the URL or path of a package file"),
        ("x==latest", "no series can be told from `latest`"),
    ],
)
def test_conda(spec: str, expected: object) -> None:
    document = read_text("environment", f'dependencies:\n  - "{spec}"\n')
    found = read_entry(document.conda[0], document, drop_hashes=False)
    if isinstance(found, Pin):
        assert (found.version, found.build) == expected
    else:
        assert (found.why if isinstance(found, Held) else None) == expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("pyproject", '[project]\ndependencies = ["x=\\u003d1.2.3"]\n'),
        ("environment", 'dependencies:\n  - "x=\\u003d1.2.3"\n'),
    ],
)
def test_a_version_without_a_place_stays(kind: str, text: str) -> None:
    document = read_text(kind, text)
    entry = document.pip[0] if document.pip else document.conda[0]
    found = read_entry(entry, document, drop_hashes=False)
    assert isinstance(found, Held)
    assert found.why == "its version is not spelled out at one place of the file"
