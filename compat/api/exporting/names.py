"""What an environment is called, and which of its packages tells by its import that it is whole."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence

from compat.api.locking.inputs import Inputs
from compat.lock.environment_yml import environment_name
from compat.model.locking import Lock

#: Frameworks, the first of which that is there stands for the environment, and what Python imports them by. Names of
#: conda packages stand behind those of projects.
_FRAMEWORKS = {
    "torch": "torch",
    "tensorflow": "tensorflow",
    "jax": "jax",
    "pytorch": "torch",
    "pytorch-gpu": "torch",
    "cupy": "cupy",
    "paddlepaddle": "paddle",
    "mxnet": "mxnet",
    "onnxruntime": "onnxruntime",
    "onnxruntime-gpu": "onnxruntime",
    "scikit-learn": "sklearn",
    "transformers": "transformers",
    "pandas": "pandas",
    "numpy": "numpy",
}
_NO_NAME = re.compile(r"[^a-z0-9]+")


def find_main(versions: Mapping[str, str], asked: Sequence[str]) -> str:
    """The framework among *versions*, else the first that the input asks for, else ""."""
    found = next((name for name in _FRAMEWORKS if name in versions), "")
    return found or next((name for name in asked if name not in ("python", "pip") and name in versions), "")


def module_of(name: str) -> str:
    """The module of a project that is known, else ""."""
    return _FRAMEWORKS.get(name, "")


def find_name(path: str, inputs: Inputs | None) -> str:
    """As the input calls itself, else after its folder; letters, digits and dashes, as images are named."""
    own = ""
    if inputs is not None:
        own = environment_name(Lock((), (path,), (), inputs.environment)) or _project_name(inputs)
    folder = os.path.basename(os.path.dirname(os.path.realpath(path)))
    return _NO_NAME.sub("-", (own or folder).lower()).strip("-") or "environment"


def _project_name(inputs: Inputs) -> str:
    for document in inputs.documents:
        if document.kind == "pyproject":
            table = tomllib.loads(document.text).get("project", {})
            return str(table.get("name", "")) if isinstance(table, dict) else ""
    return ""
