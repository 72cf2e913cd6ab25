"""What workers answer: JSON values in, the bytes of an answer out. Raises: Problem, UsageError, FileProblem."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from compat.model.errors import UsageError
from compat.service.bodies import BatchRequest, Body, CheckRequest, File, LockRequest, RelaxRequest, read_bounded
from compat.service.page.handlers import HANDLERS as PAGE_HANDLERS

Question = Mapping[str, Any]


def files_of(question: Question) -> dict[str, bytes]:
    """The files of a request by name. Raises: UsageError for a name that stands twice, and for what is no base64."""
    found: dict[str, bytes] = {}
    for file in question["files"]:
        name = file["name"]
        if name in found:
            raise UsageError(f"two files have the name `{name}`")
        found[name] = _decoded(file, name)
    return found


def _decoded(file: Mapping[str, str], name: str) -> bytes:
    if file.get("encoding", "utf-8") != "base64":
        return file["content"].encode()
    try:
        return base64.b64decode(file["content"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(f"the content of `{name}` is no base64") from error


def check(question: Question) -> bytes:
    """The report of ``compat check --format json``."""
    from compat.api import check_files
    from compat.report.json import render_json

    report = check_files(
        files_of(question),
        targets=question["targets"],
        together=question["together"],
        select=question["select"],
        ignore=question["ignore"],
        roots=question["roots"],
    )
    return render_json(report).encode()


def relax(question: Question) -> bytes:
    """The answer of ``compat relax --format json``."""
    from compat.api.relax import relax_files
    from compat.report.relaxation_json import render_relaxation_json

    options = {key: question[key] for key in ("targets", "policy", "lower", "drop_hashes", "from_export", "prove")}
    return render_relaxation_json(relax_files(files_of(question), **options)).encode()


def matrix(question: Question) -> bytes:
    """The answer of ``compat matrix --format json``."""
    from compat.api.querying.query import matrix_query

    scope = {key: question.get(key) for key in ("python", "cuda", "platform")}
    return _rendered(matrix_query(question["query"], **scope).to_json())


def recommend(question: Question) -> bytes:
    """The answer of ``compat recommend --format json``."""
    from compat.api.recommending.recommend import recommend as find_set
    from compat.api.serving import refuse_host

    refuse_host(question["targets"])
    return _rendered(find_set(question["targets"] or ("linux-64", "linux-aarch64"), question["with"]).to_json())


def names(question: Question) -> bytes:
    """What a package is called on the other side."""
    from compat.api.serving.names import find_names

    return _rendered(find_names(question["ecosystem"], question["name"]))


def facts(question: Question) -> bytes:
    """One fact of the tables, or the facts of one table; empty where there is none."""
    from compat.api.serving.facts import find_facts

    found = find_facts(question["id"])
    return b"" if found is None else _rendered(found)


def rules(question: Question) -> bytes:
    """All rules, or the page of one."""
    from compat.api.serving.rules import list_rules, rule_page

    code = question.get("code")
    found = list_rules() if code is None else rule_page(code)
    return b"" if found is None else _rendered(found)


def badge(question: Question) -> bytes:
    """The verdict on some requirements as SVG."""
    from compat.api import check_files
    from compat.service.badge import render_badge

    text = "".join(f"{package}\n" for package in question["packages"])
    report = check_files({"requirements.txt": text.encode()}, targets=question["targets"])
    broken = any(file.error is not None for file in report.files)
    return render_badge(question["label"], "unreadable" if broken else report.verdict).encode()


def _rendered(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _asked(model: type[Body], handler: Callable[[Question], bytes]) -> Callable[[bytes], bytes]:
    """*handler* for a body as a client sent it."""
    return lambda payload: handler(read_bounded(model, payload).model_dump())


def _told(handler: Callable[[Question], bytes]) -> Callable[[bytes], bytes]:
    """*handler* for JSON that the service itself has made."""
    return lambda payload: handler(json.loads(payload))


def read_batch(payload: bytes) -> bytes:
    """The requests of a batch, one a line. Their own bounds count when they are asked one by one."""
    batch = read_bounded(BatchRequest, payload)
    return b"\n".join(one.model_dump_json().encode() for one in batch.requests)


def read_lock(payload: bytes) -> bytes:
    """A request for a lock as JSON that has its form."""
    return read_bounded(LockRequest, payload).model_dump_json().encode()


_TOLD = {
    "matrix": matrix,
    "recommend": recommend,
    "names": names,
    "facts": facts,
    "rules": rules,
    "badge": badge,
    **PAGE_HANDLERS,
}

HANDLERS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "check": _asked(CheckRequest, check),
        "relax": _asked(RelaxRequest, relax),
        "batch": read_batch,
        "lock": read_lock,
        **{kind: _told(handler) for kind, handler in _TOLD.items()},
    }
)

_WARM = {
    "environment.yml": "dependencies: [python=3.11, pytorch=2.4.1, {pip: [torchvision==0.20.0, numpy<2]}]\nchannels: [pytorch, nvidia]\n",
    "requirements.txt": "torch==2.4.1+cu121\ntensorflow==2.15\njax[cuda12]\nxformers\n",
}


def warm_up() -> None:
    """Import what answers need, and read the tables that most of them ask."""
    files = [File(name=name, content=content) for name, content in _WARM.items()]
    targets = ["linux-64,gpu=h100,driver=535,python=3.11"]
    check(CheckRequest(files=files, targets=targets).model_dump())
    relax(RelaxRequest(files=files, targets=targets).model_dump())
    matrix({"query": ["torch", "2.4"]})
    recommend({"targets": [], "with": []})
    names({"ecosystem": "conda", "name": "pytorch"})
    facts({"id": "gpus"})
    rules({})
    badge({"packages": ["torch==2.4.1"], "targets": ["linux-64"], "label": "compat"})
    PAGE_HANDLERS["page"]({"part": "page", "state": {}})
