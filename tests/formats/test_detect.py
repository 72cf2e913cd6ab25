"""Which kind of file a path is."""

from __future__ import annotations

import pytest

from compat.formats import READABLE_KINDS, detect, read
from compat.model.errors import UsageError

BY_NAME = {
    "environment": ["environment.yml", "a/environment.yaml", "env-gpu.yml", "conda.yaml", "ENV.yml", "environment_cu118.yml", "conda-env.dev.yml"],
    "requirements": ["requirements.txt", "requirements-dev.in", "dev_requirements.txt", "constraints.txt", "requirements/base.txt", "reqs.txt", "a\\requirements\\gpu.pip", "test-requirement.txt"],
    "pyproject": ["pyproject.toml", "x/pyproject.toml"],
    "pixi": ["pixi.toml", "mojoproject.toml"],
    "dockerfile": ["Dockerfile", "Dockerfile.gpu", "gpu.Dockerfile", "docker/Dockerfile-py", "Containerfile", "Dockerfile2", "Containerfile.gpu", "docker/Dockerfile_rocm", "dockerfile cpu"],
    "pylock": ["pylock.toml", "pylock.cu128.toml"],
    "uv-lock": ["uv.lock"],
    "poetry-lock": ["poetry.lock"],
    "pixi-lock": ["pixi.lock"],
    "conda-lock": ["conda-lock.yml", "gpu.conda-lock.yml"],
    "compose": ["docker-compose.yml", "compose.yaml", "docker-compose.gpu.yml"],
    "workflow": [".github/workflows/test.yml", "x/.github/workflows/a.yaml"],
    None: ["README.md", "main.py", "notes.txt", "other.yml", "other.toml", "MANIFEST.in", "Makefile", "Dockerfile.dockerignore", "dockerfile.md", "Dockerfile.j2", "Dockerfile.template", "dockerfile.go", "dockerfile_test.rs", "Dockerfile.orig", "requirements.lock", ""],
}  # fmt: skip

ENVIRONMENT = b"dependencies:\n  # x\n\n  - python\n"
BY_CONTENT = [
    ("gpu.yml", ENVIRONMENT, "environment"),
    ("gpu.yml", b"\xff\xfe" + ENVIRONMENT.decode().encode("utf-16-le"), "environment"),
    ("gpu.yml", b"dependencies: [python]\r\n", "environment"),
    ("gpu.yml", b"'dependencies':\n- pip:\n  - x\n", "environment"),
    ("conda.yaml", b"dependencies:\n", "environment"),
    ("Chart.yaml", b"apiVersion: v2\ndependencies:\n- name: x\n", None),
    ("main.yml", b"galaxy_info: x\ndependencies:\n- role: x\n", None),
    ("roles.yml", b"dependencies:\n- role: x\n", None),
    ("env.yml", b"apiVersion: v1\nkind: ConfigMap\n", None),
    ("env.yml", b"services:\n  a: b\n", "compose"),
    ("job.yaml", b"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n", "argo"),
    ("ci.yml", b"on: push\njobs:\n  a: b\n", "workflow"),
    ("lock.yml", b"version: 1\nmetadata:\n  a: b\npackage:\n- x\n", "conda-lock"),
    ("broken.yml", b"{% if %}", None),
    ("dockerfile.yml", b"services:\n  a: b\n", "compose"),
    ("build", b"# an image\nARG V=1\n\nFROM a:$V AS b\nRUN x\n", "dockerfile"),
    ("trainer.gpu", b"# syntax=docker/dockerfile:1\r\nFROM --platform=linux/amd64 a\r\n", "dockerfile"),
    ("x.dockerfile.j2", b"FROM a\nRUN pip install {{ b }}\n", "dockerfile"),
    ("x.dockerfile.j2", b"FROM {{ a }}\n", None),
    ("script", b"from a import b\n", None),
    ("query", b"SELECT a\nFROM b\n", None),
    ("conda-linux-64.lock", b"# platform: linux-64\n@EXPLICIT\nhttps://x/y.conda\n", "explicit"),
    ("requirements.txt", b"@EXPLICIT\nhttps://x/y.conda\n", "explicit"),
    ("spec-file", b"@EXPLICIT\n", "explicit"),
    ("installed.txt", b"torch==2.1\nnumpy\n", "requirements"),
    ("dev.in", b"-r base.in\npytest\n", "requirements"),
    ("locked.txt", b"a==1 \\\n    --hash=sha256:0\n", "requirements"),
    ("list.txt", b"# platform: linux-64\na=1=b_0\n", "requirements"),
    ("words.txt", b"torch\nnumpy\n", None),
    ("README.txt", b"Install torch==2.1\nand then run it.\nThis is a text.\nx==1\n", None),
    ("versions.txt", b"driver=515\n", None),
    ("empty.txt", b"", None),
    ("gpu.toml", b"[workspace]\nname = 'x'\nchannels = []\n", "pixi"),
    ("gpu.toml", b"[project]\nname = 'x'\n[x]\nchannels = []\n", None),
]


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in BY_NAME.items() for path in paths])
def test_by_name(kind: str | None, path: str) -> None:
    assert detect(path) == kind


@pytest.mark.parametrize(("path", "data", "kind"), BY_CONTENT)
def test_by_content(path: str, data: bytes, kind: str | None) -> None:
    assert detect(path, data) == kind


def test_read_takes_the_kind_from_the_file() -> None:
    assert read("gpu.yml", ENVIRONMENT).kind == "environment"
    assert {read("f", b"", kind).kind for kind in READABLE_KINDS - {"environment"}} == READABLE_KINDS - {"environment"}


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("notes.md", None, "`notes.md` is no kind of dependency file that is known"),
        ("Dockerfile", None, "files of kind `dockerfile` are not read"),
        ("f", "requirement", "files of kind `requirement` are not read\nhint: did you mean `requirements`?"),
    ],
)
def test_other_kinds_are_refused(path: str, kind: str | None, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(path, b"", kind)
    assert message in str(caught.value)
