"""Dockerfiles: their stages, what each instruction says after substitution, and what RUN lines install.

Source: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

from compat.formats.dockerfile.reader import read_dockerfile

__all__ = ["read_dockerfile"]
