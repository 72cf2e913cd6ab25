"""What goes with what: states, reasons, and the set that they come to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.api.choosing.choice import DIMENSIONS, NONE, Choice, read_choice
from compat.api.choosing.choose import Option, choose
from compat.api.choosing.options import values_of
from compat.api.choosing.trials import NO, UNKNOWN, YES, state_of
from compat.api.recommending.recommend import recommend
from compat.matrix import load_matrix
from compat.model.errors import UsageError
from compat.model.targets import SUBDIRS

MATRIX = load_matrix()


def option(key: str, value: str, **chosen: str) -> Option:
    dimension = next(each for each in choose(**chosen).dimensions if each.key == key)
    return next(each for each in dimension.options if each.value.value == value)


#: What is chosen, a further value, its state, and the words of the reason.
CASES: dict[str, tuple[dict[str, str], str, str, str, str]] = {
    "torch, then Python": (
        {"torch": "2.4.1"}, "python", "3.13", NO, "torch 2.4.1 has no wheel for Python 3.13 (there are some for 3.8-3.12)",
    ),
    "Python, then torch": (
        {"python": "3.13"}, "torch", "2.4.1", NO, "torch 2.4.1 has no wheel for Python 3.13 (there are some for 3.8-3.12)",
    ),
    "one that goes with it": ({"torch": "2.4.1"}, "python", "3.12", YES, ""),
    "driver, then CUDA": (
        {"platform": "linux-64", "driver": "535"}, "cuda", "13.0", NO,
        "torch for CUDA 13.0 needs driver 580, the target has driver 535",
    ),
    "CUDA, then driver": (
        {"platform": "linux-64", "cuda": "13.0"}, "driver", "535", NO,
        "torch for CUDA 13.0 needs driver 580, the target has driver 535",
    ),
    "a GPU on macOS": ({"platform": "osx-arm64"}, "gpu", "sm_90", NO, "torch on osx-arm64 has no CUDA"),
    "macOS with a GPU": ({"gpu": "h100"}, "platform", "osx-arm64", NO, "torch on osx-arm64 has no CUDA"),
    "no CUDA with a GPU": ({"gpu": "h100"}, "cuda", NONE, NO, "a build without CUDA does not use the GPU"),
    "CUDA without a GPU": ({"gpu": NONE}, "cuda", "12.6", YES, ""),
    "a build that there is not": (
        {"platform": "linux-64", "torch": "2.4.1"}, "cuda", "13.0", NO, "torch 2.4.1 has no cu130 build for linux-64",
    ),
    "a build that nobody wrote down": (
        {"platform": "linux-aarch64", "torch": "2.3.1"}, "cuda", "12.4", UNKNOWN,
        "unknown whether there is a cu124 build for linux-aarch64 (torch 2.3.1 as cu124, linux-aarch64)",
    ),
    "a card newer than the build": (
        {"platform": "linux-64", "torch": "2.5.1"}, "gpu", "sm_120", NO, "torch 2.5.1 holds no code for sm_120",
    ),
    "a card of which nothing is known": (
        {"platform": "linux-64", "torch": "2.9.1"}, "gpu", "sm_87", UNKNOWN,
        "unknown whether it holds code for sm_87 (torch 2.9.1 as cu130, linux-64)",
    ),
    "a platform without wheels": ({"platform": "osx-64"}, "torch", "2.9.1", NO, "torch 2.9.1 has no wheel for osx-64"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_states_and_their_reasons(name: str) -> None:
    chosen, key, value, state, words = CASES[name]
    found = option(key, value, **chosen)
    assert (found.state, found.reason.words) == (state, words)


def test_a_no_rests_on_facts() -> None:
    found = option("python", "3.13", torch="2.4.1")
    assert [fact.source for fact in found.reason.facts] == ["pkg:pypi/torch@2.4.1 file list"]


def test_what_is_taken_instead_works_and_gives_up_little() -> None:
    found = option("python", "3.13", torch="2.4.1", platform="linux-64")
    assert found.instead == Choice(platform="linux-64", python="3.13")


def test_the_set_is_recommends() -> None:
    found = choose(platform="linux-64", gpu="h100", driver="535", cuda="12.6", torch="2.7.1")
    assert found.set is not None
    # 12.6 is what the package index serves of 2.7.1: no index of its own is needed
    assert found.set == recommend(["linux-64,gpu=h100,driver=535"], ["torch==2.7.1"])
    labelled = choose(platform="linux-64", cuda="11.8", torch="2.7.1").set
    assert labelled == recommend(["linux-64"], ["torch==2.7.1+cu118"])


def test_without_a_platform_the_first_that_works() -> None:
    assert choose(torch="2.7.1").target == "linux-64"
    assert choose(cuda=NONE, python="3.12").target == "linux-64,gpu=none,python=3.12"


def test_an_impossible_choice_has_no_set() -> None:
    found = choose(torch="2.4.1", python="3.13")
    assert (found.state, found.set, found.target) == (NO, None, "")
    assert "no wheel for Python 3.13" in found.reason.words


def test_a_model_stands_for_its_capability() -> None:
    found = option("gpu", "sm_90", gpu="NVIDIA H100")
    assert found.chosen_word == "h100"
    assert ("h100", "H100") in found.value.models
    assert option("gpu", "sm_90", gpu="9.0").chosen_word == "sm_90"


def test_a_value_that_is_not_listed_is_shown() -> None:
    assert option("driver", "535.104.05", driver="535.104.05").is_chosen


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("platform", "beos", "unknown platform"), ("gpu", "voodoo2", "unknown GPU"), ("driver", "new", "no version"),
        ("gpu", "h100,driver=1", "no GPU"), ("python", "3", "no minor"), ("cuda", "12", "no minor"),
        ("torch", "9.9", "no torch"), ("torch", "x", "no version"), ("torch", "1" * 61, "too long"),
    ],
)  # fmt: skip
def test_words_that_mean_nothing(key: str, value: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        choose(**{key: value})


VALUES = {key: [value.value for value in values_of(MATRIX, key, Choice())] for key in DIMENSIONS}
CHOICES = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(values) for key, values in VALUES.items()}
).map(lambda texts: read_choice(texts, MATRIX))  # fmt: skip


@given(CHOICES)
@settings(max_examples=15, deadline=None)
def test_what_is_possible_has_a_set_and_what_is_not_has_none(choice: Choice) -> None:
    """The chooser and `compat recommend` are one truth."""
    found = choose(**choice._asdict())
    if found.state == YES:
        assert found.set is not None
        assert found.set.works
    elif found.state == NO and not (choice.cuda == NONE and choice.gpu):  # of which there is no requirement to ask for
        for subdir in SUBDIRS if choice.platform is None else (choice.platform,):
            assert not recommend([choice.target_text(subdir)], _asked(choice)).works


def _asked(choice: Choice) -> list[str]:
    if choice.cuda in (None, NONE):
        return [f"torch=={choice.torch}"] if choice.torch else []
    return [f"torch=={torch}+{choice.variant}" for torch in ([choice.torch] if choice.torch else VALUES["torch"][:1])]


@given(CHOICES, st.sampled_from(DIMENSIONS))
@settings(max_examples=40, deadline=None)
def test_letting_go_never_closes(choice: Choice, key: str) -> None:
    """But of the GPU: a driver that is claimed without one means that there is one."""
    if key != "gpu" and state_of(MATRIX, choice) == YES:
        assert state_of(MATRIX, choice.having(key, None)) == YES


def test_json_says_the_same() -> None:
    found: Any = choose(torch="2.4.1").to_json()
    python = next(each for each in found["dimensions"] if each["key"] == "python")
    closed = next(each for each in python["options"] if each["value"] == "3.13")
    assert closed["state"] == NO
    assert closed["instead"] == {"python": "3.13"}
    assert closed["evidence"][0]["source"] == "pkg:pypi/torch@2.4.1 file list"
    assert found["recommendation"]["works"] is True
