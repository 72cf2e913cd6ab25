"""A compose file that builds the exported Dockerfile and runs it with limits, caches, and the GPU where there is one.

Source: https://docs.docker.com/reference/compose-file/
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from compat.export.conda_stages import has_pip
from compat.export.plan import ExportPlan
from compat.text.yaml_commented import Route, to_commented_yaml

#: An amount of memory, as compose takes it: https://docs.docker.com/reference/compose-file/extension/#specifying-byte-values
SIZE = r"([1-9][0-9]*)([bkmg])"
SMALLER = {"g": "m", "m": "k", "k": "b"}
#: Of the image's user, and its own, so that a new volume is, too.
_HOME = "/home/app"
#: What the build takes as a secret; any other is one of the running service.
_BUILD_SECRETS = ("netrc",)
#: What fills the cache with what is dear to fetch again.
_FETCHING = {"huggingface-hub": "~/.cache/huggingface", "torch": "~/.cache/torch", "pytorch": "~/.cache/torch"}
_FRAMEWORKS = ("torch", "pytorch", "pytorch-gpu")


class ComposeOptions(NamedTuple):
    """What the caller chose; "" and None leave it to the plan. ``gpus`` is a number, ``all`` or ``none``, ``port`` that of a service.

    ``health_path`` is asked for its health. ``secrets`` are names with the files that hold them: ``netrc`` is for the build.
    ``dockerfile`` and ``context`` are as compose takes them.
    """

    gpus: str = ""
    memory: str = ""
    shm: str = ""
    cpus: str = ""
    port: int | None = None
    health_path: str = "/"
    secrets: tuple[tuple[str, str], ...] = ()
    context: str = "."
    dockerfile: str = "Dockerfile"


def to_compose(plan: ExportPlan, options: ComposeOptions = ComposeOptions()) -> str:  # noqa: B008 - a constant
    """The YAML of a project with one service. The same arguments give the same bytes."""
    # Of an environment without a lock only the main package is known.
    known = {plan.main, *(name for target in plan.targets for name in target.versions())}
    comments: dict[Route, str] = {}
    service: Route = ("services", plan.name)
    parts = (
        _build(plan, options, service),
        _start(options, service),
        _rights(service),
        _shared_memory(known, options, service),
        _caches(known, service),
        _secrets(options, service),
        _logs(service),
        _deploy(plan, known, options, service),
    )
    body: dict[str, Any] = {}
    for keys, notes in parts:
        body |= keys
        comments |= notes
    document: dict[str, Any] = {"name": plan.name, "services": {plan.name: body}, "volumes": {"home": {}}}
    if options.secrets:
        document["secrets"] = {name: {"file": path} for name, path in options.secrets}
    return to_commented_yaml(document, comments, _HEAD)


_Part = tuple[dict[str, Any], dict[Route, str]]
_HEAD = (
    "Written by `compat export compose`. Start it with `docker compose up --build`, or run one command in it with\n"
    "`docker compose run --build --rm SERVICE COMMAND`."
)
#: BuildKit takes them without the Dockerfile naming them.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def _build(plan: ExportPlan, options: ComposeOptions, route: Route) -> _Part:
    build: dict[str, Any] = {
        "context": options.context,
        "dockerfile": options.dockerfile,
        "args": [*_PROXIES, *_mirrors(plan)],
    }
    why = "Proxies and mirrors, from the environment of `docker compose build` where they are set."
    notes: dict[Route, str] = {(*route, "build", "args"): why}
    secrets = [name for name, _ in options.secrets if name in _BUILD_SECRETS]
    if secrets:
        build["secrets"] = secrets
    if len(plan.platforms) > 1:
        notes[*route, "build", "platforms"] = (
            "`up` builds for this machine alone. `build` makes an image for both, which takes Docker's containerd image store."
        )
    build["platforms"] = list(plan.platforms)
    return {"image": f"{plan.name}:local", "build": build}, notes


def _mirrors(plan: ExportPlan) -> tuple[str, ...]:
    """The arguments of the exported Dockerfile that name a mirror. One that it does not have is a warning of Docker's."""
    if plan.kind == "pip":
        return ("UV_DEFAULT_INDEX",)
    return ("CONDA_CHANNEL_ALIAS", *(("UV_DEFAULT_INDEX",) if has_pip(plan) else ()))


def _start(options: ComposeOptions, route: Route) -> _Part:
    keys: dict[str, Any] = {"init": True}
    notes: dict[Route, str] = {
        (*route, "init"): "Takes up the children that DataLoader's workers leave, and passes signals on."
    }
    if options.port is None:
        keys["restart"] = "no"
        notes[*route, "restart"] = (
            "What fails would fail again. A program that goes on from a checkpoint wants on-failure."
        )
    else:
        keys["restart"] = "unless-stopped"
        keys["healthcheck"] = _health(options.port, options.health_path)
        notes[*route, "healthcheck"] = "Importing a framework and loading a model take their time."
        keys["ports"] = [f"127.0.0.1:{options.port}:{options.port}"]
        notes[*route, "ports"] = (
            "For this machine alone: a port without an address is open to the network, past most firewalls."
        )
    return keys, notes


def _health(port: int, path: str) -> dict[str, Any]:
    """As the image has it if it was exported with the same port; slim images have no curl."""
    code = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{path}', timeout=3)"
    timing = {"interval": "30s", "timeout": "5s", "start_period": "120s", "retries": 3}
    return {"test": ["CMD", "python", "-c", code], **timing}


def _rights(route: Route) -> _Part:
    keys: dict[str, Any] = {
        "read_only": True,
        "tmpfs": ["/tmp:exec,mode=1777"],  # noqa: S108 -- of the container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    return keys, {
        (
            *route,
            "read_only",
        ): "What the program writes goes to the volumes and to /tmp. Mount a folder for its results.",
        (*route, "tmpfs"): "exec: compilers of kernels load from there what they have made. It counts as memory.",
    }


def _shared_memory(known: set[str], options: ComposeOptions, route: Route) -> _Part:
    """For PyTorch, and where it is asked for: half of the memory, as Linux gives a file system in memory."""
    if not options.shm and not known.intersection(_FRAMEWORKS):
        return {}, {}
    why = "Workers of a DataLoader hand tensors over in /dev/shm, of which Docker gives 64 MB. It counts as memory."
    return {"shm_size": options.shm or _half(_memory(known, options))}, {
        (*route, "shm_size"): f"{why}\nhttps://github.com/pytorch/pytorch#using-pre-built-images"
    }


def _memory(known: set[str], options: ComposeOptions) -> str:
    """No lock says what a program takes, so these are only large enough to load a framework or a table."""
    return options.memory or ("16g" if known.intersection(_FRAMEWORKS) else "4g")


def _half(size: str) -> str:
    """Of ``16g`` or ``15g``, in the next smaller unit where it takes one."""
    match = re.fullmatch(SIZE, size)
    assert match, size
    number, unit = int(match[1]), match[2]
    if number % 2 and unit != "b":
        number, unit = number * 1024, SMALLER[unit]
    return f"{number // 2}{unit}"


def _caches(known: set[str], route: Route) -> _Part:
    """One volume for all of the home, as every library has a folder of its own in it."""
    folders = dict.fromkeys(folder for name, folder in _FETCHING.items() if name in known)
    what = f"Models and datasets ({', '.join(folders)})" if folders else "What libraries fetch"
    return {"volumes": [f"home:{_HOME}"]}, {
        (*route, "volumes"): f"{what} and compiled kernels: they stay when the container is made anew."
    }


def _secrets(options: ComposeOptions, route: Route) -> _Part:
    names = [name for name, _ in options.secrets if name not in _BUILD_SECRETS]
    if not names:
        return {}, {}
    return {"secrets": names}, {(*route, "secrets"): "Each is a file below /run/secrets, and in no layer of the image."}


def _logs(route: Route) -> _Part:
    logging = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
    return {"logging": logging}, {(*route, "logging"): "Without a limit a log grows until the disk is full."}


def _deploy(plan: ExportPlan, known: set[str], options: ComposeOptions, route: Route) -> _Part:
    """Limits, and the GPU where packages are built for one: compose keeps both for itself, without a swarm."""
    limits = {"memory": _memory(known, options)} | ({"cpus": options.cpus} if options.cpus else {})
    resources: dict[str, Any] = {"limits": limits}
    place: Route = (*route, "deploy", "resources")
    notes: dict[Route, str] = {}
    if not options.memory:
        notes[*place, "limits"] = (
            "Not measured: a ceiling, so that a leak ends the container and not the machine. `docker stats` shows what it takes."
        )
    if options.gpus != "none" and (options.gpus or plan.needs_gpu):
        count: int | str = int(options.gpus) if options.gpus.isdigit() else options.gpus or 1
        device = {"driver": "nvidia", "count": count, "capabilities": ["gpu"]}
        resources["reservations"] = {"devices": [device]}
        notes[*place, "reservations"] = _gpu_note(plan)
    return {"deploy": {"resources": resources}}, notes


def _gpu_note(plan: ExportPlan) -> str:
    """Which of the images has CUDA, where not all have, and what the host has to bring."""
    with_cuda = [each for each in plan.targets if each.cuda is not None]
    built = "A target claims a GPU"
    if with_cuda:
        versions = sorted({".".join(map(str, each.cuda or ())) for each in with_cuda})
        where = f" on {with_cuda[0].architecture}" if len(with_cuda) < len(plan.targets) else ""
        built = f"The packages are built for CUDA {' and '.join(versions)}{where}"
    return f"{built}. The host needs NVIDIA's driver and its container toolkit, and no CUDA of its own."
