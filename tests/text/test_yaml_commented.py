"""YAML with comments: the same document, whatever stands beside it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compat.text.yaml_commented import to_commented_yaml

TEXT = st.one_of(
    st.text(alphabet="ab: #'\"|-\n\t{}[]", max_size=12),
    st.sampled_from(["yes", "1.10", "", "a\n", "a\n\n b", "\na", " a\nb"]),
)
VALUE = st.recursive(
    st.one_of(TEXT, st.integers(0, 9), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner.filter(lambda item: not isinstance(item, list)), max_size=3),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    ),
    max_leaves=8,
)


def test_comments_stand_above_what_they_explain() -> None:
    document = {"name": "x", "steps": [{"run": "a\nb\n", "env": {"A": "1"}}, {"run": "c"}], "ports": ["1:2"]}
    comments = {
        ("steps",): "All of them.",
        ("steps", 0, "env"): "Settings.",
        ("steps", 1): "The last.",
        ("ports", 0): "One\ntwo",
    }
    assert (
        to_commented_yaml(document, comments, "Head.\n\nMore.")
        == """\
# Head.
#
# More.
name: x
# All of them.
steps:
  - run: |
      a
      b
    # Settings.
    env:
      A: '1'
  # The last.
  - run: c
ports:
  # One
  # two
  - '1:2'
"""
    )


def test_a_comment_on_the_first_key_of_an_item_stands_above_its_dash() -> None:
    assert to_commented_yaml({"a": [{"b": 1}]}, {("a", 0, "b"): "why"}) == "a:\n  # why\n  - b: 1\n"


def test_a_long_comment_is_wrapped() -> None:
    text = to_commented_yaml({"a": {"b": 1}}, {("a", "b"): "word " * 60})
    assert max(map(len, text.splitlines())) <= 112
    assert yaml.safe_load(text) == {"a": {"b": 1}}


def test_a_comment_for_nothing_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        to_commented_yaml({"a": 1}, {("b",): "why"})


@given(st.dictionaries(st.sampled_from("abc"), VALUE, min_size=1, max_size=3))
def test_a_document_is_that_document_again(document: dict[str, object]) -> None:
    comments = {(key,): "about: it # and\nmore" for key in document}
    assert yaml.safe_load(to_commented_yaml(document, comments, "head: 1")) == document  # type: ignore[arg-type]
