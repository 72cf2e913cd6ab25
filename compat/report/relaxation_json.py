"""A relaxation as JSON, schema 1, and its JSON Schema."""

from __future__ import annotations

import json
from functools import partial

from compat.model.relaxation import Change, FileRelaxation, Left, Proof, Relaxation, Solution
from compat.report.json import edit_to_json, error_to_json, evidence_to_json, load_schema

#: The JSON Schema (draft 2020-12) that every rendered relaxation holds to, as JSON text.
load_relaxation_schema = partial(load_schema, "relaxation.schema.json")


def render_relaxation_json(relaxation: Relaxation) -> str:
    """The relaxation in ASCII, one object, with a line end."""
    return json.dumps(relaxation_to_json(relaxation), indent=2) + "\n"


def relaxation_to_json(relaxation: Relaxation) -> dict[str, object]:
    """The relaxation as JSON values; keys in the order of the schema. Notes have no room in it."""
    return {
        "schema": 1,
        "tool": relaxation.tool,
        "data_version": relaxation.data_version,
        "files": [_file(file) for file in relaxation.files],
        "proof": None if relaxation.proof is None else _proof(relaxation.proof),
    }


def _file(file: FileRelaxation) -> dict[str, object]:
    return {
        "path": file.path,
        "kind": file.kind,
        "changes": [_change(change) for change in file.changes],
        "left": [_left(left) for left in file.left],
        **error_to_json(file.error, file.error_line, file.error_column),
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "package": change.package,
        "path": change.place.path,
        "line": change.place.line,
        "column": change.place.column,
        "old": change.old,
        "new": change.new,
        "policy": change.policy,
        "reasons": [evidence_to_json(reason) for reason in change.reasons],
        "edit": edit_to_json(change.edit),
    }


def _left(left: Left) -> dict[str, object]:
    return {"package": left.package, "path": left.place.path, "line": left.place.line, "why": left.why}


def _proof(proof: Proof) -> dict[str, object]:
    return {
        "over": proof.over,
        "verdict": proof.verdict,
        "solutions": [_solution(solution) for solution in proof.solutions],
        "unreached": list(proof.unreached),
    }


def _solution(solution: Solution) -> dict[str, object]:
    return {
        "path": solution.root,
        "variant": solution.variant,
        "target": solution.target,
        "verdict": solution.verdict,
        "python": solution.python,
        "highest": dict(solution.highest),
        "lowest": dict(solution.lowest),
        "unknown": list(solution.unknown),
        "ends": list(solution.ends),
        "why": solution.why,
    }
