"""Exported Dockerfiles: whole ones as golden files, hadolint, and what holds for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.export.bases import Bases
from compat.export.dockerfile import DockerfileWriter
from compat.export.lists import list_files
from compat.export.plan import Base, ExportPlan, Group, Package, PlannedTarget
from compat.export.settings import ImageSettings
from compat.formats.dockerfile import read_dockerfile
from compat.text.source import Source
from tests.export.plans import ARM, DEBIAN, DRIVER, SLIM, X86, complaints, conda_groups, pip, pip_groups, plan

_SOURCE = Group(
    "source", "pip", (Package("thing", "", ("thing @ git+https://git.example.org/thing@0123abc",)),), hashed=False
)
_EXTENSION = Group("extension", "pip", (pip("flash-attn", "2.8.3"),))
_COMPILER = SLIM._replace(compiler=Base("nvidia/cuda:12.8.1-cudnn-devel-ubuntu22.04", "flash-attn has no wheel"))
_SYSTEM = Bases(Base("nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04", "it loads CUDA from the system"), own_python=True)

Case = tuple[ExportPlan, Bases, ImageSettings]
CASES: dict[str, Case] = {
    "pip": (plan(pip_groups()), SLIM, ImageSettings()),
    "pip-embedded": (plan(pip_groups("https://whl.example.org/cu128")), SLIM, ImageSettings(embedded=True)),
    "service": (
        plan(pip_groups(), targets=[X86]),
        SLIM,
        ImageSettings(8000, "/health", ("uvicorn", "app:app"), ("libgl1", "libglib2.0-0")),
    ),
    "project": (plan(pip_groups())._replace(members=(".", "packages/core")), SLIM, ImageSettings()),
    "source": (plan([*pip_groups(), _SOURCE]), SLIM, ImageSettings(with_sources=False)),
    "extension": (plan([*pip_groups(), _EXTENSION]), _COMPILER, ImageSettings()),
    "system-cuda": (plan(pip_groups()[2:]), _SYSTEM, ImageSettings()),
    "extension-without-compiler": (plan([*pip_groups(), _EXTENSION], targets=[X86]), SLIM, ImageSettings()),
    "conda": (plan(conda_groups(), kind="conda"), DEBIAN, ImageSettings()),
    "conda-and-pip": (plan([*conda_groups(), pip_groups()[2]], kind="conda"), DEBIAN, ImageSettings(embedded=True)),
    "conda-extension": (
        plan([*conda_groups(), _EXTENSION], kind="conda"),
        _COMPILER._replace(runtime=DEBIAN.runtime),
        ImageSettings(),
    ),
    "unlocked": (plan([], locked=False), SLIM, ImageSettings()),
    "unlocked-with-folders": (
        plan([], locked=False)._replace(from_sources=True, extras=("gpu",), groups=("dev",)),
        SLIM,
        ImageSettings(),
    ),
    "unlocked-cpu-conda": (
        plan([], kind="conda", locked=False, targets=[ARM])._replace(
            inputs=("environment.yml", "sub/requirements.txt"), targets=(PlannedTarget(ARM),)
        ),
        DEBIAN,
        ImageSettings(),
    ),
    "unlocked-conda": (
        plan([], kind="conda", locked=False)._replace(inputs=("environment.yml",)),
        DEBIAN,
        ImageSettings(),
    ),
}


def _write(name: str) -> str:
    wanted, bases, settings = CASES[name]
    return DockerfileWriter(wanted, bases, settings, DRIVER).write()


@pytest.mark.parametrize("name", CASES)
def test_whole_file(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.Dockerfile", _write(name))


@pytest.mark.parametrize("name", CASES)
def test_hadolint_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    assert complaints(_write(name), tmp_path) == ""


@pytest.mark.parametrize("name", CASES)
def test_our_own_reader_knows_every_instruction(name: str) -> None:
    """No problem in the file; every stage that is copied from or built on exists; the last one is no root."""
    document = read_dockerfile(Source(path="Dockerfile", text=_write(name)))
    assert document.problems == ()
    assert document.image is not None
    stages = document.image.stages
    names = {stage.name for stage in stages}
    for stage in stages:
        copies = (value for each in stage.instructions if each.keyword == "COPY" for value in each.flag("from"))
        assert set(copies) <= names
    users = [each.words[0].text for each in stages[-1].instructions if each.keyword == "USER"]
    assert users == ["10001:10001"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[0].is_locked])
def test_every_package_is_installed_once(name: str) -> None:
    """Each list that is written is read by one stage, and each stage of packages is in the image."""
    wanted, _, settings = CASES[name]
    text = _write(name)
    stages = re.findall(r"(?m)^FROM \S+ AS (\S+)$", text)
    lists = {Path(path).name.partition(".")[0] for path in list_files(wanted)}
    assert lists <= set(stages)
    for group in lists:
        assert text.count(f"COPY --link --from={group} ") >= 1
        if not settings.embedded:
            assert text.count(f"docker/{group}.${{TARGETARCH}}.txt") == 1
    for line in (line for group in wanted.targets[0].groups for package in group.packages for line in package.lines):
        assert text.count(line) == (len(wanted.targets) if settings.embedded else 0)


@pytest.mark.parametrize("name", CASES)
def test_no_layer_holds_a_secret_or_a_cache(name: str) -> None:
    """What is downloaded goes to a mounted cache; credentials come from a mounted secret."""
    for run in re.findall(r"(?ms)^RUN (.*?)(?<!\\)$", _write(name)):
        if "uv pip" in run or "micromamba create" in run:
            assert "--mount=type=cache" in run
            assert "--mount=type=secret,id=netrc" in run
        if "apt-get install" in run:
            assert "rm -rf /var/lib/apt/lists" in run


def test_a_change_of_one_list_leaves_the_dockerfile_as_it_is() -> None:
    """So the stages of the other groups, and their layers, come from the cache."""
    newer = [*pip_groups()[:2], Group("rest", "pip", (pip("numpy", "2.4.0"),))]
    assert DockerfileWriter(plan(newer), SLIM, ImageSettings(), DRIVER).write() == _write("pip")


def test_a_group_that_one_architecture_lacks_installs_nothing_there() -> None:
    wanted = plan(conda_groups(), kind="conda")
    wanted = wanted._replace(targets=(wanted.targets[0], wanted.targets[1]._replace(groups=conda_groups()[2:])))
    text = DockerfileWriter(wanted, DEBIAN, ImageSettings(), None).write()
    assert text.count("if grep -q :// /tmp/packages.txt; then micromamba create") == 2
    assert (
        list_files(wanted)["docker/conda-cuda.arm64.txt"]
        == b"# Written by compat export for " + ARM.text.encode() + b"\n"
    )


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=30),
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=10), min_size=1
    ),
)
def test_names_and_commands_of_any_kind_stay_what_they_are(file: str, command: list[str]) -> None:
    """Whatever an input is called and an image runs: one COPY of it, and the words of CMD as they are."""
    unlocked = plan([], locked=False)._replace(inputs=(file,))
    text = DockerfileWriter(unlocked, SLIM, ImageSettings(command=command), None).write()
    document = read_dockerfile(Source(path="Dockerfile", text=text))
    assert document.image is not None
    last = document.image.stages[-1].instructions[-1]
    assert (last.keyword, [word.text for word in last.words]) == ("CMD", command)
