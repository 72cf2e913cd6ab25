"""`parse_requirement` takes a short way for plain requirements: it must be `packaging`'s answer all the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as PackagingRequirement

from compat.formats.pip_line import read_line
from compat.model.requirements import parse_requirement

VERSIONS = st.from_regex(r"\A[v ]?[0-9]{1,2}(\.[0-9]{1,2}){0,2}(\.\*|a1|rc2|\.post3|\.dev4|\+cu118|\.|\.\.1| )?\Z")
SPECIFIERS = st.tuples(st.sampled_from(["==", "===", ">=", "<", "~=", "!=", "=", "=>", " == ", "<= "]), VERSIONS).map(
    "".join
)
TEXTS = st.builds(
    "{}{}{}{}".format,
    st.from_regex(r"\A[A-Za-z0-9_.-]{1,6} ?\Z"),
    st.sampled_from(["", "[a]", "[a,b-c]", "[ a , b ]", "[]", "[a,]", "[a b]", "[-]", " [x]"]),
    st.lists(SPECIFIERS, max_size=3).map(",".join),
    st.sampled_from(
        ["", " ", "\t", " ; extra == 'x'", ";python_version<'3'", "; ", ";", " ; x", " @ https://x", " #c"]
    ),
)


@settings(max_examples=500)
@given(st.one_of(TEXTS, st.text(alphabet="ab1.-_[]<>=!~,; \t\n", max_size=12)))
def test_parses_as_packaging_does(text: str) -> None:
    try:
        wanted = PackagingRequirement(text)
    except InvalidRequirement:
        with pytest.raises(InvalidRequirement):
            parse_requirement(text)
        return
    found = parse_requirement(text)
    assert (found.specifier, found.marker, found.url, set(found.extras)) == (
        wanted.specifier,
        wanted.marker,
        wanted.url,
        wanted.extras,
    )
    assert found.specifier.prereleases == wanted.specifier.prereleases
    assert found.text == text


@settings(max_examples=300)
@given(TEXTS)
def test_a_line_is_refused_where_packaging_refuses_it(text: str) -> None:
    """But pip takes a semicolon without a marker, and comments."""
    line = read_line(text)
    body = text.partition(" #")[0].strip().rstrip("; \t")
    try:
        PackagingRequirement(body)
    except InvalidRequirement:
        assert line is None or line.requirement is None or line.defect is not None or "@" in text
    else:
        assert line is not None
        assert line.requirement is not None


def test_markers_that_nest_without_end_are_refused() -> None:
    with pytest.raises(InvalidRequirement, match="nested too deep"):
        parse_requirement("a ; " + "(" * 5000)


def test_the_public_specifier_has_no_local_labels() -> None:
    requirement = parse_requirement("torch[x]==2.1.0+cu118,!=2.0+cpu")
    assert (str(requirement.public), requirement.labels) == ("!=2.0,==2.1.0", ("cu118",))
