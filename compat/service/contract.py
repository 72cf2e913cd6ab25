"""The OpenAPI document: bodies from the models, reports from the schema files that ship with them, the rest from here.

Source: https://spec.openapis.org/oas/v3.1.1
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from compat.report.json import load_schema
from compat.service.bodies import BatchRequest, CheckRequest, LockRequest, RelaxRequest
from compat.service.problems import KINDS, MEDIA_TYPE
from compat.version import __version__

_REFERENCE = "#/components/schemas/"
_ABOUT = """\
Tells whether the conda part and the pip part of an ML environment work together on a given CPU, driver and GPU.
The answers are those of the command line with `--format json`. A conflict in the files is an answer with status 200;
every error is an `application/problem+json` (RFC 9457)."""


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """What a route that reads its body itself says of it."""
    schema = {"$ref": f"{_REFERENCE}{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def json_of(schema: str, description: str, *, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An answer of JSON."""
    content = {"application/json": {"schema": {"$ref": f"{_REFERENCE}{schema}"}}}
    return {status: {"description": description, "content": content}}


def problems_of(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_REFERENCE}Problem"}}}
    titles = {status: "; ".join(kind.title for kind in KINDS.values() if kind.status == status) for status in statuses}
    return {status: {"description": f"{titles[status]}.", "content": content} for status in statuses}


def make_openapi(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title="compat", version=__version__, openapi_version="3.1.0", description=_ABOUT, routes=app.routes
        )
        parts = document.setdefault("components", {})
        # FastAPI's own description of a wrong parameter: ours is a problem like the others.
        found = {name: one for name, one in parts.get("schemas", {}).items() if "ValidationError" not in name}
        parts["schemas"] = {**found, **_models(), **_reports(), **_answers()}
        parts["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "Only where keys are set up."}
        }
        document["security"] = [{}, {"key": []}]
        app.openapi_schema = document
    return app.openapi_schema


def _models() -> dict[str, Any]:
    models: list[tuple[type[BaseModel], Any]] = [
        (model, "validation") for model in (CheckRequest, RelaxRequest, BatchRequest, LockRequest)
    ]
    _, found = models_json_schema(models, ref_template=f"{_REFERENCE}{{model}}")
    return dict(found["$defs"])


@cache
def _reports() -> Mapping[str, Any]:
    report, relaxation = json.loads(load_schema()), json.loads(load_schema("relaxation.schema.json"))
    names = {report["$id"]: "Report", relaxation["$id"]: "Relaxation"}
    return {**_components("Report", report, names), **_components("Relaxation", relaxation, names)}


def _components(name: str, schema: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """*schema* as a component *name*, and each of its definitions as one beside it."""
    own = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "$defs")}
    parts = {name: own} | {f"{name}.{key}": value for key, value in schema.get("$defs", {}).items()}
    return {key: _moved(value, name, names) for key, value in parts.items()}


def _moved(value: Any, name: str, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """*value* with its references to where the definitions are now."""
    if isinstance(value, list):
        return [_moved(item, name, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _reference(item, name, names) if key == "$ref" else _moved(item, name, names)
        for key, item in value.items()
    }


def _reference(reference: str, name: str, names: Mapping[str, str]) -> str:
    home, _, key = reference.partition("#/$defs/")
    base = names[home] if home else name
    return f"{_REFERENCE}{base}.{key}" if key else f"{_REFERENCE}{base}"


# -- the other answers -------------------------------------------------------------------------------------------------

_STRING = {"type": "string"}
_NULLABLE = {"type": ["string", "null"]}
_STRINGS = {"type": "array", "items": _STRING}
_LINES = {"type": "object", "additionalProperties": _STRING}


def _object(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An object; what *properties* do not describe is a string."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "required": required.split(),
        "properties": {name: properties.get(name, _STRING) for name in names},
    }


def _head(required: str, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return _object(f"schema tool data_version {required}", schema={"const": 1}, **properties)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"{_REFERENCE}{name}"}


def _list(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


@cache
def _answers() -> Mapping[str, Any]:
    evidence = _object("source read_on thin", source=_NULLABLE, read_on=_NULLABLE, thin={"type": "boolean"})
    table = _object("title columns rows notes", columns=_STRINGS, rows=_list({"type": "object"}), notes=_STRINGS)
    problem = _object(
        "type title status detail",
        "request_id errors",
        status={"type": "integer"},
        errors=_list(_object("pointer detail")),
    )
    problem["examples"] = [
        {
            "type": "urn:compat-matrix:problem:refused",
            "title": KINDS["refused"].title,
            "status": 422,
            "detail": "unknown platform `linux` in target `linux`\nhint: did you mean `linux-64`?",
            "request_id": "6f2d0c2e9b1a4f37",
        }
    ]
    job = _object(
        "id state created started finished progress problem result",
        state={"enum": ["queued", "running", "done", "failed"]},
        started=_NULLABLE,
        finished=_NULLABLE,
        progress=_STRINGS,
        problem={"anyOf": [_ref("Problem"), {"type": "null"}]},
        result={"anyOf": [_ref("Lock"), {"type": "null"}]},
    )
    lock = _object(
        "schema locked files notes unreached report",
        schema={"const": 1},
        locked={"type": "boolean"},
        files=_list(_object("name format content install")),
        notes=_STRINGS,
        unreached=_NULLABLE,
        report=_ref("Report"),
    )
    one = _object(
        "status", "report problem", status={"type": "integer"}, report=_ref("Report"), problem=_ref("Problem")
    )
    mapping = _object("conda channel pypi implies evidence", pypi=_STRINGS, implies=_STRINGS, evidence=evidence)
    fact = _object("id section says evidence", says={"type": "object"}, evidence=evidence)
    recommendation = _head(
        "title tables works install requirements",
        tables=_list(table),
        works={"type": "boolean"},
        install={"type": "object", "additionalProperties": _LINES},
        requirements=_LINES,
    )
    option = _object(
        "value label models chosen state why evidence instead",
        models=_list(_object("value label")),
        chosen={"type": "boolean"},
        state={"enum": ["possible", "impossible", "unknown"]},
        evidence=_list(evidence),
        instead=_LINES,
    )
    choices = _head(
        "choice state why evidence dimensions target recommendation",
        choice={"type": "object", "additionalProperties": _NULLABLE},
        state={"enum": ["possible", "impossible", "unknown"]},
        evidence=_list(evidence),
        dimensions=_list(_object("key options", options=_list(option))),
        recommendation={"anyOf": [_ref("Recommendation"), {"type": "null"}]},
    )
    state = {"enum": ["default", "built", "thin", "none", "unknown"]}
    builds = _head(
        "platform python cudas rows",
        python=_NULLABLE,
        cudas=_STRINGS,
        rows=_list(_object("torch cells", cells=_list(_object("cuda state words", state=state)))),
    )
    claim = _object("claim evidence", evidence={"anyOf": [evidence, {"type": "null"}]})
    build = _head(
        "torch cuda state words platform python index_url facts",
        state=state,
        python=_NULLABLE,
        index_url=_NULLABLE,
        facts=_list(claim),
    )
    rules = _head("")
    rules["properties"] |= {"rules": _list(_object("code name since summary")), "page": _STRING}
    return {
        "Problem": problem,
        "Job": job,
        "Lock": lock,
        "Batch": _object("schema answers", schema={"const": 1}, answers=_list(one)),
        "Answer": _head("title tables", tables=_list(table)),
        "Recommendation": recommendation,
        "Names": _head("ecosystem name known mappings", known={"type": "boolean"}, mappings=_list(mapping)),
        "Facts": _head("table facts", facts=_list(fact)),
        "Rules": rules,
        "Choices": choices,
        "Builds": builds,
        "Build": build,
    }
