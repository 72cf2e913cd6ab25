"""The stages that install what pip installs: one for each group, side by side, all into the same folder.

Each starts from the same builder with an empty environment, so a group is built anew only where its own list changes, and
its layer in the image stays as it is where another one changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from compat.export.bases import Bases
from compat.export.lists import list_name, list_text
from compat.export.plan import ExportPlan, Group
from compat.export.settings import ImageSettings
from compat.export.words import comment, continued, copy, heredoc, pairs
from compat.model.words import dotted, listed

VENV = "/opt/venv"
#: Where what is compiled goes first.
EXTENSION = "/opt/extension"
#: Where the list of packages of one stage is, for each architecture.
LIST = "/tmp/packages"  # noqa: S108 - in a stage of a build, which nobody else is in
#: What uv downloads, kept by BuildKit between builds and in no layer; and credentials, which no layer holds either.
MOUNTS = (
    "--mount=type=cache,target=/root/.cache/uv",
    "--mount=type=secret,id=netrc,target=/root/.netrc",
)
_WORDS = {
    "cuda": "CUDA libraries as wheels: the largest layer, and the one that changes least",
    "torch": "The torch family, which changes with it",
    "rest": "All other packages: the layer that changes most",
    "source": "Packages without a wheel, which are built: a build takes its tools from the index, not from the lock",
}


def builder(plan: ExportPlan, bases: Bases) -> Iterator[str]:
    """The stage that all groups start from. Where the base has no such Python, uv brings one."""
    yield "FROM base AS builder"
    yield "COPY --link --from=uv /uv /usr/local/bin/uv"
    yield from comment(
        "A mirror of the package index; without it uv asks its own default. It has to serve the same files."
    )
    yield "ARG UV_DEFAULT_INDEX"
    yield from comment(
        "The cache is on another file system, so files are copied; modules are compiled now, since the user of the image may not write."
    )
    settings = [("UV_LINK_MODE", "copy"), ("UV_COMPILE_BYTECODE", "1"), ("VIRTUAL_ENV", VENV)]
    python = dotted(plan.python)
    if bases.own_python:
        yield from comment(
            f"The image has no Python {python}: uv installs one into a folder that the image takes over."
        )
        yield from pairs([*settings, ("UV_PYTHON_INSTALL_DIR", "/opt/python")], "ENV")
        yield f"RUN uv venv --python {python} --managed-python {VENV}"
    else:
        yield from pairs([*settings, ("UV_PYTHON_DOWNLOADS", "never")], "ENV")
        yield f"RUN uv venv --python /usr/local/bin/python3 {VENV}"


def group_stage(
    name: str, plan: ExportPlan, settings: ImageSettings, *, base: str = "builder", options: Sequence[str] = ()
) -> Iterator[str]:
    """The stage of one group. *options* say where to, if that is not the environment of *base*."""
    groups = _groups(plan, name)
    yield from comment(f"{_WORDS[name]}.")
    if name == "source" and not all(group.hashed for group in groups):
        yield from comment("Repositories have no hash; the commit in the list says what is installed.")
    yield f"FROM {base} AS {name}"
    if name == "source":
        yield from system_packages(("build-essential", "git"))
    yield from list_copies(name, plan, settings)
    yield from continued(f"RUN {MOUNTS[0]}", MOUNTS[1], _install(groups, settings, options))


def _install(groups: Sequence[Group], settings: ImageSettings, options: Sequence[str]) -> str:
    """The lock is complete, so nothing else is looked for; with several indexes the hash decides, not their order."""
    flags = ["--no-deps"]
    flags += ["--require-hashes"] if all(group.hashed for group in groups) else []
    flags += ["--index-strategy unsafe-best-match"] if any(group.indexes for group in groups) else []
    return " ".join(["uv pip install", *options, *flags, f"--requirement {list_path(settings)}"])


def _groups(plan: ExportPlan, name: str) -> tuple[Group, ...]:
    return tuple(group for each in plan.targets if (group := each.group(name)) is not None)


def list_copies(name: str, plan: ExportPlan, settings: ImageSettings) -> Iterator[str]:
    """Put the list of *name* where `list_path` says."""
    yield "ARG TARGETARCH"
    if not settings.embedded:
        yield f"COPY --link {list_name(name, '${TARGETARCH}')} {LIST}.txt"
        return
    for each in plan.targets:
        text = list_text(each.group(name), each.target.text)
        yield from heredoc("COPY --link", text, f"{LIST}.{each.architecture}.txt")


def list_path(settings: ImageSettings) -> str:
    """The list of a stage, in it; in quotes where the shell has a variable to replace."""
    return f'"{LIST}.${{TARGETARCH}}.txt"' if settings.embedded else f"{LIST}.txt"


def system_packages(names: Sequence[str]) -> Iterator[str]:
    """Packages of the distribution, without the lists that apt keeps."""
    yield from comment(
        "Not pinned: Debian and Ubuntu take replaced versions off their servers, so that a pin stops to build."
    )
    yield "# hadolint ignore=DL3008"
    yield from continued(
        "RUN apt-get update",
        f"&& apt-get install --yes --no-install-recommends {' '.join(names)}",
        "&& rm -rf /var/lib/apt/lists/*",
    )


def extension_stage(
    plan: ExportPlan, bases: Bases, settings: ImageSettings, below: Sequence[tuple[str, str, str]], python: str = VENV
) -> Iterator[str]:
    """What is compiled with torch: where there is nvcc, with the other groups in place.

    *below* are those, each as its stage, the folder in it, and where that goes; *python* is the environment's folder.
    """
    names = dict.fromkeys(package.name for group in _groups(plan, "extension") for package in group.packages)
    yield from comment(
        f"{listed(list(names))}: compiled with the torch that is locked, so without build isolation. It takes long."
    )
    if bases.compiler is None:
        yield "FROM builder AS extension"
        yield from system_packages(("build-essential", "git"))
    else:
        yield from comment(f"{bases.compiler.why}. It stays behind; the image gets what it makes.")
        yield f"FROM {bases.compiler.image} AS extension"
        yield "COPY --link --from=uv /uv /usr/local/bin/uv"
        yield "ARG UV_DEFAULT_INDEX"
        yield from pairs([("UV_LINK_MODE", "copy"), ("VIRTUAL_ENV", python)], "ENV")
        yield from system_packages(("git",))
        if python == VENV:
            yield f"RUN uv venv --python {dotted(plan.python)} --managed-python {VENV}"
    yield from (f"COPY --link --from={name} {source} {target}" for name, source, target in below)
    yield from comment("GPUs to compile for, and how many files at a time: one takes some gigabytes of memory.")
    yield f'ARG TORCH_CUDA_ARCH_LIST="{_architectures(plan)}"' if _architectures(plan) else "ARG TORCH_CUDA_ARCH_LIST"
    yield "ARG MAX_JOBS=4"
    yield from list_copies("extension", plan, settings)
    within = f"--python {python}/bin/python"
    options = (within, "--no-build-isolation", f"--target {EXTENSION}")
    install = _install(_groups(plan, "extension"), settings, options)
    yield from continued(
        f"RUN {MOUNTS[0]}",
        MOUNTS[1],
        f"uv pip install {within} setuptools wheel ninja packaging psutil",
        f"&& {install}",
    )


def _architectures(plan: ExportPlan) -> str:
    """The compute capabilities of the targets, as torch's build takes them."""
    found = {dotted(each.target.gpu) for each in plan.targets if each.target.gpu}
    return ";".join(sorted(found))


def site_packages(plan: ExportPlan, prefix: str = VENV) -> str:
    """The folder of modules in an environment."""
    return f"{prefix}/lib/python{dotted(plan.python)}/site-packages"


def project_stage(plan: ExportPlan, base: str = "builder", options: Sequence[str] = ()) -> Iterator[str]:
    """The project itself, whose requirements are all there."""
    folders = ["/src" if path == "." else f"/src/{path.removeprefix('./')}" for path in plan.members]
    yield from comment("The project: the layer of every day. Its build takes its tools from the index.")
    yield f"FROM {base} AS project"
    yield "COPY --link . /src"
    install = " ".join(["uv pip install", *options, "--no-deps", *folders])
    yield from continued(f"RUN {MOUNTS[0]}", MOUNTS[1], install)


def unlocked_stage(plan: ExportPlan, root: str, files: Sequence[str]) -> Iterator[str]:
    """Everything that the input asks for in one layer: which packages that are is not known before. Paths from the context."""
    yield from comment(
        f"{root} is not locked: each build takes the newest that it admits. `compat lock {root}` gives layers and hashes."
    )
    yield "FROM builder AS packages"
    if plan.from_sources:
        yield from comment("A line of it names a folder of the project, so that all of it has to be there.")
        yield "COPY --link . /src/"
    else:
        yield from (copy(path, f"/src/{path}") for path in files)
    flags = [f"--extra {quote(name)}" for name in plan.extras] + [
        f"--group {quote(f'/src/{root}:{name}')}" for name in plan.groups
    ]
    yield "WORKDIR /src"
    yield from continued(
        f"RUN {MOUNTS[0]}", MOUNTS[1], " ".join(["uv pip install", *flags, f"--requirement {quote(f'/src/{root}')}"])
    )
