"""``compat check --server URL``: the files are read here, and judged by a service."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from compat.model.errors import CompatError, UnansweredError, UsageError
from compat.version import __version__

if TYPE_CHECKING:
    import httpx

    from compat.model.diagnostics import Report

_KEY = "COMPAT_SERVER_KEY"
_SECONDS = 60.0
#: Statuses that say what is wrong with the call; the others, that there is no answer now.
_REFUSED = range(400, 423)


def check_remotely(
    server: str,
    paths: Sequence[str],
    *,
    stdin: bytes | None = None,
    stdin_filename: str | None = None,
    transport: httpx.BaseTransport | None = None,
    **question: Any,  # noqa: ANN401 - the other fields of a request
) -> Report:
    """The report of the service at *server*, as if the check had been made here.

    Without targets here or in the settings, this machine's platform is asked for, as `check` does. *transport* is for tests.
    Raises: UsageError, FileProblem; UnansweredError.
    """
    from compat.api import config
    from compat.api.serving.collecting import collect
    from compat.host import host_subdir
    from compat.report.json_reader import read_report

    found = collect(paths, stdin, stdin_filename)
    body = {"files": [_file(name, data) for name, data in found.files.items()], "roots": list(found.roots), **question}
    if not body["targets"] and not config(paths).targets:
        body["targets"] = [host_subdir()]
    answer = _ask(f"{_checked(server)}/v1/check", body, transport)
    try:
        return read_report(answer, _sources(answer, found.files))
    except (KeyError, TypeError, ValueError) as error:
        raise UnansweredError("the service answered what is no report of schema 1") from error


def _sources(answer: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts of the files that were read, for excerpts. Raises: KeyError, TypeError, FileProblem."""
    from compat.text.source import decode, mask_credentials

    return {
        file["path"]: mask_credentials(
            decode(file["path"], files[file["path"]], declared=file["kind"] == "requirements").text
        )
        for file in answer["files"]
        if file["path"] in files and "error" not in file
    }


def _file(name: str, data: bytes) -> dict[str, str]:
    """The bytes as they are: their encoding and their line ends are the service's to judge."""
    return {"name": name.replace(os.sep, "/"), "content": base64.b64encode(data).decode(), "encoding": "base64"}


def _checked(server: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(server)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        fine = False
    if not fine:
        raise UsageError("`--server` takes an address such as http://127.0.0.1:8000", hint=f"a key comes from {_KEY}")
    return server.rstrip("/")


def _ask(url: str, body: Mapping[str, Any], transport: httpx.BaseTransport | None) -> dict[str, Any]:
    try:
        import httpx
    except ImportError as error:
        raise UsageError("`--server` needs httpx", hint="pip install 'compat-matrix[online]'") from error
    headers = {"user-agent": f"compat-matrix/{__version__}"}
    if key := os.environ.get(_KEY):
        headers["authorization"] = f"Bearer {key}"
    try:
        with httpx.Client(timeout=_SECONDS, transport=transport, headers=headers) as client:
            answer = client.post(url, json=body)
        found = answer.json()
    except httpx.HTTPError as error:
        raise UnansweredError(f"the service was not reached ({type(error).__name__})") from error
    except ValueError as error:
        raise UnansweredError(f"the service answered {answer.status_code} and no JSON") from error
    if answer.status_code != httpx.codes.OK:
        raise _refusal(answer.status_code, found)
    if not isinstance(found, dict):
        raise UnansweredError("the service answered what is no report of schema 1")
    return found


def _refusal(status: int, found: object) -> CompatError:
    detail = str(found.get("detail", "")) if isinstance(found, dict) else ""
    message, _, hint = detail.partition("\nhint: ")
    if status in _REFUSED:
        return UsageError(f"the service refuses ({status}): {message}", hint=hint or None)
    return UnansweredError(f"the service has no answer ({status}): {message}")
