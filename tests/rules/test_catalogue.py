"""The catalogue, the files on disk, the manual pages and the tables of cases say the same."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import compat.rules
from compat.rules import CATALOGUE, all_rules
from compat.rules.base import HEADINGS, Rule
from compat.rules.env004_descriptors_disagree import DescriptorsDisagree
from compat.rules.env005_no_joint_solution import NoJointSolution
from compat.rules.lck001_stale_lock import StaleLock
from compat.rules.lck002_incomplete_lock import IncompleteLock
from compat.rules.lck003_cuda_majors_mixed import CudaMajorsMixed
from compat.rules.req009_no_conda_solution import NoCondaSolution
from tests.rules.case_files import load_cases

MODULES = Path(compat.rules.__file__).parent
RULES = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)

#: Told of the files of a run together, of lock files or of what channels have, rather than of one environment, and tested with them.
NOT_IN_TABLES = frozenset(
    {
        DescriptorsDisagree.code,
        StaleLock.code,
        IncompleteLock.code,
        CudaMajorsMixed.code,
        NoJointSolution.code,
        NoCondaSolution.code,
    }
)


def test_catalogue_lists_the_rules_on_disk_in_the_order_of_their_codes() -> None:
    on_disk = sorted(path.stem for path in MODULES.glob("[a-z][a-z][a-z][0-9][0-9][0-9]_*.py"))
    assert [module for module, _ in CATALOGUE] == on_disk


def test_codes_and_names_are_given_once() -> None:
    for field in ("code", "name"):
        values = [getattr(rule, field) for rule in all_rules()]
        assert len(set(values)) == len(values)


@RULES
def test_module_is_named_after_code_and_name(rule: Rule) -> None:
    module = type(rule).__module__.rpartition(".")[2]
    assert module == f"{rule.code}_{rule.name.replace('-', '_')}".lower()


@RULES
def test_name_reads_as_a_pattern(rule: Rule) -> None:
    """``allow NAME`` must read as English: lower-case words, and no verdict about them."""
    assert re.fullmatch(r"[a-z]+[0-9]*(-[a-z0-9]+)+", rule.name)
    assert not re.match(r"(check|avoid|prefer|use|do-not|should|must|invalid-use)-", rule.name)


@RULES
def test_class_is_named_after_the_name(rule: Rule) -> None:
    assert type(rule).__name__ == "".join(word.capitalize() for word in rule.name.split("-"))


@RULES
def test_docstring_is_a_manual_page(rule: Rule) -> None:
    text = inspect.cleandoc(type(rule).__doc__ or "")
    summary, *_ = text.split("\n\n")
    assert summary.endswith("."), "the summary is a sentence"
    found = [line[:-1] for line in text.splitlines() if line.endswith(":") and line[:-1] in HEADINGS]
    assert tuple(found) == HEADINGS
    for first, heading in zip(found, [*found[1:], None], strict=True):
        section = (
            text.split(f"{first}:\n", 1)[1].split(f"\n{heading}:\n", 1)[0]
            if heading
            else text.split(f"{first}:\n", 1)[1]
        )
        assert section.strip(), f"{first} says nothing"


@RULES
def test_source_names_what_the_rule_rests_on(rule: Rule) -> None:
    section = inspect.cleandoc(type(rule).__doc__ or "").split("Source:\n", 1)[1]
    assert re.search(r"https://\S+|package index|data/\S+|tables|channels?\b", section), section


@RULES
def test_rule_has_a_table_with_something_found_and_something_quiet(rule: Rule) -> None:
    if rule.code in NOT_IN_TABLES:
        pytest.skip("is told of several files, or of lock files")
    rows = [case.row for case in load_cases() if case.code == rule.code]
    assert any(row.get("finds") for row in rows), f"tests/rules/cases/{rule.code.lower()}.yml finds nothing"
    assert any(row.get("quiet") or row.get("finds") == [] for row in rows), "no row that must stay quiet"


def test_tables_are_of_rules_that_exist() -> None:
    assert {case.code for case in load_cases()} <= {rule.code for rule in all_rules()}
