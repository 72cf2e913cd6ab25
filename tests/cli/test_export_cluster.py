"""``compat export compose`` and ``compat export argo``: what is written, where, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from compat.cli.commands import cli

CONFIG = """\
[core]
\tbare = false
\tautocrlf
[remote "origin"]
\turl = https://me:hunter2@git.example.org/team/forecast.git
[remote "origin"]
\tfetch = +refs/heads/*:refs/remotes/origin/*
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with an environment that is built for CUDA on one architecture, and one that is not."""
    git = tmp_path / ".git"
    git.mkdir()
    (git / "config").write_text(CONFIG)
    (git / "HEAD").write_text("ref: refs/heads/feature/x\n")
    work = tmp_path / "forecast"
    work.mkdir()
    (work / "requirements.txt").write_text("torch==2.7.1\n")
    (work / "table.txt").write_text("pandas==2.3.0\n")
    monkeypatch.chdir(work)
    return work


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["export", *arguments])


def _said(result: Result) -> str:
    """What stands on stderr, its line breaks taken out."""
    return " ".join(result.stderr.split())


class TestCompose:
    def test_prints(self, folder: Path) -> None:
        result = _run("compose", "requirements.txt", "--target", "linux-64,python=3.11")
        assert result.exit_code == 0
        service = yaml.safe_load(result.stdout)["services"]["forecast"]
        assert service["build"]["platforms"] == ["linux/amd64"]
        assert service["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]
        assert "`compat export dockerfile requirements.txt -o .` makes it" in _said(result)
        assert not (folder / "compose.yaml").exists()

    def test_says_nothing_of_a_dockerfile_that_is_there(self, folder: Path) -> None:
        (folder / "Dockerfile").write_text("FROM python:3.11-slim-bookworm\n")
        assert "export dockerfile" not in _said(_run("compose", "requirements.txt"))
        assert _run("compose", "requirements.txt", "-q").stderr == ""

    def test_options_reach_the_file(self, folder: Path) -> None:  # noqa: ARG002 -- the working folder
        asked = "--name svc --port 8000 --health-path /health --memory 8g --cpus 2 --gpus all --secret hf=./hf.txt"
        document = yaml.safe_load(_run("compose", "table.txt", *asked.split()).stdout)
        service = document["services"]["svc"]
        assert service["ports"] == ["127.0.0.1:8000:8000"]
        assert ":8000/health'" in service["healthcheck"]["test"][-1]
        assert service["deploy"]["resources"]["limits"] == {"memory": "8g", "cpus": "2"}
        assert service["deploy"]["resources"]["reservations"]["devices"][0]["count"] == "all"
        assert document["secrets"] == {"hf": {"file": "./hf.txt"}}

    def test_does_not_take_a_file_away(self, folder: Path) -> None:
        target = folder / "compose.yaml"
        assert _run("compose", "requirements.txt", "-o", ".").exit_code == 0
        written = target.read_bytes()
        assert _run("compose", "requirements.txt", "-o", ".").exit_code == 0
        target.write_text("mine")
        refused = _run("compose", "requirements.txt", "-o", ".")
        assert (refused.exit_code, target.read_text()) == (2, "mine")
        assert "`--force` replaces it" in _said(refused)
        assert _run("compose", "requirements.txt", "-o", ".", "--force").exit_code == 0
        assert target.read_bytes() == written

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("--memory 8gb", "no amount of memory"),
            ("--shm 0g", "no amount of memory"),
            ("--gpus some", "no number of GPUs"),
            ("--name Forecast", "is no name of an image and a service"),
            ("--name a-", "is no name of an image and a service"),
            ("--cpus two", "no number of CPUs"),
            ("--secret hf", "`--secret NAME=FILE`"),
            ("--health-path health", "no path of a URL"),
            ("--health-path /'+x+'", "no path of a URL"),
            ("-o missing", "is no folder"),
            ("--port 0", "not in the range"),
        ],
    )
    def test_what_compose_would_not_take_is_refused(self, folder: Path, options: str, said: str) -> None:  # noqa: ARG002
        result = _run("compose", "requirements.txt", *options.split())
        assert result.exit_code == 2
        assert said in _said(result)


class TestArgo:
    @pytest.fixture(autouse=True)
    def needs_hera(self) -> None:
        pytest.importorskip("hera")

    def test_prints_what_the_checkout_says(self, folder: Path) -> None:  # noqa: ARG002
        result = _run("argo", "requirements.txt", "--push", "registry.example.org/forecast:1.0")
        assert result.exit_code == 0, result.output
        assert _parameters(result)["repositories"] == [
            {
                "url": "https://git.example.org/team/forecast.git",
                "revision": "feature/x",
                "file": "forecast/requirements.txt",
                "image": "registry.example.org/forecast:1.0",
                "module": "torch",
            }
        ]
        assert [(each["arch"], each["gpu"]) for each in _parameters(result)["machines"]] == [
            ("amd64", True),
            ("arm64", False),
        ]
        assert "hunter2" not in result.output

    def test_the_same_arguments_give_the_same_bytes(self, folder: Path) -> None:  # noqa: ARG002
        assert _run("argo", "requirements.txt").stdout == _run("argo", "requirements.txt").stdout

    def test_a_list_of_repositories(self, folder: Path) -> None:  # noqa: ARG002
        urls = ("https://git.example.org/a.git", "https://git.example.org/b.git")
        options = [word for url in urls for word in ("--repository", url)]
        result = _run("argo", "table.txt", "--image", "registry.example.org/x:1", "--revision", "v2", *options)
        found = _parameters(result)["repositories"]
        assert [(each["url"], each["revision"]) for each in found] == [(url, "v2") for url in urls]
        names = {template["name"] for template in yaml.safe_load(result.stdout)["spec"]["templates"]}
        assert "build" not in names

    @pytest.mark.parametrize(
        "config", [None, "[core]\n", '[remote "origin"]\n\turl = git@git.example.org:a/b.git\n', "]["]
    )
    def test_what_is_not_known_is_asked_for_at_submission(self, folder: Path, config: str | None) -> None:
        git = folder.parent / ".git"
        (git / "config").unlink()
        if config is not None:
            (git / "config").write_text(config)
        result = _run("argo", "requirements.txt")
        assert result.exit_code == 0
        assert _parameters(result)["repositories"] is None
        assert "give `--repository URL` and `--push REPO/NAME:TAG`" in _said(result)
        assert "-p repositories=" in result.stdout

    def test_environments_for_the_same_machines_share_a_workflow(self, folder: Path) -> None:
        (folder / "more.txt").write_text("torch==2.7.1\nnumpy\n")
        result = _run("argo", "requirements.txt", "more.txt", "--push", "registry.example.org/x:1")
        files = [each["file"] for each in _parameters(result)["repositories"]]
        assert files == ["forecast/requirements.txt", "forecast/more.txt"]

    def test_environments_for_different_machines_do_not(self, folder: Path) -> None:  # noqa: ARG002
        result = _run("argo", "requirements.txt", "table.txt")
        assert result.exit_code == 2
        assert "`requirements.txt` and `table.txt` are for different machines" in _said(result)

    def test_pulled_or_built(self, folder: Path) -> None:  # noqa: ARG002
        result = _run("argo", "requirements.txt", "--image", "a:1", "--push", "b:1")
        assert (result.exit_code, "give one of them" in _said(result)) == (2, True)

    def test_template(self, folder: Path) -> None:
        assert _run("argo", "requirements.txt", "--template", "-o", ".").exit_code == 0
        document = yaml.safe_load((folder / "workflow.yaml").read_text())
        assert (document["kind"], document["metadata"]["name"]) == ("WorkflowTemplate", "forecast-environment")


#: Environments, and what a target claims of each.
ENVIRONMENTS = {
    "requirements.txt": ("torch==2.9.0\ntransformers\n", ()),
    "jax.txt": ("jax[cuda12]==0.6.0\n", ("--target", "linux-64,python=3.12,gpu=h100,driver=580")),
    "table.txt": ("pandas==2.3.0\n", ("--target", "linux-aarch64,python=3.12")),
    "environment.yml": (
        "name: mix\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - torch==2.9.0\n",
        (),
    ),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_check_finds_nothing_in_what_was_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    pytest.importorskip("hera")
    text, target = ENVIRONMENTS[name]
    (tmp_path / ".git").mkdir()
    (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    image = ("--push", "registry.example.org/x:1", "--repository", "https://git.example.org/x.git")
    for command, options in (("dockerfile", ("--port", "8000")), ("compose", ("--port", "8000")), ("argo", image)):
        assert _run(command, name, "-o", ".", *options, *target).exit_code == 0
    result = CliRunner().invoke(cli, ["check", "compose.yaml", "workflow.yaml", "--format", "json"])
    report = json.loads(result.stdout)
    kinds = {file["path"]: file["kind"] for file in report["files"]}
    expected = {"compose.yaml": "compose", "workflow.yaml": "argo", "Dockerfile": "dockerfile"}
    assert kinds.items() >= expected.items()
    assert (result.exit_code, report["diagnostics"]) == (0, [])


def test_check_finds_what_was_broken_in_it(folder: Path) -> None:
    """The other side of the test above: the same files are really read."""
    _run("dockerfile", "requirements.txt", "-o", ".")
    _run("compose", "requirements.txt", "-o", ".")
    text = (folder / "compose.yaml").read_text()
    (folder / "compose.yaml").write_text(
        text.replace("- UV_DEFAULT_INDEX", "- PIP_INDEX").replace("- gpu", "- utility")
    )
    report = json.loads(CliRunner().invoke(cli, ["check", "compose.yaml", "--format", "json"]).stdout)
    assert "WRK007" in {found["code"] for found in report["diagnostics"]}


def test_without_hera(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    for name in [name for name in sys.modules if name.startswith("compat.export.argo")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "hera"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hera", None)
    result = _run("argo", "requirements.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert _said(result) == (
        "error: `compat export argo` needs hera, Argo's SDK for Python; hint: pip install 'compat-matrix[argo]'"
    )


def _parameters(result: Result) -> dict[str, Any]:
    """The parameters of the workflow on stdout, their lists read; None for one without value."""
    found = yaml.safe_load(result.stdout)["spec"]["arguments"]["parameters"]
    return {
        each["name"]: json.loads(each["value"]) if each.get("value", "")[:1] == "[" else each.get("value")
        for each in found
    }
