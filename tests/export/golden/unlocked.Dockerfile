# syntax=docker/dockerfile:1
# Written by compat export from requirements.txt, for linux-64,glibc=2.28,gpu=h100,python=3.11 and
# linux-aarch64,glibc=2.28,gpu=gh200,python=3.11.
# Build: docker buildx build --platform linux/amd64,linux/arm64 --tag vision .
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

# requirements.txt is not locked: each build takes the newest that it admits. `compat lock requirements.txt`
# gives layers and hashes.
FROM builder AS packages
COPY --link requirements.txt /src/requirements.txt
WORKDIR /src
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --requirement /src/requirements.txt

FROM base AS runtime
LABEL org.opencontainers.image.title=vision \
    org.opencontainers.image.description="Python 3.11, CUDA 12.8" \
    org.opencontainers.image.base.name=docker.io/library/python:3.11-slim-bookworm
# No root. torch and others look the user up by name, so that it needs an entry.
RUN useradd --uid 10001 --create-home --no-log-init app
COPY --link --from=packages /opt/venv /opt/venv
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
