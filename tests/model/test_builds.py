"""What an index address serves, and which build of a release an installer prefers there."""

from __future__ import annotations

import pytest

from compat.model.builds import Source, classify, variant_cuda, world_of
from compat.model.environments import Index
from compat.model.names import PyPIName
from compat.model.places import Place

HERE = Place("requirements.txt", 1, 1, 1, 2)
TORCH, NUMPY = PyPIName("torch"), PyPIName("numpy")


@pytest.mark.parametrize(
    ("url", "kind", "variant", "nightly"),
    [
        ("https://download.pytorch.org/whl/cu128", "pytorch", "cu128", False),
        ("https://download.pytorch.org/whl/cpu/", "pytorch", "cpu", False),
        ("https://download.pytorch.org/whl/nightly/cu124", "pytorch", "cu124", True),
        ("https://download.pytorch.org/whl/torch_stable.html", "pytorch", "", False),
        ("https://download.pytorch.org/whl/cu113/torch_stable.html", "pytorch", "cu113", False),
        ("https://download.pytorch.org/whl/rocm6.4", "pytorch", "rocm6.4", False),
        ("https://pypi.example.org/simple", "pypi", "", False),
        ("https://mirrors.example.org/pypi/simple/", "pypi", "", False),
        ("https://pypi.ngc.nvidia.com", "other", "", False),
        ("https://index.example.org/simple", "other", "", False),
        ("./wheels", "other", "", False),
    ],
)
def test_an_address_tells_what_is_served(url: str, kind: str, variant: str, nightly: bool) -> None:
    assert classify(url) == Source(kind, variant, nightly, url)


@pytest.mark.parametrize(
    ("variant", "cuda"), [("cu128", (12, 8)), ("cu92", (9, 2)), ("cu100", (10, 0)), ("cpu", None), ("rocm6.4", None)]
)
def test_a_variant_names_its_cuda(variant: str, cuda: tuple[int, ...] | None) -> None:
    assert variant_cuda(variant) == cuda


def index(role: str, url: str) -> Index:
    return Index(role, url, HERE)


def test_without_any_option_everything_comes_from_the_default_index() -> None:
    world = world_of(TORCH, (), ())
    assert (world.pypi, world.variants, world.open) == (True, (), False)


def test_an_extra_index_is_added_to_the_default_one() -> None:
    world = world_of(TORCH, (), (index("extra", "https://download.pytorch.org/whl/cu121"),))
    assert (world.pypi, world.variants, world.open) == (True, ("cu121",), False)


def test_an_index_url_replaces_the_default_one_for_the_torch_family() -> None:
    indexes = (index("index", "https://download.pytorch.org/whl/cu121"),)
    assert world_of(TORCH, (), indexes).pypi is False
    assert world_of(NUMPY, (), indexes).pypi is True, "PyTorch's index mirrors what torch depends on"


def test_an_index_that_compat_does_not_know_can_hold_anything() -> None:
    assert world_of(TORCH, (), (index("extra", "https://index.example.org/simple"),)).open is True


def test_an_index_for_named_requirements_only_is_nobody_elses() -> None:
    named = Index("named", "https://download.pytorch.org/whl/cu121", HERE, name="pytorch")
    assert world_of(TORCH, (), (named,)).variants == ()
    assert world_of(TORCH, ("https://download.pytorch.org/whl/cu121",), (named,)).variants == ("cu121",)
    assert world_of(TORCH, ("https://download.pytorch.org/whl/cu121",), (named,)).pypi is False
