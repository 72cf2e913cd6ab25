"""YAML that every reader takes for what was written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compat.lock.yaml_reader import Tree
from compat.text.source import decode
from compat.text.yaml_writer import to_scalar, to_yaml

TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="0123456789abcdefx.:+-_eE", max_size=10),
    st.text(alphabet="aA-:#'\"\\[]{},&*!|>%@` \t\n?", max_size=10),
    st.sampled_from(
        ["yes", "No", "ON", "null", "~", "true", "1e3", "0x1F", "1:30", "2024-01-01", ".5", ".inf", "=", "<<", ""]
    ),
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("python >=3.11,<3.12.0a0", "python >=3.11,<3.12.0a0"),
        ("https://conda.anaconda.org/x-1.0-h_0.conda", "https://conda.anaconda.org/x-1.0-h_0.conda"),
        ("__glibc >=2.17", "__glibc >=2.17"),
        ("3.11.9", "3.11.9"),
        ("3.11", "'3.11'"),
        ("1e5", "'1e5'"),
        ("12345678", "'12345678'"),
        ("0b11", "'0b11'"),
        ("00af12", "00af12"),
        ("on", "'on'"),
        ("a: b", "'a: b'"),
        ("it's", "'it''s'"),
        ("a #b", "'a #b'"),
        ("a\nb", '"a\\U0000000ab"'),
        ("", "''"),
        ("./here", "./here"),
    ],
)
def test_quoted_only_where_it_must_be(text: str, written: str) -> None:
    assert to_scalar(text) == written


@given(TEXTS)
def test_a_text_is_that_text_again(text: str) -> None:
    """Types are those of YAML 1.1, which takes more for numbers than 1.2 does."""
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return
    document = {"key": text, "list": [text, {"inner": text}]}
    assert yaml.safe_load(to_yaml(document)) == document


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.one_of(TEXTS, st.lists(TEXTS), st.dictionaries(st.sampled_from("xy"), TEXTS))
    )
)
def test_own_reader_reads_it_too(document: dict[str, object]) -> None:
    text = to_yaml(document)
    if "\x00" not in text:
        assert Tree(decode("x.yml", text.encode("utf-8", "replace"))).data == (yaml.safe_load(text) or None)


def test_collections() -> None:
    document = {"a": [], "b": {}, "c": [{"x": 1, "k": ["z"]}, "w"], "d": {"e": {"f": True}}}
    assert to_yaml(document) == "a: []\nb: {}\nc:\n- x: 1\n  k:\n  - z\n- w\nd:\n  e:\n    f: true\n"
    assert yaml.safe_load(to_yaml(document)) == document
