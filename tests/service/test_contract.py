"""The OpenAPI document against the service: requests made from it get no 500, and answers that keep to it.

Source: https://schemathesis.readthedocs.io/en/stable/
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from compat.service.app import create_app
from compat.service.contract import make_openapi
from tests.service.running import HERE, QUIET, Running, running

#: What every answer is held to.
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: For each address and each way of making requests. By hand with more: COMPAT_EXAMPLES=500 pytest -n 0 THIS.
EXAMPLES = int(os.environ.get("COMPAT_EXAMPLES", "12"))

SCHEMA = schemathesis.openapi.from_dict(make_openapi(create_app(QUIET)))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)}


@pytest.fixture(scope="module")
def asked() -> Iterator[Running]:
    """With an index, so that locks are taken in; jobs are stand-ins."""
    found = QUIET._replace(index_urls=("https://index.example/simple",), lock_waiting=10_000)
    with running(found, job_command=(sys.executable, str(HERE / "odd_job.py"))) as service:
        yield service


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_service_keeps_to_its_document(name: str, mode: GenerationMode, asked: Running) -> None:
    operation = OPERATIONS[name]
    takes = operation.body or operation.query or operation.path_parameters
    if mode is GenerationMode.NEGATIVE and not takes:
        return  # there is nothing that could be wrong

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps(case: schemathesis.Case[Any]) -> None:
        options = case.as_transport_kwargs(base_url="http://service")
        if isinstance(data := options.pop("data", None), str | bytes):
            options["content"] = data
        try:
            answer = asked.ask(options.pop("method"), options.pop("url"), **{k: v for k, v in options.items() if v})
        except httpx.InvalidURL:
            reject()  # too long for any client
        case.validate_response(answer, checks=CHECKS)

    keeps()
