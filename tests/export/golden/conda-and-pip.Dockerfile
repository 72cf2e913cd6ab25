# syntax=docker/dockerfile:1
# Written by compat export from conda-lock.yml, for linux-64,glibc=2.28,gpu=h100,python=3.11 and
# linux-aarch64,glibc=2.28,gpu=gh200,python=3.11.
# Build: docker buildx build --platform linux/amd64,linux/arm64 --tag vision .
# Tags are pinned, digests are yours to add: `docker buildx imagetools inspect IMAGE` prints them.
# Behind a proxy: --build-arg HTTPS_PROXY=..., which BuildKit passes on and keeps in no layer.
# Credentials of mirrors: --secret id=netrc,src=$HOME/.netrc, which is in no layer either.

# uv takes hashes and pip's own lists, downloads in parallel, and stays out of the image, where pip would not.
FROM ghcr.io/astral-sh/uv:0.13.9 AS uv
FROM mambaorg/micromamba:2.6.1-debian12-slim AS micromamba

# debian:bookworm-slim: conda's packages bring all but glibc.
FROM debian:bookworm-slim AS base
ENV PATH=/opt/env/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CONDA_PREFIX=/opt/env

# micromamba needs no Python of its own; with certificates it is one file.
FROM base AS conda
COPY --link --from=micromamba /bin/micromamba /usr/local/bin/micromamba
COPY --link --from=micromamba /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# A mirror of the channels: it takes the place of the beginning of every address; the hashes stay.
ARG CONDA_CHANNEL_ALIAS=https://conda.anaconda.org
# There is no driver where images are built: the packages are for a machine with `__cuda` 12.8, as they were
# locked.
ENV MAMBA_ROOT_PREFIX=/opt/conda \
    CONDA_OVERRIDE_CUDA=12.8

# CUDA libraries as conda packages: the largest layer, and the one that changes least. They need no Python.
FROM conda AS conda-cuda
ARG TARGETARCH
COPY --link <<'END' /tmp/packages.amd64.txt
# Written by compat export for linux-64,glibc=2.28,gpu=h100,python=3.11
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/cudnn-1.0-0.conda#6375646e6e0000000000000000000000
END

COPY --link <<'END' /tmp/packages.arm64.txt
# Written by compat export for linux-aarch64,glibc=2.28,gpu=gh200,python=3.11
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/cudnn-1.0-0.conda#6375646e6e0000000000000000000000
END

RUN --mount=type=cache,target=/opt/conda/pkgs,sharing=locked \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    sed --in-place "s|https://conda.anaconda.org|${CONDA_CHANNEL_ALIAS}|" "/tmp/packages.${TARGETARCH}.txt" \
    && micromamba create --yes --no-rc --prefix /opt/env --file "/tmp/packages.${TARGETARCH}.txt"

# The torch family, which changes with it.
FROM conda AS conda-torch
ARG TARGETARCH
COPY --link <<'END' /tmp/packages.amd64.txt
# Written by compat export for linux-64,glibc=2.28,gpu=h100,python=3.11
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/pytorch-1.0-0.conda#7079746f726368000000000000000000
END

COPY --link <<'END' /tmp/packages.arm64.txt
# Written by compat export for linux-aarch64,glibc=2.28,gpu=gh200,python=3.11
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/pytorch-1.0-0.conda#7079746f726368000000000000000000
END

RUN --mount=type=cache,target=/opt/conda/pkgs,sharing=locked \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    sed --in-place "s|https://conda.anaconda.org|${CONDA_CHANNEL_ALIAS}|" "/tmp/packages.${TARGETARCH}.txt" \
    && micromamba create --yes --no-rc --prefix /opt/env --file "/tmp/packages.${TARGETARCH}.txt"

# Python and all other packages of conda: the layer that changes most.
FROM conda AS conda-rest
ARG TARGETARCH
COPY --link <<'END' /tmp/packages.amd64.txt
# Written by compat export for linux-64,glibc=2.28,gpu=h100,python=3.11
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/python-1.0-0.conda#707974686f6e00000000000000000000
https://conda.anaconda.org/conda-forge/noarch/tzdata-1.0-0.conda#747a6461746100000000000000000000
END

COPY --link <<'END' /tmp/packages.arm64.txt
# Written by compat export for linux-aarch64,glibc=2.28,gpu=gh200,python=3.11
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/python-1.0-0.conda#707974686f6e00000000000000000000
https://conda.anaconda.org/conda-forge/noarch/tzdata-1.0-0.conda#747a6461746100000000000000000000
END

RUN --mount=type=cache,target=/opt/conda/pkgs,sharing=locked \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    sed --in-place "s|https://conda.anaconda.org|${CONDA_CHANNEL_ALIAS}|" "/tmp/packages.${TARGETARCH}.txt" \
    && micromamba create --yes --no-rc --prefix /opt/env --file "/tmp/packages.${TARGETARCH}.txt"

# What pip installs comes after conda, and beside it: with --no-deps it replaces nothing of conda's.
FROM conda-rest AS builder
COPY --link --from=uv /uv /usr/local/bin/uv
# A mirror of the package index; without it uv asks its own default. It has to serve the same files.
ARG UV_DEFAULT_INDEX
ENV UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never

# All other packages: the layer that changes most.
FROM builder AS rest
ARG TARGETARCH
COPY --link <<'END' /tmp/packages.amd64.txt
# Written by compat export for linux-64,glibc=2.28,gpu=h100,python=3.11
numpy==2.3.1 \
    --hash=sha256:6e756d7079000000000000000000000000000000000000000000000000000000
sympy==1.14.0 \
    --hash=sha256:73796d7079000000000000000000000000000000000000000000000000000000
END

COPY --link <<'END' /tmp/packages.arm64.txt
# Written by compat export for linux-aarch64,glibc=2.28,gpu=gh200,python=3.11
numpy==2.3.1 \
    --hash=sha256:6e756d7079000000000000000000000000000000000000000000000000000000
sympy==1.14.0 \
    --hash=sha256:73796d7079000000000000000000000000000000000000000000000000000000
END

RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --python /opt/env/bin/python --prefix /opt/on-top --no-deps --require-hashes --requirement "/tmp/packages.${TARGETARCH}.txt"

FROM base AS runtime
LABEL org.opencontainers.image.title=vision \
    org.opencontainers.image.description="Python 3.11, CUDA 12.8" \
    org.opencontainers.image.base.name=docker.io/library/debian:bookworm-slim
# No root. torch and others look the user up by name, so that it needs an entry.
RUN useradd --uid 10001 --create-home --no-log-init app
COPY --link --from=conda-cuda /opt/env /opt/env
COPY --link --from=conda-torch /opt/env /opt/env
COPY --link --from=conda-rest /opt/env /opt/env
COPY --link --from=rest /opt/on-top /opt/env
# The driver and its GPUs are the machine's. Programs of CUDA 12 run with driver 525.60.13 or later.
# Source: https://docs.example.org/cuda, read on 2026-01-02
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES="compute,utility"
COPY --link --chmod=755 <<'END' /usr/local/bin/enter
#!/bin/bash
# Conda packages may set variables when their environment is activated.
for script in /opt/env/etc/conda/activate.d/*.sh; do
    if [ -e "$script" ]; then . "$script"; fi
done
exec "$@"
END

ENTRYPOINT ["/usr/local/bin/enter"]
WORKDIR /app
# The project's files, which change most; .dockerignore says what is not among them.
COPY --link --chown=10001:10001 . /app
USER 10001:10001
# Is the environment whole? No service, so that nothing else can be asked.
HEALTHCHECK --interval=5m --timeout=60s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import torch"]
CMD ["python"]
