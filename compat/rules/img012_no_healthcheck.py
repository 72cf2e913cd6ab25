"""IMG012: an image serves a port, and nothing tells Docker whether it still answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.model.containers import Instruction, Stage
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Related, Safety, Severity
from compat.rules.base import Rule, Subject
from compat.rules.image_words import READ_ON, has_plain_base, is_final

_HEALTHCHECK = Evidence(
    claim="a HEALTHCHECK finds a server that hangs and takes no more connections, while its process still runs",
    source="https://docs.docker.com/reference/dockerfile/#healthcheck",
    read_on=READ_ON,
)

#: Programs that serve whatever their arguments are, and the path that tells whether they do; "" where that is up to the application.
#: Sources: https://docs.pytorch.org/serve/inference_api.html (``/ping``), https://github.com/triton-inference-server/server/blob/main/README.md
#: (``/v2/health/ready``), https://docs.streamlit.io/deploy/tutorials/docker (``/_stcore/health``),
#: https://github.com/jupyter/docker-stacks/blob/main/images/base-notebook/docker_healthcheck.py (``/api``).
_SERVERS = {
    "daphne": "",
    "gunicorn": "",
    "http.server": "/",
    "hypercorn": "",
    "jupyter-lab": "/api",
    "jupyter-notebook": "/api",
    "runserver": "",
    "torchserve": "/ping",
    "tritonserver": "/v2/health/ready",
    "uvicorn": "",
    "vllm.entrypoints.openai.api_server": "",
    "waitress-serve": "",
}
#: Programs that serve with one of these words behind them.
_WITH = {
    "bentoml": (("serve", "serve-http"), ""),
    "fastapi": (("run", "dev"), ""),
    "flask": (("run",), ""),
    "jupyter": (("lab", "notebook", "server"), "/api"),
    "mlflow": (("server", "ui"), ""),
    "ray": (("serve",), ""),
    "serve": (("run",), ""),
    "streamlit": (("run",), "/_stcore/health"),
    "vllm": (("serve",), ""),
}


class NoHealthcheck(Rule):
    """A port is exposed, a server is started, and there is no ``HEALTHCHECK``.

    What it finds:
        EXPOSE and a CMD or ENTRYPOINT that starts a known server (uvicorn, gunicorn, flask, fastapi, streamlit,
        jupyter, torchserve, tritonserver, vllm, ...) in the final image, and no HEALTHCHECK in any of its stages.
        Only where the base image is known to have none.

    Why it matters:
        Docker restarts a process that ends, and Compose can wait for one that is healthy. A server that hangs, or is
        still loading its model, looks the same as one that works. Kubernetes does not read HEALTHCHECK: there, write
        probes.

    Example:
        EXPOSE 8000
        CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]

    Use instead:
        EXPOSE 8000
        HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://localhost:8000/')"
        CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]

    Source:
        https://docs.docker.com/reference/dockerfile/#healthcheck
    """

    code, name = "IMG012", "no-healthcheck"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding, at the instruction that starts the server."""
        stages = subject.environment.stages
        if not is_final(subject) or not has_plain_base(stages) or _last(stages, "HEALTHCHECK") is not None:
            return
        exposed, started = _last(stages, "EXPOSE"), _started(stages)
        if exposed is None or not exposed.words or started is None:
            return
        instruction, server, path = started
        port = exposed.words[0].text.partition("/")[0]
        yield self.found(
            Severity.INFO,
            f"`{server}` serves port {port}, and no HEALTHCHECK asks whether it answers",
            instruction.place,
            packages=(),
            related=[Related(place=exposed.place, message=f"port {port} is exposed here")],
            evidence=(_HEALTHCHECK,),
            fix=Fix(title=_title(port, path), safety=Safety.SHOWN),
        )


def _title(port: str, path: str) -> str:
    """A probe that every image with Python can run; curl is missing from slim ones."""
    probe = f"python -c \"import urllib.request as r; r.urlopen('http://localhost:{port}{path or '/'}')\""
    return f"Add `HEALTHCHECK CMD {probe}`{'' if path else ', with a path that the application answers'}"


def _last(stages: Sequence[Stage], keyword: str) -> Instruction | None:
    """The instruction in force: the last of its kind."""
    found = [i for stage in stages for i in stage.instructions if i.keyword == keyword]
    return found[-1] if found else None


def _started(stages: Sequence[Stage]) -> tuple[Instruction, str, str] | None:
    """What CMD or ENTRYPOINT starts: the instruction, the server and the path that it answers."""
    for keyword in ("ENTRYPOINT", "CMD"):
        instruction = _last(stages, keyword)
        if instruction is not None and (server := _server(instruction)) is not None:
            return (instruction, *server)
    return None


def _server(instruction: Instruction) -> tuple[str, str] | None:
    """The known server among the words of a command, also of one that a shell reads."""
    words = [part.strip("'\"") for word in instruction.words for part in word.text.split()]
    for position, word in enumerate(words):
        name = word.rpartition("/")[2]
        if name in _SERVERS:
            return name, _SERVERS[name]
        after = words[position + 1] if position + 1 < len(words) else ""
        if name in _WITH and after in _WITH[name][0]:
            return f"{name} {after}", _WITH[name][1]
    return None
