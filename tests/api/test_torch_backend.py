"""Which of PyTorch's indexes a target gets: by the real tables, asking no index."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api.locking.inputs import read_inputs
from compat.api.locking.options import LockOptions
from compat.api.locking.torch_backend import Backend, find_backend, idle_gpu
from compat.api.roots import load, parse_targets
from compat.model.errors import UsageError
from compat.model.locking import LockedPackage, LockedTarget
from compat.model.names import to_pypi_name

H100 = "linux-64,gpu=h100,driver=550,python=3.11"
ARM = "linux-aarch64,gpu=gh200,driver=580,python=3.11"
PLAIN = "linux-64,python=3.11"


def backend(folder: Path, text: str, target: str, wanted: str | None = None) -> Backend | None:
    (folder / ".git").mkdir(exist_ok=True)
    path = folder / "requirements.txt"
    path.write_text(text)
    inputs, _ = read_inputs([str(path)], LockOptions(targets=[target]))
    matrix, cache = load({})
    return find_backend(inputs.environment, inputs.targets[0], matrix, cache, wanted)


CASES = [
    # What the default index serves is for CUDA 12.6, which runs on that driver.
    ("torch==2.7.1\n", H100, None, None),
    # What it serves for ARM has no CUDA.
    ("torch==2.9.1\n", ARM, None, "cu130"),
    # The build for CUDA 12.6 holds no code for Blackwell.
    ("torch==2.7.1\n", "linux-64,gpu=b200,driver=580,python=3.11", None, "cu128"),
    # A companion alone brings torch.
    ("torchvision==0.22.1\n", "linux-64,gpu=b200,driver=580,python=3.11", None, "cu128"),
    # Nothing is claimed about a GPU.
    ("torch==2.9.1\n", "linux-aarch64,python=3.11", None, None),
    # No GPU: the CPU build where the caller leaves the choice, else what the file gets anyway.
    ("torch==2.7.1\n", "linux-64,gpu=none,python=3.11", "auto", "cpu"),
    ("torch==2.7.1\n", "linux-64,gpu=none,python=3.11", None, None),
    # A label is served by one index.
    ("torch==2.7.1+cu128\n", PLAIN, None, "cu128"),
    ("torch==2.7.1+cu128\ntorchvision==0.22.1+cu126\n", PLAIN, None, None),
    # The files settle it.
    ("--index-url https://download.pytorch.org/whl/cu118\ntorch==2.7.1\n", ARM, None, None),
    # The caller does.
    ("torch==2.7.1\n", PLAIN, "cpu", "cpu"),
    ("torch==2.7.1\n", PLAIN, "cu126", "cu126"),
    # Nothing of the family.
    ("requests\n", H100, None, None),
]


@pytest.mark.parametrize(("text", "target", "wanted", "variant"), CASES)
def test_index(tmp_path: Path, text: str, target: str, wanted: str | None, variant: str | None) -> None:
    found = backend(tmp_path, text, target, wanted)
    assert (found.index_url.rpartition("/")[2] if found is not None else None) == variant


def test_where_the_newest_release_does_not_run_an_open_file_gets_one_that_does(tmp_path: Path) -> None:
    """Its newest builds are for a CUDA that driver 550 does not run."""
    found = backend(tmp_path, "torch\n", H100)
    assert found is not None
    assert found.index_url.endswith("/cu126")
    assert found.why.startswith("no build of torch ")
    newest = found.why.split()[4]
    assert backend(tmp_path, f"torch=={newest}\n", H100) is None, "a pin stays"
    assert backend(tmp_path, "torch\ntorchvision==0.22.1\n", ARM) is None, "what bounds a companion bounds torch"


def test_all_of_the_family_comes_from_there(tmp_path: Path) -> None:
    found = backend(tmp_path, "torch==2.7.1\n", PLAIN, "cpu")
    assert found is not None
    assert {"torch", "torchvision", "torchaudio", "pytorch-triton"} <= set(found.pins)


@pytest.mark.parametrize(("wanted", "said"), [("nonsense", "write `cu128`"), ("cu999", "no release has it")])
def test_an_unknown_backend(tmp_path: Path, wanted: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"torch backend `{wanted}`") as error:
        backend(tmp_path, "torch\n", PLAIN, wanted)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("version", "target", "said"),
    [
        ("2.15.0", H100, "torch 2.15.0 is locked for CUDA 13.2, which does not use the GPU there"),
        ("2.9.1", ARM, "torch 2.9.1 is locked without CUDA, which does not use the GPU there"),
        ("2.7.1", H100, None),
        ("2.9.1+cu130", ARM, None),
        ("99.0", H100, None),
    ],
)
def test_a_torch_that_leaves_the_gpu_unused_is_told(version: str, target: str, said: str | None) -> None:
    matrix, _ = load({})
    package = LockedPackage(to_pypi_name("torch"), version, "https://example.org/simple", ())
    [one] = parse_targets([target], matrix)
    found = idle_gpu(LockedTarget(one, "x", (package,)), matrix)
    assert (found.partition(";")[0] if found is not None else None) == said
