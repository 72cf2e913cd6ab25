"""The stages that install what conda installs, and what pip installs on top of it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from compat.export.lists import group_names
from compat.export.pip_stages import MOUNTS, list_copies, list_path
from compat.export.plan import ExportPlan
from compat.export.settings import ImageSettings
from compat.export.words import comment, continued, copy, heredoc, pairs

PREFIX = "/opt/env"
#: What pip installs goes here first, so that its layer holds nothing of conda's.
ON_TOP = "/opt/on-top"
_CACHE = "--mount=type=cache,target=/opt/conda/pkgs,sharing=locked"
_CHANNELS = "https://conda.anaconda.org"

_WORDS = {
    "conda-cuda": "CUDA libraries as conda packages: the largest layer, and the one that changes least. They need no Python",
    "conda-torch": "The torch family, which changes with it",
    "conda-rest": "Python and all other packages of conda: the layer that changes most",
}
#: Runs what conda's packages want to be run when an environment is activated.
_ENTER = """\
#!/bin/bash
# Conda packages may set variables when their environment is activated.
for script in /opt/env/etc/conda/activate.d/*.sh; do
    if [ -e "$script" ]; then . "$script"; fi
done
exec "$@"
"""


def builder(plan: ExportPlan) -> Iterator[str]:
    """The stage that all groups of conda start from."""
    yield from comment("micromamba needs no Python of its own; with certificates it is one file.")
    yield "FROM base AS conda"
    yield "COPY --link --from=micromamba /bin/micromamba /usr/local/bin/micromamba"
    yield "COPY --link --from=micromamba /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt"
    yield from comment(
        "A mirror of the channels: it takes the place of the beginning of every address; the hashes stay."
    )
    yield f"ARG CONDA_CHANNEL_ALIAS={_CHANNELS}"
    settings = [("MAMBA_ROOT_PREFIX", "/opt/conda")]
    cuda = next((each.conda_cuda for each in plan.targets if each.conda_cuda), "")
    if cuda:
        machine = f"a machine with `__cuda` {cuda}, as they were locked" if plan.is_locked else f"CUDA {cuda}"
        yield from comment(f"There is no driver where images are built: the packages are for {machine}.")
        settings.append(("CONDA_OVERRIDE_CUDA", cuda))
    yield from pairs(settings, "ENV")


def group_stage(name: str, plan: ExportPlan, settings: ImageSettings) -> Iterator[str]:
    """The stage of one group of conda, which is made without a solver."""
    yield from comment(f"{_WORDS[name]}.")
    yield f"FROM conda AS {name}"
    yield from list_copies(name, plan, settings)
    explicit = list_path(settings)
    create = f"micromamba create --yes --no-rc --prefix {PREFIX} --file {explicit}"
    if any(each.group(name) is None for each in plan.targets):
        create = f"if grep -q :// {explicit}; then {create}; else mkdir --parents {PREFIX}; fi"
    replace = f'sed --in-place "s|{_CHANNELS}|${{CONDA_CHANNEL_ALIAS}}|" {explicit}'
    yield from continued(f"RUN {_CACHE}", MOUNTS[1], replace, f"&& {create}")


def pip_builder() -> Iterator[str]:
    """The stage that pip's packages start from: conda's Python is there, and what conda has installed is left alone."""
    yield from comment(
        "What pip installs comes after conda, and beside it: with --no-deps it replaces nothing of conda's."
    )
    yield "FROM conda-rest AS builder"
    yield "COPY --link --from=uv /uv /usr/local/bin/uv"
    yield from comment(
        "A mirror of the package index; without it uv asks its own default. It has to serve the same files."
    )
    yield "ARG UV_DEFAULT_INDEX"
    yield from pairs(
        [("UV_LINK_MODE", "copy"), ("UV_COMPILE_BYTECODE", "1"), ("UV_PYTHON_DOWNLOADS", "never")],
        "ENV",
    )


#: Installs for conda's Python into a folder of its own.
PIP_OPTIONS = (f"--python {PREFIX}/bin/python", f"--prefix {ON_TOP}")


def has_pip(plan: ExportPlan) -> bool:
    """Whether anything is installed on top of conda."""
    return bool(plan.members) or any(not name.startswith("conda-") for name in group_names(plan))


def unlocked_stage(plan: ExportPlan, root: str, files: tuple[str, ...]) -> Iterator[str]:
    """Conda and pip solve what the input asks for. Paths from the context."""
    yield from comment(
        f"{root} is not locked: each build solves it anew. `compat lock {root}` gives layers and hashes."
    )
    yield "FROM conda AS packages"
    yield from (copy(path, f"/src/{path}") for path in files)
    yield "WORKDIR /src"
    if not any(each.conda_cuda for each in plan.targets):
        yield from comment(
            "There is no driver where images are built, so that conda takes CPU builds: --build-arg CONDA_OVERRIDE_CUDA=12.8 asks for CUDA."
        )
        yield "ARG CONDA_OVERRIDE_CUDA"
    yield from continued(
        f"RUN {_CACHE}",
        "--mount=type=cache,target=/root/.cache/pip",
        MOUNTS[1],
        # micromamba reads variables with its own name in front, and takes CONDA_OVERRIDE_CUDA as conda spells it.
        'MAMBA_CHANNEL_ALIAS="${CONDA_CHANNEL_ALIAS}"',
        f"micromamba create --yes --prefix {PREFIX} --file {quote(f'/src/{root}')}",
    )


def entrypoint() -> Iterator[str]:
    """What activates the environment before the command."""
    yield from heredoc("COPY --link --chmod=755", _ENTER, "/usr/local/bin/enter")
    yield 'ENTRYPOINT ["/usr/local/bin/enter"]'
