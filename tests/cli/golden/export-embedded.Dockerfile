# syntax=docker/dockerfile:1
# Written by compat export from pylock.toml, for linux-64,glibc=2.28,python=3.11 and
# linux-aarch64,glibc=2.28,python=3.11.
# Build: docker buildx build --platform linux/amd64,linux/arm64 --tag work .
# Tags are pinned, digests are yours to add: `docker buildx imagetools inspect IMAGE` prints them.
# Behind a proxy: --build-arg HTTPS_PROXY=..., which BuildKit passes on and keeps in no layer.
# Credentials of mirrors: --secret id=netrc,src=$HOME/.netrc, which is in no layer either.

# uv takes hashes and pip's own lists, downloads in parallel, and stays out of the image, where pip would not.
FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

# python:3.11-slim-bookworm: the wheels bring CUDA 12.8 (torch 2.7.1+cu128), which an image of nvidia/cuda
# would hold a second time; glibc 2.36 of bookworm serves packages that ask for 2.28 or less.
# Source: https://github.com/docker-library/docs/blob/master/python/README.md, read on 2026-11-23
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

# The torch family, which changes with it.
FROM builder AS torch
ARG TARGETARCH
COPY --link <<'END' /tmp/packages.amd64.txt
# Written by compat export for linux-64,glibc=2.28,python=3.11
--extra-index-url https://pkgs.example.org/simple
--extra-index-url https://torch.example.org/whl/cu128
torch==2.7.1+cu128 \
    --hash=sha256:65d0ae1df6563a825a42debe3b89d75946c22aecc95125ed6844c614b05920ae
triton==3.3.1 \
    --hash=sha256:5d8144f965b3f824945961debc16b2dcc64e36c1b041212611109da1a9877832
END

COPY --link <<'END' /tmp/packages.arm64.txt
# Written by compat export for linux-aarch64,glibc=2.28,python=3.11
--extra-index-url https://pkgs.example.org/simple
torch==2.7.1 \
    --hash=sha256:277ca5fb2213ec7bde1ecc23cd15d6085679a8c014528765c837ff65ed602b73
END

RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --no-deps --require-hashes --index-strategy unsafe-best-match --requirement "/tmp/packages.${TARGETARCH}.txt"

# All other packages: the layer that changes most.
FROM builder AS rest
ARG TARGETARCH
COPY --link <<'END' /tmp/packages.amd64.txt
# Written by compat export for linux-64,glibc=2.28,python=3.11
--extra-index-url https://pkgs.example.org/simple
numba==0.62.1 \
    --hash=sha256:593c21b9f1420c8e16c81daa19d1be98f68cdf2cfe52e0c0674cb72a65c72450
numpy==2.3.5 \
    --hash=sha256:c1a16c59516ff71ced97070270d2946d0910282282c3e714d306bac9c4d8315a
typing-extensions==4.15.0 \
    --hash=sha256:7ab2856bf7d4231988cb9b49047aa1136a30b96c439edf67dec97188f1ba94c4
END

COPY --link <<'END' /tmp/packages.arm64.txt
# Written by compat export for linux-aarch64,glibc=2.28,python=3.11
--extra-index-url https://pkgs.example.org/simple
numba==0.62.1 \
    --hash=sha256:593c21b9f1420c8e16c81daa19d1be98f68cdf2cfe52e0c0674cb72a65c72450
numpy==2.3.5 \
    --hash=sha256:272af7755e8486ca8e51fae3b94d2bc41aa2e894fbf650b23381d5f4eb905df5
typing-extensions==4.15.0 \
    --hash=sha256:7ab2856bf7d4231988cb9b49047aa1136a30b96c439edf67dec97188f1ba94c4
END

RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    uv pip install --no-deps --require-hashes --index-strategy unsafe-best-match --requirement "/tmp/packages.${TARGETARCH}.txt"

FROM base AS runtime
LABEL org.opencontainers.image.title=work \
    org.opencontainers.image.description="Python 3.11, CUDA 12.8" \
    org.opencontainers.image.base.name=docker.io/library/python:3.11-slim-bookworm
# No root. torch and others look the user up by name, so that it needs an entry.
RUN useradd --uid 10001 --create-home --no-log-init app
COPY --link --from=torch /opt/venv /opt/venv
COPY --link --from=rest /opt/venv /opt/venv
# The driver and its GPUs are the machine's. Programs of CUDA 12 run with driver 525.60.13 or later.
# Source: https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html, read on 2026-11-22
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
