"""Notes of several targets: each sentence once."""

from __future__ import annotations

from compat.api.locking.report import target_notes
from compat.model.locking import LockedTarget
from compat.model.targets import parse_target

X86, ARM, GPU = (parse_target(text, {}) for text in ("linux-64", "linux-aarch64", "linux-64,cuda=12.4"))


def test_what_all_targets_have_is_told_without_them() -> None:
    locked = [LockedTarget(X86, "a", (), notes=("one", "two")), LockedTarget(ARM, "b", (), notes=("two", "one"))]
    assert list(target_notes(locked)) == ["one", "two"]


def test_what_some_have_names_them() -> None:
    locked = [
        LockedTarget(X86, "a", (), notes=("one",)),
        LockedTarget(ARM, "b", (), notes=("one", "two")),
        LockedTarget(GPU, "c", (), notes=("two", "two", "three")),
    ]
    assert list(target_notes(locked)) == [
        "linux-64 and linux-aarch64: one",
        "linux-aarch64 and linux-64,cuda=12.4: two",
        "linux-64,cuda=12.4: three",
    ]


def test_of_one_target_nothing_needs_its_name() -> None:
    assert list(target_notes([LockedTarget(X86, "a", (), notes=("one",))])) == ["one"]
