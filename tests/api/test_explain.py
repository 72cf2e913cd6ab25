"""``explain``: the page of a rule, as its docstring says it."""

from __future__ import annotations

import pytest

from compat import api
from compat.model.errors import UsageError
from compat.rules import all_rules


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_has_a_page_of_five_parts(rule: object) -> None:
    code, name = rule.code, rule.name  # type: ignore[attr-defined]
    page = api.explain(code)
    assert page.startswith(f"# {code}: {name}\n\n")
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## What it finds",
        "## Why it matters",
        "## Example",
        "## Use instead",
        "## Source",
    ]
    assert "``" not in page.replace("```", "")
    assert api.explain(name) == page


def test_the_example_is_code() -> None:
    assert "## Example\n\n```\n" in api.explain("env001")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("ENV01", "did you mean `ENV001`?"), ("pip-section", "did you mean `pip-section-without-pip`?"), ("?", None)],
)
def test_an_unknown_code_names_the_nearest(wrong: str, hint: str | None) -> None:
    with pytest.raises(UsageError, match="there is no rule") as caught:
        api.explain(wrong)
    assert caught.value.hint == hint
