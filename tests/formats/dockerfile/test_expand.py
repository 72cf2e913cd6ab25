"""Variables and quotes in words, by the table of docker's manual and what BuildKit does where that is silent."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.formats.dockerfile.expand import MAX_VALUE, BadWord, Value, expand

VALUES = {
    "V": Value("a/b.tar.gz"),
    "EMPTY": Value(""),
    "UNSET": Value(),
    "LATE": Value(known=False),
    "STAR": Value("x*y*z"),
    "CUDA": Value("12.4.1"),
}

KNOWN = [
    ("plain", "plain"),
    ("$V", "a/b.tar.gz"),
    ("${V}x", "a/b.tar.gzx"),
    ("$Vx-", None),
    ("\\$V", "$V"),
    ("'$V'", "$V"),
    ('"$V"', "a/b.tar.gz"),
    ('"\\$V"', "$V"),
    ("a'b c'd", "ab cd"),
    ('"a\\tb"', "a\\tb"),
    ("a\\tb", "atb"),
    ('"a\\\\b"', "a\\b"),
    ("end\\", "end"),
    ("$", "$"),
    ("$.", "$."),
    ("$(date)", "$(date)"),
    ("${UNSET:-d}", "d"),
    ("${EMPTY:-d}", "d"),
    ("${EMPTY-d}", ""),
    ("${V:-d}", "a/b.tar.gz"),
    ("${UNSET-d}", "d"),
    ("${V:+d}", "d"),
    ("${EMPTY:+d}", ""),
    ("${EMPTY+d}", "d"),
    ("${UNSET+d}", ""),
    ("${V?}", "a/b.tar.gz"),
    ("${UNSET:-${EMPTY:-${CUDA}}}", "12.4.1"),
    ("${UNSET:-'a b'}", "a b"),
    ("${UNSET:-\\}}", "}"),
    ("${V#*/}", "b.tar.gz"),
    ("${V#*.}", "tar.gz"),
    ("${V##*.}", "gz"),
    ("${V%.*}", "a/b.tar"),
    ("${V%%.*}", "a/b"),
    ("${V%.zip}", "a/b.tar.gz"),
    ("${CUDA%.*}", "12.4"),
    ("${CUDA%%.*}", "12"),
    ("${CUDA#??}", ".4.1"),
    ("cu${CUDA/./}", "cu124.1"),
    ("cu${CUDA//./}", "cu1241"),
    ("${CUDA/?.*/x}", "1x"),
    ("${V/\\//-}", "a-b.tar.gz"),
    ("${STAR#x\\*}", "y*z"),
    ("${STAR//\\*/+}", "x+y+z"),
    ("${V:+${UNSET:-$LATE}}", None),
    ("${EMPTY:+$LATE}", ""),
    ("${V:-$LATE}", "a/b.tar.gz"),
]

#: What is not known stays as it is spelled.
UNKNOWN = ["$LATE", "x${LATE}y", "${LATE:-d}", "${LATE:+d}", "${LATE#a}", "${LATE//a/b}", "$UNSET", "${UNSET?}", "$1"]

REFUSED = ["'a", '"a', '"a\\"', "${", "${V", "${}", "${:-a}", "${V:x}", "${V:-a", "${V:#a}", "${V^^}", "${V/a}", "${.}"]


def lookup(name: str) -> Value:
    return VALUES.get(name, Value(known=False))


@pytest.mark.parametrize(("word", "text"), [(word, text) for word, text in KNOWN if text is not None])
def test_filled_in(word: str, text: str) -> None:
    assert expand(word, lookup) == (text, True)


@pytest.mark.parametrize("word", [*UNKNOWN, *(word for word, text in KNOWN if text is None)])
def test_not_known(word: str) -> None:
    assert not expand(word, lookup).known


@pytest.mark.parametrize("word", UNKNOWN)
def test_what_is_not_known_stays_as_spelled(word: str) -> None:
    assert expand(word, lookup).text == word


@pytest.mark.parametrize("word", REFUSED)
def test_refused(word: str) -> None:
    with pytest.raises(BadWord):
        expand(word, lookup)


def test_a_backtick_escapes_where_the_file_says_so() -> None:
    assert expand("C:\\x`$V", lookup, "`") == ("C:\\x$V", True)


def test_values_do_not_grow_without_end() -> None:
    """Each name twice in the next one's value: 2**30 characters, were they all filled in."""
    value = Value("x" * 16)
    for _ in range(30):
        filled = expand("$A$A", lambda _, value=value: value)  # type: ignore[misc]
        value = Value(filled.text if filled.known else None, filled.known)
    assert value == Value(None, known=False)
    assert len(expand("$A" * 100, lambda _: Value("x" * 1000)).text) < 2 * MAX_VALUE


def test_patterns_take_linear_time() -> None:
    """A pattern of stars, over which regular expressions backtrack for ever."""
    begin = time.perf_counter()
    for word in ("${A##" + "*a" * 60 + "*b}", "${A%%b*" + "a*" * 60 + "}", "${A//" + "*a" * 60 + "*b/x}"):
        assert expand(word, lambda _: Value("a" * 5000)).text
    assert time.perf_counter() - begin < 5


@given(st.text(alphabet="ab$V{}:-+?#%/'\"\\* ", max_size=60))
def test_any_word_is_filled_in_or_refused(word: str) -> None:
    try:
        text = expand(word, lookup).text
    except BadWord as error:
        text = str(error)
    assert len(text) <= 100 + len(word) * 20


@given(st.text(alphabet="abc.-/", max_size=20), st.text(alphabet="abc.-/", max_size=5))
def test_affixes_are_python_s(value: str, affix: str) -> None:
    """A pattern without ``*`` and ``?`` is plain text."""
    escaped = affix.replace("/", "\\/")
    values = {"A": Value(value)}
    assert expand(f"${{A#{escaped}}}", values.__getitem__).text == value.removeprefix(affix)
    assert expand(f"${{A%{escaped}}}", values.__getitem__).text == value.removesuffix(affix)
    if affix:
        assert expand(f"${{A//{escaped}/+}}", values.__getitem__).text == value.replace(affix, "+")
        assert expand(f"${{A/{escaped}/+}}", values.__getitem__).text == value.replace(affix, "+", 1)
