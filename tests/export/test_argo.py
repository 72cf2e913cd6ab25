"""The exported workflow: what stands in it, what it runs, and that Argo takes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("hera")
pytest.importorskip("argo_workflows")

from compat.export.argo import Repository, WorkflowOptions, to_workflow
from compat.export.argo_scripts import BUILD, CHECK, CHECK_LOCK, REPORT, SMOKE
from compat.export.argo_templates import Machine
from tests.export.argo_schema import argo_schema

GPU = Machine("amd64", "linux-64,cuda=12.8", gpu=True)
ARM = Machine("arm64", "linux-aarch64", gpu=False)
REPOSITORY = Repository(
    url="https://git.example.org/team/forecast.git",
    revision="main",
    file="environment.yml",
    image="registry.example.org/team/forecast:1.0",
    module="torch",
)
OPTIONS = WorkflowOptions("forecast", "0.1.0")

#: Every shape that is written: machines, repositories, options.
SHAPES = {
    "both kinds of node": ((GPU, ARM), (REPOSITORY,), OPTIONS),
    "pulled": ((GPU, ARM), (REPOSITORY,), OPTIONS._replace(builds=False)),
    "template": ((ARM,), (), OPTIONS._replace(template=True, locked=False)),
    "fleet": ((GPU,), (REPOSITORY, REPOSITORY._replace(file='it\'s "odd".yml')), OPTIONS._replace(gpus=2)),
}


def _errors(document: Any) -> list[str]:  # noqa: ANN401 -- a document of YAML
    validator = jsonschema.Draft202012Validator(argo_schema(document["kind"]))
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(document)]


def _document(shape: str) -> Any:  # noqa: ANN401 -- the same
    return yaml.safe_load(to_workflow(*SHAPES[shape]))


def _templates(document: Any) -> dict[str, Any]:  # noqa: ANN401 -- the same
    return {template["name"]: template for template in document["spec"]["templates"]}


def test_whole_output(golden: Callable[[str, str], None]) -> None:
    golden("argo.yaml", to_workflow(*SHAPES["both kinds of node"]))


@pytest.mark.parametrize("shape", SHAPES)
def test_argo_takes_it(shape: str) -> None:
    assert _errors(_document(shape)) == []


@pytest.mark.parametrize(
    ("route", "value"),
    [
        (("spec", "retryStrateggy"), {"limit": "2"}),
        (("spec", "parallelism"), "8"),
        (("spec", "podGC"), "OnPodSuccess"),
        (("spec", "templates", 3, "container", "image"), ["python"]),
        (("spec", "templates", 3, "container", "cmd"), ["sh"]),
        (("spec", "templates", 3, "nodeSelector"), {"kubernetes.io/arch": 1}),
        (("spec", "templates", 3, "inputs", "parameters"), {"name": "url"}),
        (("kind",), "WorkflowTemplate"),
    ],
)
def test_the_schema_refuses_what_is_wrong(route: tuple[Any, ...], value: object) -> None:
    """A test that accepts everything proves nothing."""
    document = _document("both kinds of node")
    schema = argo_schema("Workflow")
    inner = document
    for key in route[:-1]:
        inner = inner[key]
    inner[route[-1]] = value
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(document))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_name_that_is_used_is_there(shape: str) -> None:
    """Templates, the tasks that one depends on, and the parameters that a template is given."""
    document = _document(shape)
    templates = _templates(document)
    assert {document["spec"]["entrypoint"], document["spec"]["onExit"]} <= templates.keys()
    for template in templates.values():
        tasks = template.get("dag", {}).get("tasks", [])
        assert {task["depends"] for task in tasks if "depends" in task} <= {task["name"] for task in tasks}
        for task in tasks:
            given = {parameter["name"] for parameter in task["arguments"]["parameters"]}
            wanted = {parameter["name"] for parameter in templates[task["template"]]["inputs"]["parameters"]}
            assert given == wanted, task["name"]


@pytest.mark.parametrize("shape", SHAPES)
def test_each_step_ends_and_has_no_rights(shape: str) -> None:
    spec = _document(shape)["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["activeDeadlineSeconds"] > 0
    assert spec["ttlStrategy"]["secondsAfterCompletion"] > 0
    for template in spec["templates"]:
        if "dag" in template:
            continue
        run = template.get("container") or template["script"]
        assert template["retryStrategy"]["limit"] == "2"
        assert int(template["activeDeadlineSeconds"]) <= spec["activeDeadlineSeconds"]
        assert run["resources"]["limits"]["memory"]
        assert template["name"] == "build" or run["securityContext"]["allowPrivilegeEscalation"] is False


def test_gpu_is_asked_for_where_there_is_a_build_for_it() -> None:
    templates = _templates(_document("both kinds of node"))
    assert templates["smoke-gpu"]["script"]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert "nvidia.com/gpu" not in templates["smoke-cpu"]["script"]["resources"]["limits"]
    tolerated = {name: {each["key"] for each in templates[name]["tolerations"]} for name in ("smoke-gpu", "smoke-cpu")}
    assert tolerated == {"smoke-gpu": {"kubernetes.io/arch", "nvidia.com/gpu"}, "smoke-cpu": {"kubernetes.io/arch"}}
    assert _templates(_document("template")).keys().isdisjoint({"smoke-gpu"})
    assert _templates(_document("fleet"))["smoke-gpu"]["script"]["resources"]["limits"]["nvidia.com/gpu"] == "2"


def test_what_is_pulled_is_not_built() -> None:
    document = _document("pulled")
    tasks = {task["name"]: task for task in _templates(document)["machine"]["dag"]["tasks"]}
    assert "build" not in tasks
    assert "build" not in _templates(document)
    assert tasks["smoke-gpu"]["depends"] == "check"
    assert tasks["smoke-gpu"]["arguments"]["parameters"][0]["value"] == "{{inputs.parameters.image}}"


def test_the_list_of_repositories_is_the_fan_out() -> None:
    document = _document("fleet")
    parameter = document["spec"]["arguments"]["parameters"][0]
    assert [item["file"] for item in json.loads(parameter["value"])] == ["environment.yml", 'it\'s "odd".yml']
    (task,) = _templates(document)["main"]["dag"]["tasks"]
    assert task["withParam"] == "{{workflow.parameters.repositories}}"
    assert "value" not in _document("template")["spec"]["arguments"]["parameters"][0]


@settings(max_examples=25)
@given(st.builds(Repository, *[st.text(max_size=12)] * 5))
def test_any_text_is_handed_on_as_it_is(repository: Repository) -> None:
    text = to_workflow((ARM,), (repository,), OPTIONS)
    assert text == to_workflow((ARM,), (repository,), OPTIONS)
    parameter = yaml.safe_load(text)["spec"]["arguments"]["parameters"][0]
    assert json.loads(parameter["value"]) == [repository._asdict()]


def test_lock_is_compared_where_there_is_one() -> None:
    def script(shape: str) -> str:
        return str(_templates(_document(shape))["check"]["container"]["args"][0])

    assert script("both kinds of node") == CHECK + CHECK_LOCK
    assert script("template") == CHECK


@pytest.mark.parametrize("script", [BUILD, CHECK, CHECK_LOCK])
def test_no_input_is_part_of_a_script(script: str) -> None:
    """A file name or a URL with a quote in it would be run."""
    assert "{{" not in script
    subprocess.run(["sh", "-n"], input=script.encode(), check=True)  # noqa: S607


def test_build_passes_on_what_is_set(tmp_path: Path) -> None:
    tool = tmp_path / "buildctl-daemonless.sh"
    tool.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    tool.chmod(0o755)
    settings = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "FILE": "a folder/environment.yml", "ARCH": "arm64"}
    settings |= {"IMAGE": "registry.example.org/x:1-arm64", "HTTPS_PROXY": "http://proxy.example.org:3128"}
    result = subprocess.run(["sh", "-euc", BUILD], env=settings, check=True, capture_output=True, text=True)  # noqa: S607
    assert result.stdout.splitlines() == [
        "build", "--frontend", "dockerfile.v0", "--local", "context=/source/a folder", "--local", "dockerfile=/source/a folder",
        "--opt", "platform=linux/arm64", "--output", "type=image,name=registry.example.org/x:1-arm64,push=true",
        "--opt", "build-arg:HTTPS_PROXY=http://proxy.example.org:3128",
    ]  # fmt: skip


#: A stand-in for torch: what the smoke test asks of it, with the answers of one build on one node.
_TORCH = """\
__version__ = "2.9.0"
class version: cuda = {cuda!r}
class cuda:
    is_available = staticmethod(lambda: {found!r})
    get_device_name = staticmethod(lambda number: "a GPU")
class Matrix:
    __matmul__ = all = lambda self, *other: self
    item = lambda self: {finite!r}
def rand(*shape, device):
    assert device == {device!r}, device
    return Matrix()
isfinite = lambda matrix: matrix
"""


@pytest.mark.parametrize(
    ("gpus", "cuda", "found", "finite", "said"),
    [
        ("1", "12.8", True, True, "works"),
        ("0", None, False, True, "works"),
        ("0", "12.8", False, True, "works"),
        ("1", None, False, True, "torch is a CPU build"),
        ("1", "12.8", False, True, "torch is built for CUDA 12.8, and finds no GPU that runs it"),
        ("1", "12.8", True, False, "a product is not finite"),
    ],
)
def test_smoke_test_of_torch(tmp_path: Path, gpus: str, cuda: str | None, found: bool, finite: bool, said: str) -> None:
    device = "cuda" if gpus == "1" else "cpu"
    (tmp_path / "torch.py").write_text(_TORCH.format(cuda=cuda, found=found, finite=finite, device=device))
    result = _run(SMOKE, {"PYTHONPATH": str(tmp_path), "MODULE": "torch", "GPUS": gpus})
    assert said in result.stdout + result.stderr
    assert (result.returncode == 0) is (said == "works")


def test_smoke_test_of_another_module() -> None:
    assert _run(SMOKE, {"MODULE": "json", "GPUS": "0"}).returncode == 0
    assert _run(SMOKE, {"MODULE": "no_such_module", "GPUS": "0"}).returncode == 1
    assert "packages are installed" in _run(SMOKE, {"MODULE": "", "GPUS": "0"}).stdout


FAILED = [{"displayName": "check", "phase": "Failed", "message": "exit code 1"}]


@pytest.mark.parametrize(
    ("failures", "said"),
    [
        (json.dumps("null"), "x-1 Succeeded after 12.5 seconds\n"),
        (json.dumps(json.dumps(FAILED)), "x-1 Succeeded after 12.5 seconds\ncheck: Failed: exit code 1\n"),
        (json.dumps(FAILED), "x-1 Succeeded after 12.5 seconds\ncheck: Failed: exit code 1\n"),
    ],
)
def test_report_names_what_failed(failures: str, said: str) -> None:
    settings = {"NAME": "x-1", "STATUS": "Succeeded", "SECONDS": "12.5", "FAILURES": failures}
    assert _run(REPORT, settings).stdout == said


def _run(source: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", source], env=settings, check=False, capture_output=True, text=True, timeout=60
    )
