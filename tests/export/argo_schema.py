"""A JSON schema of Argo's resources, made from the classes of Argo's own SDK (``argo-workflows``).

The SDK is generated from Argo's OpenAPI document at each release, and ships no JSON. A field that it does not have is
refused here, which the JSON schema that Argo publishes does not do.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from argo_workflows.model_utils import ModelSimple

_TYPES = {
    "str": "string",
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "NoneType": "null",
    "datetime": "string",
}
_MODULE = "argo_workflows.model.io_argoproj_workflow_v1alpha1_{}"
_CLASS = "IoArgoprojWorkflowV1alpha1{}"


def argo_schema(kind: str) -> dict[str, Any]:
    """For a document of *kind*, ``Workflow`` or ``WorkflowTemplate``."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).lstrip("_")
    model = getattr(import_module(_MODULE.format(words)), _CLASS.format(kind))
    definitions: dict[str, Any] = {}
    top = _of(model, definitions)
    required = {"required": ["apiVersion", "kind", "metadata", "spec"], "properties": {"kind": {"const": kind}}}
    return {"$defs": definitions, "allOf": [top, required]}


def _of(one: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- how the SDK writes a type down
    """The schema of a type: a class, a list or a tuple of alternatives, a dict of what the values are."""
    if isinstance(one, tuple):
        found = [_of(each, definitions) for each in one]
        return found[0] if len(found) == 1 else {"anyOf": found}
    if isinstance(one, list):
        return {"type": "array", "items": _of(tuple(one), definitions)}
    if isinstance(one, dict):
        return {"type": "object", "additionalProperties": _of(one[str], definitions)}
    if one.__name__ in _TYPES:
        return {"type": _TYPES[one.__name__]}
    if one.__name__ not in definitions:
        definitions[one.__name__] = {}  # types name each other in circles
        definitions[one.__name__] = _fields(one, definitions)
    return {"$ref": f"#/$defs/{one.__name__}"}


def _fields(model: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- a class without types
    if not hasattr(model, "attribute_map") or issubclass(model, ModelSimple):
        return {}  # steps in parallel: any list
    # The SDK's own kind of property, which takes no instance.
    types = model.openapi_types() if callable(model.openapi_types) else model.openapi_types
    properties = {model.attribute_map[name]: _of(one, definitions) for name, one in types.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}
