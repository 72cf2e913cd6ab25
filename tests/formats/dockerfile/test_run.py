"""RUN: which text the shell reads, with which variables, and into which environment it installs."""

from __future__ import annotations

import pytest

from tests.formats.dockerfile.showing import commands, image, scripts

SCRIPTS = [
    ("RUN a b && c", ["a b", "c"]),
    ("RUN a \\\n  # not this\n  b \\\n\n  && c", ["a b", "c"]),
    ("RUN a # b \\\n c", ["a"]),
    ("RUN 'a\\\nb'", ["ab"]),
    ('RUN ["pip", "install", "a b"]', ["pip install <a b>"]),
    ("RUN [ -f x ] && a", ["[ -f x ]", "a"]),
    ("ENV A=1 B=$C\nARG D=4\nRUN a $A $B ${D} $E", ["a 1 ?$B 4 ?$E"]),
    ("RUN <<EOF\na b\nc $A\nEOF\nRUN d", ["a b", "c ?$A", "d"]),
    ("RUN <<-'EOF'\n\ta\n\t\tb\n\tEOF\nRUN d", ["a", "b", "d"]),
    ("RUN <<EOF\r\na b\r\nEOF\r\nRUN d\r\n", ["a b", "d"]),
    ("RUN <<EOF\n#!/bin/bash -e\na b\nEOF\nRUN d", ["a b", "d"]),
    ("RUN <<EOF\n#!/usr/bin/env bash\na b\nEOF\nRUN d", ["a b", "d"]),
    ("RUN <<EOF\n#!/usr/bin/env python3\nimport a\nEOF\nRUN d", ["d"]),
    ("RUN python3 <<EOF\nimport a\nEOF\nRUN d", ["python3", "d"]),
    ("RUN cat <<A > x && b <<B\nFROM y\nA\nc\nB\nRUN d", ["cat", "b", "d"]),
    ("RUN --mount=type=cache,target=/root a", ["a"]),
    ("ONBUILD RUN a\nRUN b", ["b"]),
    ('SHELL ["powershell", "-Command"]\nRUN pip install x\nSHELL ["bash", "-c"]\nRUN a', ["a"]),
    ('SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a', ["a"]),
    ('SHELL ["/usr/local/bin/_dockerfile_shell.sh"]\nRUN a', ["a"]),
    ("CMD pip install x\nRUN", []),
]


@pytest.mark.parametrize(("text", "expected"), SCRIPTS)
def test_scripts(text: str, expected: list[str]) -> None:
    assert [script.replace("?[", "[") for script in scripts(f"FROM a\n{text}")] == expected


def test_windows() -> None:
    text = "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022 AS b\nRUN pip install x\nFROM b\nRUN y\n"
    assert scripts(text) == []


def test_a_child_stage_goes_on() -> None:
    text = 'FROM a AS b\nENV A=1\nSHELL ["cmd"]\nFROM a\nRUN x $A\nFROM b\nRUN y\nSHELL ["sh", "-c"]\nRUN z $A\n'
    assert scripts(text) == ["x ?$A", "z 1"]


PREFIXES = {
    "none": ("RUN pip install x", [""]),
    "SHELL with conda run": ('SHELL ["conda", "run", "-n", "e", "/bin/bash", "-c"]\nRUN pip install x\nRUN conda install x', ["e", "e"]),
    "SHELL with its option joined": ('SHELL ["micromamba", "run", "--name=e", "sh", "-c"]\nRUN pip install x', ["e"]),
    "SHELL with a path": ('SHELL ["conda", "run", "-p", "/opt/conda/envs/e", "sh", "-c"]\nRUN pip install x', ["e"]),
    "the command's own name goes first": ('SHELL ["conda", "run", "-n", "e", "sh", "-c"]\nRUN conda install -n f x', ["f"]),
    "SHELL again": ('SHELL ["conda", "run", "-n", "e", "sh", "-c"]\nSHELL ["sh", "-c"]\nRUN pip install x', [""]),
    "PATH of a conda environment": ("ENV PATH /opt/conda/envs/e/bin:$PATH\nRUN pip install x && conda install y", ["e", ""]),
    "PATH of conda's base": ("ENV PATH=/opt/conda/bin:$PATH\nRUN pip install x", [""]),
    "PATH of a venv by its name": ("ENV PATH=/opt/venv/bin:$PATH\nRUN pip install x && python3 -m pip install y", ["/opt/venv"] * 2),
    "PATH of a venv by its making": ("RUN python3 -m venv /app/py\nENV PATH=/app/py/bin:$PATH\nRUN pip install x", ["/app/py"] * 2),
    "PATH of a venv by VIRTUAL_ENV": ('ENV VIRTUAL_ENV=/py\nENV PATH="$VIRTUAL_ENV/bin:$PATH"\nRUN pip install x', ["/py"]),
    "PATH of no environment": ("ENV PATH=/usr/local/cuda/bin:/root/.local/bin:${PATH}\nRUN pip install x", [""]),
    "a venv behind the image's own programs": ("ENV PATH=$PATH:/opt/venv/bin\nRUN pip install x", [""]),
    "PATH twice": ("ENV PATH=/opt/venv/bin:$PATH\nENV PATH=/cuda/bin:$PATH\nRUN pip install x", ["/opt/venv"]),
    "PATH where there is one": ('ENV PATH="/opt/venv/bin${PATH:+:${PATH}}"\nRUN pip install x', ["/opt/venv"]),
    "PATH by ARG": ("ARG PATH=/opt/venv/bin:$PATH\nRUN pip install x", ["/opt/venv"]),
    "PATH before the venv of another folder": ("WORKDIR /a\nRUN python3 -m venv .venv\nWORKDIR /b\nENV PATH=/a/.venv/bin:$PATH\nRUN pip install x", [".venv", ".venv"]),
    "a program by its path": ("ENV PATH=/opt/venv/bin:$PATH\nRUN /usr/bin/pip install x", [""]),
    "uv by VIRTUAL_ENV": ("ENV VIRTUAL_ENV=/opt/venv\nRUN uv pip install x && pip install y", ["/opt/venv", ""]),
    "uv by the folder": ("WORKDIR /a\nRUN uv venv\nRUN uv pip install x", [".venv", ".venv"]),
    "uv into the system": ("ENV VIRTUAL_ENV=/opt/venv\nRUN uv pip install --system x", [""]),
    "uv's project": ("ENV UV_PROJECT_ENVIRONMENT=/opt/venv\nRUN uv sync", ["/opt/venv"]),
    "uv's own": ("ENV VIRTUAL_ENV=/opt/venv\nRUN uv python install 3.11 && uv pip install x", ["", "/opt/venv"]),
    "poetry by VIRTUAL_ENV": ("ENV VIRTUAL_ENV=/opt/venv/\nRUN poetry install && apt-get install -y x", ["/opt/venv", ""]),
    "no folder of programs": ('ENV PATH=/opt/venv:$PATH\nRUN echo "activate" >> ~/.bashrc && pip install x', [""]),
    "conda by its variable": ("ENV CONDA_DEFAULT_ENV=e\nRUN conda install x && conda clean -a && pip install y", ["e", "", ""]),
    "conda by its prefix": ("ENV CONDA_PREFIX=/opt/conda/envs/e\nRUN conda install x", ["e"]),
    "conda's base by its variable": ("ENV CONDA_DEFAULT_ENV=base\nRUN conda install x", [""]),
    "micromamba's image": ("ARG MAMBA_DOCKERFILE_ACTIVATE=1\nENV ENV_NAME=e\nRUN pip install x && micromamba install y", ["e", "e"]),
    "micromamba's image at rest": ("ENV ENV_NAME=e\nRUN pip install x", [""]),
    "a login shell": ('RUN echo "conda activate e" >> ~/.bashrc\nRUN pip install w\nSHELL ["/bin/bash", "--login", "-c"]\nRUN pip install x', ["", "e"]),
    "a venv for login shells": ('RUN echo "source /opt/v/bin/activate" >> ~/.bashrc\nSHELL ["/bin/bash", "-lc"]\nRUN pip install x', ["/opt/v"]),
    "BASH_ENV": ("ENV BASH_ENV=/root/.bashrc\nRUN echo 'source activate e' >> ~/.bashrc\nRUN pip install x", ["e"]),
    "the script's own goes first": ("ENV PATH=/opt/venv/bin:$PATH\nRUN . /py/bin/activate && pip install x", ["/py"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PREFIXES)
def test_prefixes(name: str) -> None:
    text, expected = PREFIXES[name]
    assert [c.install.prefix for c in commands(f"FROM a\n{text}\n") if c.install is not None] == expected


def test_an_environment_of_the_parent_stage() -> None:
    text = "FROM a AS b\nENV PATH=/opt/venv/bin:$PATH\nFROM b\nRUN pip install x\nFROM a\nRUN pip install y\n"
    prefixes = [c.install.prefix for c in commands(text) if c.install is not None]
    assert prefixes == ["/opt/venv", ""]


def test_the_place_of_a_run_takes_in_its_heredocs() -> None:
    places = [i.place for i in image("FROM a\nRUN <<EOF\nx\nEOF\n  RUN y \\\n    z\n").stages[0].instructions]
    assert [place[1:] for place in places] == [(2, 1, 4, 4), (5, 3, 6, 6)]
