"""The exported compose file: what stands in it, and that compose takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import jsonschema
import pytest
import yaml

pytest.importorskip("check_jsonschema")

from compat.export.compose import ComposeOptions, to_compose
from compat.export.plan import ExportPlan, Group, Package, PlannedTarget
from compat.model.targets import parse_target


def _plan(*packages: str, targets: tuple[str, ...] = ("linux-64", "linux-aarch64"), cuda: bool = False) -> ExportPlan:
    """A locked environment; with *cuda* its first target is built for CUDA 12.8."""
    group = Group("rest", "pip", tuple(Package(name, "1.0", ()) for name in packages))
    planned = tuple(
        PlannedTarget(parse_target(text, {}), (group,), (12, 8) if cuda and position == 0 else None)
        for position, text in enumerate(targets)
    )
    return ExportPlan("forecast", "pip", (3, 11), planned, ("requirements.txt",), ".", ("pylock.toml",), cuda)


TORCH = _plan("torch", "triton", "huggingface-hub", "matplotlib", cuda=True)
TABLE = _plan("pandas", targets=("linux-64",))
SERVICE = ComposeOptions(port=8000, cpus="2", memory="15g", shm="2g", secrets=(("hf_token", "./hf_token.txt"),))
SHAPES = {
    "torch": (TORCH, ComposeOptions()),
    "table": (TABLE, ComposeOptions()),
    "service": (TABLE, SERVICE),
    "all gpus": (TORCH, ComposeOptions(gpus="all", port=80)),
    "elsewhere": (TABLE, ComposeOptions(context="..", dockerfile="docker/Dockerfile", gpus="2")),
}


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    """compose-spec's own, as check-jsonschema ships it."""
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    return jsonschema.Draft202012Validator(json.loads(vendored.read_text(encoding="utf-8")))


def _document(shape: str) -> Any:  # noqa: ANN401 -- a document of YAML
    return yaml.safe_load(to_compose(*SHAPES[shape]))


def _service(shape: str) -> Any:  # noqa: ANN401 -- the same
    return _document(shape)["services"]["forecast"]


@pytest.mark.parametrize("name", ["torch", "service"])
def test_whole_output(golden: Callable[[str, str], None], name: str) -> None:
    golden(f"compose-{name}.yaml", to_compose(*SHAPES[name]))


@pytest.mark.parametrize("shape", SHAPES)
def test_compose_takes_it(schema: jsonschema.Draft202012Validator, shape: str) -> None:
    assert [error.message for error in schema.iter_errors(_document(shape))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("restrat", "no"),
        ("ports", "8000:8000"),
        ("init", ["yes"]),
        ("healthcheck", {"every": "30s"}),
        ("deploy", {"resources": {"limits": {"ram": "1g"}}}),
        ("deploy", {"resources": {"reservations": {"devices": [{"count": 1}]}}}),
        ("build", {"context": ".", "platform": ["linux/amd64"]}),
        ("tmpfs", {"/tmp": "exec"}),
    ],
)
def test_the_schema_refuses_what_is_wrong(schema: jsonschema.Draft202012Validator, key: str, value: object) -> None:
    """A test that accepts everything proves nothing."""
    document = _document("torch")
    document["services"]["forecast"][key] = value
    assert list(schema.iter_errors(document))


@pytest.mark.parametrize(
    ("shape", "devices"),
    [
        ("torch", [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]),
        ("all gpus", [{"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}]),
        ("elsewhere", [{"driver": "nvidia", "count": 2, "capabilities": ["gpu"]}]),
        ("table", None),
    ],
)
def test_gpu_is_reserved_for_a_cuda_build_or_where_it_is_asked_for(shape: str, devices: object) -> None:
    resources = _service(shape)["deploy"]["resources"]
    assert resources.get("reservations", {}).get("devices") == devices


def test_gpu_can_be_left_out() -> None:
    document = yaml.safe_load(to_compose(TORCH, ComposeOptions(gpus="none")))
    assert "reservations" not in document["services"]["forecast"]["deploy"]["resources"]


@pytest.mark.parametrize(
    ("plan", "options", "memory", "shm"),
    [
        (TORCH, ComposeOptions(), "16g", "8g"),
        (TORCH, ComposeOptions(memory="15g"), "15g", "7680m"),
        (TORCH, ComposeOptions(memory="32g", shm="1g"), "32g", "1g"),
        (TORCH, ComposeOptions(memory="1b"), "1b", "0b"),
        (TABLE, ComposeOptions(), "4g", None),
        (TABLE._replace(targets=(), main="torch"), ComposeOptions(), "16g", "8g"),
        (TABLE, ComposeOptions(shm="64m"), "4g", "64m"),
    ],
)
def test_memory(plan: ExportPlan, options: ComposeOptions, memory: str, shm: str | None) -> None:
    service = yaml.safe_load(to_compose(plan, options))["services"]["forecast"]
    assert (service["deploy"]["resources"]["limits"]["memory"], service.get("shm_size")) == (memory, shm)


def test_a_service_comes_back_and_a_job_does_not() -> None:
    assert (_service("service")["restart"], _service("service")["ports"]) == ("unless-stopped", ["127.0.0.1:8000:8000"])
    assert (_service("torch")["restart"], _service("torch").get("ports")) == ("no", None)


def test_what_libraries_write_is_in_a_volume() -> None:
    (volume,) = _service("torch")["volumes"]
    assert volume.partition(":")[0] in _document("torch")["volumes"]
    assert "~/.cache/huggingface, ~/.cache/torch" in to_compose(*SHAPES["torch"])
    assert "huggingface" not in to_compose(*SHAPES["table"])


def test_a_service_is_asked_for_its_health() -> None:
    check = _service("service")["healthcheck"]
    assert check["test"][:3] == ["CMD", "python", "-c"]
    assert "http://127.0.0.1:8000/" in check["test"][3]
    compile(check["test"][3], "healthcheck", "exec")
    assert "healthcheck" not in _service("torch")


@pytest.mark.parametrize(
    ("kind", "group", "mirrors"),
    [
        ("pip", "rest", ["UV_DEFAULT_INDEX"]),
        ("conda", "conda-rest", ["CONDA_CHANNEL_ALIAS"]),
        ("conda", "rest", ["CONDA_CHANNEL_ALIAS", "UV_DEFAULT_INDEX"]),
    ],
)
def test_arguments_are_those_of_the_dockerfile(kind: str, group: str, mirrors: list[str]) -> None:
    targets = tuple(each._replace(groups=(each.groups[0]._replace(name=group),)) for each in TABLE.targets)
    document = yaml.safe_load(to_compose(TABLE._replace(kind=kind, targets=targets)))
    assert document["services"]["forecast"]["build"]["args"] == ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", *mirrors]


def test_secrets_are_files_and_no_values() -> None:
    document = _document("service")
    assert document["secrets"] == {"hf_token": {"file": "./hf_token.txt"}}
    assert document["services"]["forecast"]["secrets"] == ["hf_token"]
    assert "secrets" not in _document("torch")


def test_netrc_is_a_secret_of_the_build() -> None:
    document = yaml.safe_load(to_compose(TABLE, ComposeOptions(secrets=(("netrc", "~/.netrc"),))))
    service = document["services"]["forecast"]
    assert (service["build"]["secrets"], "secrets" in service) == (["netrc"], False)
    assert document["secrets"] == {"netrc": {"file": "~/.netrc"}}


def test_says_which_image_has_cuda() -> None:
    assert "built for CUDA 12.8 on amd64." in " ".join(to_compose(TORCH).replace("#", "").split())
    both = TORCH._replace(targets=tuple(each._replace(cuda=(12, 8)) for each in TORCH.targets))
    assert "built for CUDA 12.8." in " ".join(to_compose(both).replace("#", "").split())
