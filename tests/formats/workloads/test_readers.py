"""What the readers of compose, Argo, Kubernetes and GitHub files make of them, with places."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.formats import detect
from compat.formats.workloads import read_workloads
from compat.model.places import Place
from compat.model.workloads import Container, Job

DATA = Path(__file__).parents[2] / "data" / "argo"


def containers(text: str, kind: str) -> dict[str, Container]:
    file = read_workloads("f.yml", text.encode(), kind)
    return {container.name: container for workload in file.workloads for container in workload.containers}


def jobs(text: str) -> dict[str, Job]:
    return {job.name: job for job in read_workloads("f.yml", text.encode(), "workflow").jobs}


def text_at(text: str, place: Place) -> str:
    assert place.line
    assert place.column
    assert place.end_column
    return text.split("\n")[place.line - 1][place.column - 1 : place.end_column - 1]


COMPOSE = """\
x-gpu: &gpu
  gpus: all
  environment: [A=1]
services:
  base:
    image: "example/base:${TAG:-1.2}"
    volumes: [models:/models, {type: bind, source: ./src, target: /src}]
  train:
    <<: *gpu
    extends: base
    build: {context: ., args: [TORCH=2.4.1, PLAIN], platforms: [linux/arm64]}
    shm_size: 8gb
    mem_limit: 1.5g
    command: bash -c "pip install torch==2.4.1"
  serve:
    image: example/serve:$TAG
    ipc: host
    entrypoint: [sh, -c, "uv pip install numpy"]
    deploy: {resources: {reservations: {devices: [{count: 1}, {capabilities: [tpu]}]}}}
"""


def test_compose() -> None:
    found = containers(COMPOSE, "compose")
    base, train, serve = found["base"], found["train"], found["serve"]
    assert base.image is not None
    assert (base.image.text, base.image.known) == ("example/base:1.2", True)
    assert [(mount.source, mount.path) for mount in base.mounts] == [("models", "/models"), ("./src", "/src")]
    assert train.image == base.image, "extends"
    assert train.wants_gpu, "merged by <<"
    assert train.build is not None
    assert [(name.text, value and value.text) for name, value in train.build.arguments] == [
        ("TORCH", "2.4.1"),
        ("PLAIN", None),
    ]
    assert text_at(COMPOSE, train.build.arguments[0][0].place) == "TORCH"
    assert train.shm is not None
    assert train.memory is not None
    assert (train.shm.size, train.memory.size) == (8 * 2**30, 3 * 2**29)
    installs = [command.install for command in train.commands if command.install]
    assert [entry.name for install in installs for entry in install.pip] == ["torch"]
    assert serve.image is not None
    assert not serve.image.known
    assert serve.shared_memory
    assert [request.capabilities for request in serve.gpus] == [None], "another device is no GPU"
    (install,) = (command.install for command in serve.commands if command.install)
    assert text_at(COMPOSE, install.pip[0].place) == "numpy"


PODS = """\
apiVersion: v1
kind: Service
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          activeDeadlineSeconds: 60
          nodeSelector: {kubernetes.io/arch: arm64}
          volumes:
            - {name: shm, emptyDir: {medium: Memory, sizeLimit: 2Gi}}
            - {name: data, persistentVolumeClaim: {claimName: corpus}}
          initContainers: [{name: fetch, image: example/fetch:1}]
          containers:
            - name: main
              image: example/train:1
              env: [{name: PIP_INDEX_URL, value: "https://example.org/simple"}]
              command: [/bin/bash, -ec]
              args:
                - |
                  # first
                  pip install torch==2.4.1
              volumeMounts: [{name: shm, mountPath: /dev/shm}, {name: data, mountPath: /data, subPath: a}]
              resources: {requests: {nvidia.com/gpu: "0"}, limits: {nvidia.com/mig-1g.5gb: 1, memory: 500M}}
---
apiVersion: kubeflow.org/v1
kind: PyTorchJob
spec:
  pytorchReplicaSpecs:
    Master: {template: {spec: {containers: [{name: pytorch, image: example/ddp:1}]}}}
"""


def test_pods_of_several_documents() -> None:
    file = read_workloads("f.yml", PODS.encode(), "kubernetes")
    cron, torch_job = file.workloads
    assert (cron.kind, cron.name, cron.bounds) == (
        "CronJob",
        "nightly",
        frozenset({"backoffLimit", "activeDeadlineSeconds"}),
    )
    assert [container.name for container in cron.containers] == ["fetch", "main"]
    main = cron.containers[1]
    assert [word.text for word in main.architectures] == ["arm64"]
    assert [(gpu.resource, gpu.is_none) for gpu in main.gpus] == [
        ("nvidia.com/gpu", True),
        ("nvidia.com/mig-1g.5gb", False),
    ]
    assert main.shm is not None
    assert main.memory is not None
    assert (main.shm.size, main.memory.size) == (2 * 2**30, 500 * 10**6)
    assert [(mount.source, mount.path) for mount in main.mounts] == [("claim corpus/a", "/data")]
    (install,) = (command.install for command in main.commands if command.install)
    assert text_at(PODS, install.pip[0].place) == "torch==2.4.1"
    assert [index.url for index in install.indexes] == ["https://example.org/simple"]
    assert [container.name for container in torch_job.containers] == ["pytorch"]


SCRIPT = """\
# tests
jobs:
  test:
    steps:
      - run: |
          # first
          pip install six
"""


@pytest.mark.parametrize(
    ("text", "line"), [(SCRIPT.replace("\n", "\r\n"), 7), (SCRIPT.replace("# tests", "# \u2028# tests"), 5)]
)
def test_places_in_scripts_with_other_line_ends(text: str, line: int) -> None:
    """Where YAML sees line ends that editors do not count, the place is that of the whole script."""
    (job,) = read_workloads("f.yml", text.encode(), "workflow").jobs
    (install,) = (command.install for command in job.steps[0].commands if command.install)
    assert install.pip[0].place.line == line


def test_argo_fills_parameters_of_each_call_in() -> None:
    file = read_workloads("f.yml", (DATA / "fan_out.yml").read_bytes(), "argo")
    (workload,) = file.workloads
    images = [container.image for container in workload.containers]
    assert [(image.text, image.known) for image in images if image] == [
        ("tensorflow/tensorflow:2.15.0-gpu", True),
        ("tensorflow/tensorflow:2.15.0", True),
        ("{{inputs.parameters.image}}", False),
    ]


def test_argo_has_artifacts_bounds_and_claims() -> None:
    text = (DATA / "train_dag.yml").read_text()
    (workload,) = read_workloads("f.yml", text.encode(), "argo").workloads
    assert workload.bounds == {"activeDeadlineSeconds", "ttlStrategy", "retryStrategy"}
    assert [(each.artifact, each.giver, each.taker) for each in workload.handovers] == [
        ("index", "prepare", "train"),
        ("model", "train", "evaluate"),
    ]
    prepare, train, _ = workload.containers
    assert [mount.source for mount in train.mounts] == ["claim workdir"]
    assert train.image is not None
    assert train.image.text.startswith("pytorch/pytorch:2.4.1")
    (install,) = (command.install for command in prepare.commands if command.install)
    assert [text_at(text, entry.place) for entry in install.pip] == ["pandas==2.2.2", "pyarrow==17.0.0"]


GITHUB = """\
on: push
env: {PIP_EXTRA_INDEX_URL: "https://example.org/whl"}
defaults: {run: {working-directory: src}}
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        python: [3.9, 3.10, "3.11"]
        exclude: [{os: windows-latest, python: 3.9}]
        include:
          - {python: "3.13", os: ubuntu-24.04-arm}
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: "${{ matrix.python }}"}
      - run: |
          pip install ${{ matrix.extra }} -r requirements.txt
        continue-on-error: true
      - {run: dir, shell: pwsh}
  dynamic:
    if: github.event_name == 'push'
    runs-on: ubuntu-latest
    strategy: {matrix: "${{ fromJSON(needs.a.outputs.m) }}"}
    steps:
      - {uses: actions/setup-python@v5, with: {python-version: "${{ matrix.python }}"}}
      - {uses: conda-incubator/setup-miniconda@v3, with: {environment-file: env.yml}}
"""


def test_github_matrix() -> None:
    found = jobs(GITHUB)
    test, dynamic = found["test"], found["dynamic"]
    assert [(row.python.text if row.python else "", row.runner) for row in test.combinations] == [
        ("3.9", "ubuntu-latest"),
        ("3.10", "ubuntu-latest"),
        ("3.11", "ubuntu-latest"),
        ("3.10", "windows-latest"),
        ("3.11", "windows-latest"),
        ("3.13", "ubuntu-24.04-arm"),
    ]
    (step,) = test.steps
    assert (step.folder, step.conditional) == ("src", True)
    (install,) = (command.install for command in step.commands if command.install)
    assert not install.complete
    assert [include.path for include in install.includes] == ["requirements.txt"]
    assert [row.python for row in dynamic.combinations] == [None]
    assert dynamic.conditional
    assert not dynamic.environments, "its Python is that of the file"


def test_numbers_that_are_cut() -> None:
    file = read_workloads("f.yml", GITHUB.encode(), "workflow")
    assert [(word.text, word.place.line) for word in file.numbers] == [("3.10", 10)]


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("image: {{ .Values.image }}\n", "Helm"),
        ("{{- if .Values.gpu }}\na: b\n{{- end }}\n", "Helm"),
        ("{% if x %}\na: b\n{% endif %}\n", "Jinja"),
        ("a: '{{inputs.parameters.x}}'\nb: \"{{ workflow.name }}\"\nc: docker inspect -f '{{.State}}'\n", ""),
    ],
)
def test_templates_are_not_read(text: str, template: str) -> None:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"
    assert read_workloads("f.yml", (head + text).encode(), "argo").template == template


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("a.yaml", "apiVersion: batch/v1\nkind: Job\n", "kubernetes"),
        (
            "a.yaml",
            "# c\napiVersion: v1\nkind: Service\n---\napiVersion: apps/v1\nkind: Deployment # x\n",
            "kubernetes",
        ),
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\n", None),
        ("a.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n", "argo"),
        ("environment.yml", "apiVersion: v1\nkind: Pod\n", "environment"),
    ],
)
def test_kinds_by_content(path: str, text: str, kind: str | None) -> None:
    assert detect(path, text.encode()) == kind
