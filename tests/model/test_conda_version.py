"""Conda's order and constraints: by the words of CEP 29 and 33, by cases, and against py-rattler on real records."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.model.conda_version import (
    CondaVersion,
    InvalidVersion,
    InvalidVersionSpec,
    VersionSpec,
    parse_conda_version,
    parse_version_spec,
)
from compat.model.matchspec import parse_matchspec

DATA = Path(__file__).parents[1] / "data" / "conda"


def lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


#: Each row is one place in the order: all of its spellings are equal. Source: the examples of CEP 33.
ORDER = [
    ["0.4", "0.4.0", "0.4.0.0"],
    ["0.4.1.rc", "0.4.1.RC", " 0.4.1.rc "],
    ["0.4.1+local"],
    ["0.4.1+0.local"],
    ["0.4.1", "0.4.1+0"],
    ["0.4.1+1.local"],
    ["0.5a1"],
    ["0.5b3"],
    ["0.5C1"],
    ["0.5"],
    ["0.5-5", "0.5_5"],
    ["0.9.6"],
    ["0.960923"],
    ["1.0dev"],
    ["1.0_"],
    ["1.0a"],
    ["1.0rc1"],
    ["1.0__", "1.0_0_"],
    ["1.0+cu118"],
    ["1.0"],
    ["1.1dev1"],
    ["1.1a1"],
    ["1.1.0dev1", "1.1.dev1"],
    ["1.1.a1", "1.1.0a1"],
    ["1.1.0rc1"],
    ["1.1.0", "1.1", "01.1"],
    ["1.1.post1", "1.1.0post1"],
    ["1.1post1"],
    ["9d", "9D"],  # a letter after a number makes a version older, whatever the project means by it
    ["9"],
    ["1996.07.12"],
    ["1!0.4.1"],
    ["1!3.1.1.6"],
    ["2!0.4.1"],
]


def test_order() -> None:
    for earlier, later in pairwise(ORDER):
        for one, two in ((one, two) for one in earlier for two in later):
            assert parse_conda_version(one) < parse_conda_version(two), (one, two)
            assert parse_conda_version(two) >= parse_conda_version(one)


@pytest.mark.parametrize("row", ORDER, ids=lambda row: row[0])
def test_spellings_of_one_version_are_equal_and_hash_alike(row: list[str]) -> None:
    assert len({parse_conda_version(text) for text in row}) == 1


def test_openssl_convention() -> None:
    """`1.0.1_` is before `1.0.1a`, and all of them are before `1.0.1`."""
    texts = "1.0.1dev 1.0.1_ 1.0.1a 1.0.1b 1.0.1rc 1.0.1rc1 1.0.1s 1.0.1 1.0.1post.a 1.0.1post.za 1.0.2"
    versions = [parse_conda_version(text) for text in texts.split()]
    assert all(one < two for one, two in pairwise(versions))


def test_local_label_makes_a_version_older_than_conda_thinks_the_bare_one_is() -> None:
    """The reverse of PEP 440, on the very versions that CUDA builds carry."""
    assert parse_conda_version("2.1.0+cu118") < parse_conda_version("2.1.0")


def test_version_is_frozen_and_keeps_its_text() -> None:
    version = parse_conda_version(" 1.1.0RC1 ")
    assert (str(version), repr(version), version.text) == ("1.1.0RC1", "CondaVersion('1.1.0RC1')", "1.1.0RC1")
    assert version != "1.1.0RC1"
    assert parse_conda_version(" 1.1.0RC1 ") is version
    with pytest.raises(AttributeError, match="cannot change"):
        version.text = "2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no version"),
        ("  ", "no version"),
        ("3.5&1", "character `&` in a version"),
        ("1.0*", "character `*` in a version"),
        ("5.5++", "malformed version"),
        ("1+2+3", "malformed version"),
        ("1.2+", "malformed version"),
        ("+1.2", "malformed version"),
        ("!", "malformed version"),
        ("a!1.0", "malformed version"),
        ("1!2!3", "malformed version"),
        ("_1", "malformed version"),
        ("5.5..mw", "empty version component"),
        ("1.0.", "empty version component"),
        ("1.0___", "empty version component"),
        ("1.0-1_2", "both `-` and `_` in one version"),
        ("\uff11.0", "character `\uff11` in a version"),
        ("9" * 5000, "version longer than 256 characters"),
    ],
)
def test_invalid_version(text: str, message: str) -> None:
    with pytest.raises(InvalidVersion) as caught:
        parse_conda_version(text)
    assert caught.value.message == message
    assert str(caught.value) == f"{message}: `{text}`"
    assert (caught.value.text, caught.value.start, caught.value.end) == (text, 0, len(text))


#: Constraint, versions that match, versions that do not.
MATCHES = [
    ("1.7.1", "1.7.1 1.7.1.0 1.7.1+0", "1.7 1.7.1a 1.7.1+cu118"),
    ("==1.7", "1.7 1.7.0", "1.7.1"),
    ("!=1.7", "1.7.1 1.8", "1.7 1.7.0.0"),
    ("<=1.7", "1.7 1.6.9 1.7rc1 1.7.0", "1.7.1 1.7post1"),
    ("<1.7", "1.7rc1 1.7dev 1.7+cu1", "1.7 1.7.0"),
    (">=1.7", "1.7 1.7.0 1.7post1 1!0.1", "1.7rc1 1.7+cu1 1.6"),
    (">1.7", "1.7.1 1.7+1", "1.7 1.7.0"),
    (">2013b", "2013k 2013", "2013a 3.0.0"),
    ("=2.1", "2.1 2.1.0 2.1.2 2.1rc1 2.1.0+cu118 2.1dev", "2.10 2 2.2 2.2dev 1!2.1"),
    ("2.1.*", "2.1 2.1.2.3 2.1a1", "2.10 2.2"),
    ("2.1*", "2.1 2.1.2.3", "2.10 2.2"),
    ("=2.1.*", "2.1 2.1.2", "2.2"),
    ("2.*.*", "2 2.1 2.1.3", "3"),
    ("1.0.0*", "1.0 1 1.0.0.1", "1.0.1"),
    ("=9", "9 9d 9.1", "10"),
    ("9e.*", "9e 9e.1", "9 9d"),
    ("2013a*", "2013a 2013ab", "2013b"),
    ("=1.0dev", "1.0dev 1.0dev1", "1.0devel 1.0"),
    ("=1!1.2", "1!1.2.3", "1.2.3"),
    ("=1.2.3+4", "1.2.3+4 1.2.3.0+4.5", "1.2.3 1.2.3.4+4 1.2.3+5"),
    ("=1.1.1_", "1.1.1_", "1.1.1a 1.1.1"),
    ("=2.1.", "2.1.3", "2.2"),
    ("!=3.3.*", "3.4 3.30", "3.3 3.3.1 3.3.0.0 3.3rc1"),
    ("!=3.3*", "3.4", "3.3.1"),
    ("~=1.10", "1.10 1.11 1.10.1", "1.9 2.0"),
    ("~=1.10.2", "1.10.2 1.10.9", "1.10.1 1.11 1.10"),
    ("~=1!2", "1!2 1!3", "1!1 2 2!2"),
    ("~=2", "2 3.1", "1.9 1!1"),
    ("~=1.2.*", "1.2 1.3", "1.1"),
    (">=3.9.*", "3.9 3.10", "3.8"),
    (">=2.9*", "2.9 3", "2.8"),
    ("<3.9.*", "3.8", "3.9 3.9.1"),
    ("<=3.9.*", "3.9", "3.9.1"),
    ("==3.9.*", "3.9", "3.9.1"),
    (">3.9.*", "3.9.1", "3.9"),
    (">3.9*", "3.9 3.9.1", "3.8"),
    ("*", "0 1.2 1!3", ""),
    ("*.*", "0 1.2", ""),
    (">=*", "0 1.2", ""),
    ("==*", "0 1.2", ""),
    ("1.*.1", "1.7.1 1.20.1", "1.7.2 2.7.1 1.1"),
    ("*.7.*", "1.7.1", "1.8.1 1.7"),
    ("=1.*.1", "1.7.1 1.7.12", "1.7.2"),
    (">=1,*.7.*", "1.7.1", "1.8.1 0.7.1"),
    ("*.8.*|0.7.1", "1.8.1 0.7.1", "1.7.1"),
    (r"^1\.[5-8]\.1$", "1.7.1", "1.9.1 1.7.2"),
    (r"^[0-9+]+\.[0-9+]+\.[0-9]+$", "1.7.1", "1.7"),
    ("1.6.*|^0.*$|1.7.1", "1.7.1 0.3 1.6.2", "1.7.2"),
    ("^(1|2)$", "1 2", "3"),
    (">=2.7, !=3.0.*, !=3.1.*", "2.7.2 3.4a", "2.6 3.0 3.1.4"),
    ("1.7|1.8", "1.7 1.8", "1.9"),
    ("1.5.*|>1.7,<1.8", "1.5.1 1.7.1", "1.7 1.8 1.6"),
    ("(1.5|1.6),!=1.6", "1.5", "1.6"),
    ("((1.5|((1.6|1.7), 1.8), 1.9 |2.0))|2.1", "1.5 2.0 2.1", "1.6 1.8"),
    ("=3.8|3.9", "3.8.1 3.9", "3.9.1"),
    (">=1 !164.3095,<1!165", "1!164.3095", "164.3095 1!165"),
    (" >= 1.0 , < 2.0 ", "1.5", "2.0"),
    (">1.0,<1.0", "", "1.0 0.9 1.1"),
]


@pytest.mark.parametrize(("text", "inside", "outside"), MATCHES, ids=[row[0] for row in MATCHES])
def test_matches(text: str, inside: str, outside: str) -> None:
    spec = parse_version_spec(text)
    assert [version for version in inside.split() if not spec.matches(version)] == []
    assert [version for version in outside.split() if spec.matches(parse_conda_version(version))] == []


@pytest.mark.parametrize(
    ("text", "message", "span"),
    [
        ("", "expected a version", ""),
        (">=", "no version after `>=`", ">="),
        ("=", "no version after `=`", "="),
        ("=!1.2.3", "unknown operator `=!`", "=!1.2.3"),
        ("=>1.2", "unknown operator `=>`", "=>1.2"),
        ("~", "no version after `~`", "~"),
        (">=1.0,", "expected a version", ""),
        (">=1.0,  <2..0", "empty version component", "<2..0"),
        (">=3.8 <3.9", "character `<` in a version", ">=3.8 <3.9"),
        ("1.5||1.6", "expected a version", "|"),
        ("(1.5", "expected `)`", ""),
        ("1.5)", "expected `,` or `|`", ")"),
        ("()", "expected a version", ")"),
        ("1.0(2.0)", "expected `,` or `|`", "("),
        ("<*", "no version", "<*"),
        ("!=1.*.2", "character `*` in a version", "!=1.*.2"),
        ("^1.5", "a regular expression must start with `^` and end with `$`", "^1.5"),
        ("^(a+)+$", "regular expression is too complex", "^(a+)+$"),
        ("^.*.*.*.*.*x$", "regular expression is too complex", "^.*.*.*.*.*x$"),
        (r"^(.)\1$", "regular expression is too complex", r"^(.)\1$"),
        ("^[[]$", "regular expression is too complex", "^[[]$"),
        ("^(1$", "invalid regular expression: missing ), unterminated subpattern at position 1", "^(1$"),
        ("(" * 60 + "1" + ")" * 60, "version constraint is too long or too deeply nested", None),
        ("1|" * 1000 + "1", "version constraint is too long or too deeply nested", None),
    ],
)
def test_invalid_spec(text: str, message: str, span: str | None) -> None:
    with pytest.raises(InvalidVersionSpec) as caught:
        parse_version_spec(text)
    error = caught.value
    assert error.message == message
    assert text[error.start : error.end] == (text if span is None else span)


@pytest.mark.parametrize(
    ("text", "is_exact", "series"),
    [
        ("2.1", "2.1", None),
        ("==2.1", "2.1", None),
        ("==2.1,>=1", "2.1", None),
        (">=1,==2.1.0", "2.1.0", None),
        ("=2.1", None, "2.1"),
        ("2.1.*", None, "2.1"),
        ("2.1*", None, "2.1"),
        ("=2.1.*", None, "2.1"),
        ("26.10.*,>=0.0.0a0", None, "26.10"),
        ("2.1.*,>=2.1.1", None, None),
        ("2.1|2.2", None, None),
        (">=2.1", None, None),
        ("~=2.1", None, None),
        ("!=2.1", None, None),
        ("*", None, None),
        ("2.*.1", None, None),
    ],
)
def test_what_a_constraint_pins(text: str, is_exact: str | None, series: str | None) -> None:
    spec = parse_version_spec(text)
    assert (spec.is_exact, spec.series) == (is_exact, series)


@pytest.mark.parametrize(
    ("one", "two", "empty"),
    [
        (">=2", "<2", True),
        (">=2", "<=2", False),
        ("=2.1", ">=2.2", True),
        ("=2.1", ">=2.2dev", True),
        ("=2.1", "<2.1dev", False),  # 2.1dev.dev
        ("=2.1", "=2.1.3", False),
        ("=2.1", "=2.2|=2.3", True),
        ("2.1", "2.1.0", False),
        ("2.1", "!=2.1.0", True),
        ("=2.1", "!=2.1.*", True),
        ("=2.1", "!=2.1", False),
        ("=1.0", ">=1.5", True),
        ("~=1.4.2", ">=1.5", True),
        ("~=1.4", ">=1.5", False),
        ("*.7.*", ">=1", False),  # a pattern may always match
        ("*.7.*,<1", ">=1", True),
        ("9d", "=9", False),
    ],
)
def test_intersection(one: str, two: str, empty: bool) -> None:
    both = parse_version_spec(one).intersect(parse_version_spec(two))
    assert both.is_empty() is empty
    assert parse_version_spec(str(both)).cuts == both.cuts


def test_text_of_a_combination_reads_back() -> None:
    assert str(parse_version_spec("( 1.5 | (1.6) ) , !=1.6|2")) == "(1.5|1.6),!=1.6|2"


# --- py-rattler -------------------------------------------------------------------------------------------------------


#: Where py-rattler 0.28 goes its own way. Each row: version, constraint, what conda does, and why that is right.
RATTLER_DIFFERS = [
    ("2013ab", "2013a.*", True, "conda takes a word at the end of a prefix as a prefix itself"),
    ("3.9", ">3.9.*", False, "conda ignores `.*` after an operator; py-rattler makes `>` of it `>=`"),
    ("1.0a", ">1.0a_", False, "CEP 33: a trailing underscore belongs to the preceding string, so `a` is before `a_`"),
    ("1.2.3.4+5", "=1.2.3+5", False, "CEP 33: local versions are only compared where the main versions are identical"),
    ("1.1c0.1", "=1.1c.1", True, "CEP 33: a missing component is 0, in the middle too"),
]


@pytest.mark.parametrize(
    ("version", "text", "expected", "why"), RATTLER_DIFFERS, ids=[row[1] for row in RATTLER_DIFFERS]
)
def test_known_differences_to_rattler(version: str, text: str, expected: bool, why: str) -> None:
    """If one of these fails, py-rattler has come round: the row can go."""
    rattler = pytest.importorskip("rattler")
    assert parse_version_spec(text).matches(version) is expected, why
    assert rattler.VersionSpec(text).matches(rattler.Version(version)) is not expected


#: A real record. Conda drops spaces first and reads an epoch; py-rattler reads `!164.3095,<1!165` as a build string.
SPACE_IN_EPOCH = "x264 >=1 !164.3095,<1!165"


def test_order_is_rattlers_on_real_versions() -> None:
    rattler = pytest.importorskip("rattler")
    texts = sorted({line.split()[1] for line in lines("versions.txt")} | {text for row in ORDER for text in row})
    texts = [text for text in texts if text.strip() == text]
    ours = {text: parse_conda_version(text) for text in texts}
    theirs = {text: rattler.Version(text) for text in texts}
    ordered = sorted(texts, key=ours.__getitem__)
    pairs = [*pairwise(ordered), *((texts[n % len(texts)], texts[n * n % len(texts)]) for n in range(20_000))]
    wrong = [
        (one, two)
        for one, two in pairs
        if ((ours[one] < ours[two]), (ours[one] == ours[two]))
        != (theirs[one] < theirs[two], theirs[one] == theirs[two])
    ]
    assert wrong == []


def test_constraints_are_rattlers_on_real_versions() -> None:
    rattler = pytest.importorskip("rattler")
    versions: dict[str, set[str]] = {}
    for line in lines("versions.txt"):
        name, version, _ = line.split()
        versions.setdefault(name, set()).add(version)
    others = sorted(set[str]().union(*versions.values()))
    wrong, pairs = [], 0
    for number, text in enumerate(lines("specs.txt")):
        spec = parse_matchspec(text).version
        if spec is None or text == SPACE_IN_EPOCH:
            continue
        theirs = rattler.VersionSpec(rattler.MatchSpec(text).version)
        for version in sorted(versions.get(parse_matchspec(text).name, set())) + others[number % 100 :: 100]:
            pairs += 1
            if spec.matches(version) != theirs.matches(rattler.Version(version)):
                wrong.append((text, version))
    assert wrong == []
    assert pairs > 15_000


# --- properties -------------------------------------------------------------------------------------------------------

components = st.from_regex(r"[0-9]{1,3}([a-z]{1,4}[0-9]{0,2})?|dev[0-9]?|post[0-9]?|rc", fullmatch=True)
version_texts = st.builds(
    lambda epoch, parts, local: epoch + ".".join(parts) + local,
    st.sampled_from(["", "", "", "1!"]),
    st.lists(components, min_size=1, max_size=4),
    st.sampled_from(["", "", "", "+1", "+cu118", "+0"]),
)
versions = version_texts.map(parse_conda_version)
clauses = st.builds(
    lambda operator, version, glob: operator + version + glob,
    st.sampled_from(["", "=", "==", "!=", "<", "<=", ">", ">=", "~="]),
    version_texts,
    st.sampled_from(["", "", ".*"]),
)
specs = st.recursive(
    clauses,
    lambda inner: st.builds(
        lambda joint, parts: f"({joint.join(parts)})", st.sampled_from(",|"), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
).map(parse_version_spec)
relaxed = settings(deadline=None, max_examples=100)


@relaxed
@given(st.text() | st.text("0123456789.abdev_-+!*=<>~,|()^$ [?{", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidVersionSpec):
        spec = parse_version_spec(text)
        assert isinstance(spec.matches("1.0"), bool)
        assert parse_version_spec(str(spec)).cuts == spec.cuts
    with suppress(InvalidVersion):
        version = parse_conda_version(text)
        assert parse_version_spec("==" + text).matches(version)


@relaxed
@given(versions, versions, versions)
def test_order_is_total(one: CondaVersion, two: CondaVersion, three: CondaVersion) -> None:
    assert (one < two) + (one == two) + (one > two) == 1
    first, second, third = sorted([one, two, three])
    assert first <= second <= third
    assert first <= third
    assert (one == two) <= (hash(one) == hash(two))


@relaxed
@given(st.tuples(*[st.integers(0, 30)] * 3), st.integers(0, 30))
def test_a_series_holds_everything_that_starts_like_it(release: tuple[int, int, int], patch: int) -> None:
    """CEP 29: fuzzy equality is truthy when all the version segments before the glob are equal."""
    text = ".".join(map(str, release))
    spec = parse_version_spec(f"={text}")
    assert spec.matches(text)
    assert spec.matches(f"{text}.{patch}")
    assert spec.matches(f"{text}rc{patch}")
    assert not spec.matches(f"{release[0]}.{release[1]}.{release[2] + 1 + patch}")


@relaxed
@given(specs, specs, versions)
def test_intersection_holds_what_both_hold(one: VersionSpec, two: VersionSpec, version: CondaVersion) -> None:
    both = one.intersect(two)
    assert both.matches(version) == (one.matches(version) and two.matches(version))
    if both.is_empty():
        assert not (one.matches(version) and two.matches(version))


@relaxed
@given(version_texts, versions)
def test_operators_agree_with_the_order(text: str, version: CondaVersion) -> None:
    other = parse_conda_version(text)
    for operator, expected in (
        ("==", version == other),
        ("!=", version != other),
        ("<", version < other),
        ("<=", version <= other),
        (">", version > other),
        (">=", version >= other),
    ):
        assert parse_version_spec(operator + text).matches(version) is expected
