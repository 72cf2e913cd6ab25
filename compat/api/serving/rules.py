"""The rules and their pages, as JSON values."""

from __future__ import annotations

import inspect
from typing import Any

from compat.api.rules import page_of
from compat.matrix import load_matrix
from compat.rules import all_rules
from compat.rules.base import Rule
from compat.version import __version__


def list_rules() -> dict[str, Any]:
    """Every rule with its first sentence, in the order of the codes."""
    return {**_head(), "rules": [_to_json(rule) for rule in all_rules()]}


def rule_page(code: str) -> dict[str, Any] | None:
    """One rule with its page as Markdown, by code or name; None where there is none."""
    for rule in all_rules():
        if code.upper() == rule.code or code.lower() == rule.name:
            return {**_head(), **_to_json(rule), "page": page_of(type(rule))}
    return None


def _head() -> dict[str, Any]:
    return {"schema": 1, "tool": f"compat {__version__}", "data_version": load_matrix().version}


def _to_json(rule: Rule) -> dict[str, Any]:
    summary = inspect.cleandoc(rule.__doc__ or "").partition("\n\n")[0]
    return {
        "code": rule.code,
        "name": rule.name,
        "since": rule.since,
        "summary": " ".join(summary.replace("``", "`").split()),
    }
