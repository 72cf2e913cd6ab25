# syntax=docker/dockerfile:1
# Written by compat export from environment.yml and sub/requirements.txt, for
# linux-aarch64,glibc=2.28,gpu=gh200,python=3.11.
# Build: docker buildx build --platform linux/arm64 --tag vision .
# Tags are pinned, digests are yours to add: `docker buildx imagetools inspect IMAGE` prints them.
# Behind a proxy: --build-arg HTTPS_PROXY=..., which BuildKit passes on and keeps in no layer.
# Credentials of mirrors: --secret id=netrc,src=$HOME/.netrc, which is in no layer either.

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
ENV MAMBA_ROOT_PREFIX=/opt/conda

# environment.yml is not locked: each build solves it anew. `compat lock environment.yml` gives layers and
# hashes.
FROM conda AS packages
COPY --link environment.yml /src/environment.yml
COPY --link sub/requirements.txt /src/sub/requirements.txt
WORKDIR /src
# There is no driver where images are built, so that conda takes CPU builds: --build-arg
# CONDA_OVERRIDE_CUDA=12.8 asks for CUDA.
ARG CONDA_OVERRIDE_CUDA
RUN --mount=type=cache,target=/opt/conda/pkgs,sharing=locked \
    --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    MAMBA_CHANNEL_ALIAS="${CONDA_CHANNEL_ALIAS}" \
    micromamba create --yes --prefix /opt/env --file /src/environment.yml

FROM base AS runtime
LABEL org.opencontainers.image.title=vision \
    org.opencontainers.image.description="Python 3.11" \
    org.opencontainers.image.base.name=docker.io/library/debian:bookworm-slim
# No root. torch and others look the user up by name, so that it needs an entry.
RUN useradd --uid 10001 --create-home --no-log-init app
COPY --link --from=packages /opt/env /opt/env
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
