"""What the build's context leaves out."""

from __future__ import annotations

from compat.export.lists import HEADER

_TEXT = f"""\
{HEADER}: what an image does not need, and what it must not hold.

# Version control, environments, caches. A project whose version is made from its history needs .git.
.git
.github
.gitignore
.venv
venv
.tox
.nox
.pixi
**/__pycache__
**/*.py[cod]
**/.ipynb_checkpoints
.mypy_cache
.pytest_cache
.ruff_cache

# Files that build images
.dockerignore
Dockerfile*
compose*.yml
compose*.yaml
docker-compose*

# Secrets
**/.env
**/.env.*
**/.netrc
**/.pypirc
**/.condarc
**/pip.conf
**/*.pem
**/*.key

# Data and weights are better mounted than copied; take the `#` away from what is yours.
# data
# models
# **/*.ckpt
# **/*.safetensors
"""


def write_dockerignore() -> bytes:
    """The file, the same for all environments."""
    return _TEXT.encode()
