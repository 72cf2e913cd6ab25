"""What the conda rules read out of build strings, channel names and version constraints."""

from __future__ import annotations

import pytest

from compat.model.conda_version import parse_version_spec
from compat.rules.channels import canonical, is_within
from compat.rules.conda_builds import CudaBuild, accepted_cuda, read_build


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("py3.10_cuda11.8_cudnn8.7.0_0", CudaBuild("pytorch", wants_cuda=True, cuda=(11, 8))),
        ("py35_cuda9.0.176_cudnn7.1.2_1", CudaBuild("pytorch", wants_cuda=True, cuda=(9, 0))),
        ("py310_cu118", CudaBuild("pytorch", wants_cuda=True, cuda=(11, 8))),
        ("py3.10_cpu_0", CudaBuild("pytorch", wants_cpu=True)),
        ("py310_cpu", CudaBuild("pytorch", wants_cpu=True)),
        ("*cuda11.8*", CudaBuild("pytorch", wants_cuda=True, cuda=(11, 8))),
        ("cuda112py310he33e0d6_201", CudaBuild("conda-forge", wants_cuda=True, cuda=(11, 2))),
        ("cuda126_mkl_py310_h069c2fa_309", CudaBuild("conda-forge", wants_cuda=True, cuda=(12, 6))),
        ("cpu_mkl_py310_h4c1506e_104", CudaBuild("conda-forge", wants_cpu=True)),
        ("cuda92py36h1667eeb_0", CudaBuild(wants_cuda=True, cuda=(9, 2))),
        ("gpu_cuda113py39h19ae3d8_1", CudaBuild(wants_cuda=True, cuda=(11, 3))),
        ("gpu_py37h57d29ca_0", CudaBuild(wants_cuda=True)),
        ("mkl_py37h28c19af_0", CudaBuild(wants_cpu=True)),
        ("cuda12*", CudaBuild(wants_cuda=True, cuda=(12,))),
        ("*cuda*", CudaBuild(wants_cuda=True)),
        ("^.*cuda.*$", CudaBuild(wants_cuda=True)),
        ("*mkl*", CudaBuild()),
        ("py39h06a4308_0", CudaBuild()),
        ("hcu118deadbeef_0", CudaBuild()),
    ],
)
def test_build_strings_say_what_they_were_built_for(build: str, expected: CudaBuild) -> None:
    assert read_build(build) == expected


@pytest.mark.parametrize(
    ("build", "accepted"),
    [
        ("py3.10_cuda11.8_cudnn8.7.0_0", "11.8.*"),
        ("cuda112py310he33e0d6_201", ">=11.2,<12"),
        ("cuda111py310h385535d_1", "11.1.*"),
        ("cuda12*", "12.*"),
    ],
)
def test_conda_forge_builds_accept_later_minors_from_11_2_on(build: str, accepted: str) -> None:
    assert accepted_cuda(read_build(build)) == accepted


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("pytorch", "pytorch"),
        ("pytorch/linux-64", "pytorch"),
        ("https://conda.example.org/pytorch/linux-64/", "pytorch"),
        ("https://mirror.example.org/anaconda/cloud/conda-forge", "conda-forge"),
        ("https://mirror.example.org/anaconda/pkgs/free", "defaults"),
        ("main", "defaults"),
        ("pkgs/r", "defaults"),
        ("nvidia/label/cuda-12.1.0", "nvidia/label/cuda-12.1.0"),
        ("https://conda.example.org/nvidia/label/cuda-12.1.0", "nvidia/label/cuda-12.1.0"),
        ("https://conda.example.org/team", "https://conda.example.org/team"),
        ("team/main", "team/main"),
    ],
)
def test_a_channel_is_the_same_by_name_url_and_mirror(channel: str, name: str) -> None:
    assert canonical(channel) == name


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        ("==1.13.1", ">=1.13", True),
        (">=2,<3", ">=1.13", True),
        (">=1.12", ">=1.13", False),
        ("0.3.*", "0.3.0.*", False),
        ("*", "*", True),
    ],
)
def test_one_constraint_within_another(inner: str, outer: str, within: bool) -> None:
    assert is_within(parse_version_spec(inner), parse_version_spec(outer)) is within


def test_no_constraint_is_within_nothing_but_none() -> None:
    assert is_within(None, None)
    assert not is_within(None, parse_version_spec(">=1"))
