# syntax=docker/dockerfile:1
# Written by compat export from pylock.toml, for linux-64,glibc=2.28,gpu=h100,python=3.11.
# Build: docker buildx build --platform linux/amd64 --tag vision .
# Tags are pinned, digests are yours to add: `docker buildx imagetools inspect IMAGE` prints them.
# Behind a proxy: --build-arg HTTPS_PROXY=..., which BuildKit passes on and keeps in no layer.
# Credentials of mirrors: --secret id=netrc,src=$HOME/.netrc, which is in no layer either.

# uv takes hashes and pip's own lists, downloads in parallel, and stays out of the image, where pip would not.
FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

# python:3.11-slim-bookworm: the wheels bring CUDA 12.8.
FROM python:3.11-slim-bookworm AS base
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1

FROM base AS builder
COPY --link --from=uv /uv /usr/local/bin/uv
# A mirror of the package index; without it uv asks its own default. It has to serve the same files.
ARG UV_DEFAULT_INDEX
# The cache is on another file system, so files are copied; modules are compiled now, since the user of the
# image may not write.
ENV UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    VIRTUAL_ENV=/opt/venv \
    UV_PYTHON_DOWNLOADS=never
RUN uv venv --python /usr/local/bin/python3 /opt/venv

# CUDA libraries as wheels: the largest layer, and the one that changes least.
FROM builder AS cuda
ARG TARGETARCH
COPY --link docker/cuda.${TARGETARCH}.txt /tmp/packages.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --no-deps --require-hashes --requirement /tmp/packages.txt

# The torch family, which changes with it.
FROM builder AS torch
ARG TARGETARCH
COPY --link docker/torch.${TARGETARCH}.txt /tmp/packages.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --no-deps --require-hashes --requirement /tmp/packages.txt

# All other packages: the layer that changes most.
FROM builder AS rest
ARG TARGETARCH
COPY --link docker/rest.${TARGETARCH}.txt /tmp/packages.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --no-deps --require-hashes --requirement /tmp/packages.txt

# flash-attn: compiled with the torch that is locked, so without build isolation. It takes long.
FROM builder AS extension
# Not pinned: Debian and Ubuntu take replaced versions off their servers, so that a pin stops to build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential git \
    && rm -rf /var/lib/apt/lists/*
COPY --link --from=cuda /opt/venv/lib/python3.11/site-packages /opt/venv/lib/python3.11/site-packages
COPY --link --from=torch /opt/venv/lib/python3.11/site-packages /opt/venv/lib/python3.11/site-packages
COPY --link --from=rest /opt/venv/lib/python3.11/site-packages /opt/venv/lib/python3.11/site-packages
# GPUs to compile for, and how many files at a time: one takes some gigabytes of memory.
ARG TORCH_CUDA_ARCH_LIST="9.0"
ARG MAX_JOBS=4
ARG TARGETARCH
COPY --link docker/extension.${TARGETARCH}.txt /tmp/packages.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --python /opt/venv/bin/python setuptools wheel ninja packaging psutil \
    && uv pip install --python /opt/venv/bin/python --no-build-isolation --target /opt/extension --no-deps --require-hashes --requirement /tmp/packages.txt

FROM base AS runtime
LABEL org.opencontainers.image.title=vision \
    org.opencontainers.image.description="Python 3.11, CUDA 12.8" \
    org.opencontainers.image.base.name=docker.io/library/python:3.11-slim-bookworm
# No root. torch and others look the user up by name, so that it needs an entry.
RUN useradd --uid 10001 --create-home --no-log-init app
COPY --link --from=cuda /opt/venv /opt/venv
COPY --link --from=torch /opt/venv /opt/venv
COPY --link --from=rest /opt/venv /opt/venv
COPY --link --from=extension /opt/extension /opt/venv/lib/python3.11/site-packages
# The driver and its GPUs are the machine's. Programs of CUDA 12 run with driver 525.60.13 or later.
# Source: https://docs.example.org/cuda, read on 2026-01-02
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES="compute,utility"
WORKDIR /app
# The project's files, which change most; .dockerignore says what is not among them.
COPY --link --chown=10001:10001 . /app
USER 10001:10001
# Is the environment whole? No service, so that nothing else can be asked.
HEALTHCHECK --interval=5m --timeout=60s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import torch"]
CMD ["python"]
