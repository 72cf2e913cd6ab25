"""docs/relax.md sentence by sentence, over the real matrix: what becomes of whole files, and why."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from compat.api.relax import relax_files
from compat.model.relaxation import FileRelaxation, Relaxation

WHEELS = "https://download.pytorch.org/whl"
PY311 = ("linux-64,python=3.11",)
HASH = f"--hash=sha256:{'a' * 64}"
TORCH, VISION = ">=2.1.0,<2.2", ">=0.16.0,<0.17"


def relaxed(
    text: str, *, name: str = "requirements.txt", targets: tuple[str, ...] = PY311, policy: str | None = None
) -> Relaxation:
    return relax_files({name: text.encode()}, targets=targets, policy=policy)


def only(answer: Relaxation) -> FileRelaxation:
    (file,) = answer.files
    return file


def news(answer: Relaxation) -> dict[str, str]:
    return {change.package: change.new for change in only(answer).changes}


def kept(answer: Relaxation) -> dict[str, str]:
    return {left.package: left.why for left in only(answer).left}


def claims(answer: Relaxation, package: str) -> list[str]:
    return [why.claim for change in only(answer).changes if change.package == package for why in change.reasons]


def test_every_bound_has_a_reason() -> None:
    assert claims(relaxed("torch==2.7.1\n"), "torch") == [
        "`>=2.7.1`: the pinned release, the lowest that was tested",
        "`<2.8`: where the next series starts, by policy `minor`",
    ]


# -- 1. the pinned release is the lowest -------------------------------------------------------------------------------

LABELLED = "torch==2.1.0+cu118\ntorchvision==0.16.0+cu118\n"
SOURCES = f"""
[tool.uv.sources]
torch = {{ index = "own" }}
[[tool.uv.index]]
name = "own"
url = "{WHEELS}/cu118"
explicit = true
"""
POETRY = f"""[tool.poetry.dependencies]
torch = {{ version = "2.1.0+cu118", source = "own" }}
[[tool.poetry.source]]
name = "own"
url = "{WHEELS}/cu118"
priority = "explicit"
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", f"--extra-index-url {WHEELS}/cu118\n{LABELLED}"),
        ("requirements.txt", f"--index-url {WHEELS}/cu118\n{LABELLED}"),
        ("requirements.txt", f"--find-links {WHEELS}/cu118\n{LABELLED}"),
        ("pyproject.toml", f'[project]\nname = "x"\ndependencies = ["torch==2.1.0+cu118"]\n{SOURCES}'),
        ("pyproject.toml", POETRY),
    ],
)
def test_a_label_goes_where_the_file_names_its_index(name: str, text: str) -> None:
    answer = relaxed(text, name=name)
    assert news(answer)["torch"] == TORCH
    assert {change.edit.text for change in only(answer).changes} <= {TORCH, VISION}
    assert "the index of that build is named in the file" in claims(answer, "torch")[0]


def test_a_label_moves_to_a_line_for_its_index_once() -> None:
    answer = relaxed(LABELLED)
    assert [change.edit.text for change in only(answer).changes] == [
        f"--extra-index-url {WHEELS}/cu118\ntorch{TORCH}",
        VISION,
    ]
    assert f"it moves to the index `{WHEELS}/cu118`" in claims(answer, "torch")[0]


def test_a_label_moves_to_a_line_in_the_pip_part() -> None:
    text = "dependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - torch==2.1.0+cu118\n"
    (change,) = only(relaxed(text, name="environment.yml")).changes
    assert change.edit.text == f"--extra-index-url {WHEELS}/cu118\n      - torch{TORCH}"


@pytest.mark.parametrize(
    ("name", "text", "package", "why"),
    [
        ("requirements.txt", "torch==2.1.0+cu118\ntorchvision==0.16.0+cpu\n", "torch", "stand in one environment"),
        ("requirements.txt", f"-f {WHEELS}/torch_stable.html\n{LABELLED}", "torch", "holds every build"),
        (
            "requirements.txt",
            f"--extra-index-url {WHEELS}/cu118\n--extra-index-url {WHEELS}/cu121\n{LABELLED}",
            "torch",
            "the index for `+cu121` is named too",
        ),
        ("requirements.txt", "--index-url https://example.org/simple\n" + LABELLED, "torch", "is not known to compat"),
        ("requirements.txt", "thing==1.0+local\n", "thing", "names a build that only `==` can ask for"),
        ("requirements.txt", "torch==2.1.0+me\n", "torch", "no index that serves it is known"),
        ("requirements.txt", "torch==2.1.0+cu118 ; sys_platform == 'win32'\n", "torch", "on no target in view"),
        ("pyproject.toml", '[project]\nname = "x"\ndependencies = ["torch==2.1.0+cu118"]\n', "torch", "no line can be"),
    ],
)
def test_a_label_stays_where_no_index_could_choose(name: str, text: str, package: str, why: str) -> None:
    answer = relaxed(text, name=name)
    assert why in kept(answer)[package]
    assert package not in news(answer)


@pytest.mark.parametrize("policy", ["major", "matrix"])
def test_releases_that_are_not_built_so_are_excluded(policy: str) -> None:
    """The index for CUDA 11.8 ends with torch 2.7.1."""
    answer = relaxed("torch==2.1.0+cu118\n", policy=policy)
    assert news(answer) == {"torch": {"major": ">=2.1.0,<2.8.0", "matrix": ">=2.1.0,<=2.7.1"}[policy]}


def test_a_label_is_never_carried_to_another_build() -> None:
    """No wheel for Python 3.11 has ever been built for CUDA 10.2."""
    answer = relaxed("torch==1.10.0+cu102\n")
    assert kept(answer) == {"torch": "no range holds a release that can be installed as `+cu102`"}


def test_lower_looks_for_the_oldest_that_solves() -> None:
    answer = relax_files({"requirements.txt": b"numpy==1.26.4\nunknown==1.2.3\n"}, targets=PY311, lower=True)
    assert news(answer) == {"numpy": ">=1.26.0,<1.27", "unknown": ">=1.2.3,<1.3"}
    assert claims(answer, "numpy")[0].startswith("`>=1.26.0`: the oldest release of the series")


def test_lower_stops_at_what_the_rest_asks_for() -> None:
    """Here torchvision 0.17.1, which requires torch 2.2.1."""
    pair = b"torch==2.2.1\ntorchvision==0.17.1\n"
    assert news(relax_files({"requirements.txt": pair}, targets=PY311, lower=True))["torch"] == ">=2.2.1,<2.3"


# -- 2. the upper bound ------------------------------------------------------------------------------------------------


def test_what_is_excluded_beside_a_pin_stays_out() -> None:
    answer = relaxed("torch==2.7.0,!=2.7.1\n")
    assert news(answer) == {"torch": ">=2.7.0,<2.8,!=2.7.1"}
    assert claims(answer, "torch")[-1] == "`!=2.7.1`: the file excludes it"


@pytest.mark.parametrize("pin", ["==2.6.0", "~=2.6.0", "==2.6.*", ">=2.6.0,<2.7"])
def test_what_holds_nothing_usable_is_carried_for_a_named_target(pin: str) -> None:
    answer = relaxed(f"torch{pin}\n", targets=("linux-64,python=3.14",))
    low = "2.6" if pin == "==2.6.*" else "2.6.0"
    assert news(answer) == {"torch": f">={low},<2.10"}
    assert "nothing below 2.9.0 can be installed for `linux-64,python=3.14`" in claims(answer, "torch")[-1]


@pytest.mark.parametrize("spec", ["~=2.9.0", ">=2.6", ">=2.6.0,<2.10", "<3", "!=2.6.0", ""])
def test_other_ranges_stay(spec: str) -> None:
    answer = relaxed(f"torch{spec}\n", targets=("linux-64,python=3.14",))
    assert (news(answer), kept(answer)) == ({}, {})


def test_a_target_that_nobody_named_only_gets_a_note() -> None:
    """On linux-aarch64, torch has wheels from 1.8 on."""
    answer = relaxed("torch~=1.7.0\n", targets=())
    assert news(answer) == {}
    assert any("linux-aarch64" in note and "--target" in note for note in answer.notes)
    asked = relaxed("torch~=1.7.0\n", targets=("linux-64", "linux-aarch64"))
    assert news(asked) == {"torch": ">=1.7.0,<1.9"}


def test_matrix_goes_to_the_last_release_that_works() -> None:
    answer = relaxed("torch==2.2.0\ntorchvision==0.17.0\nunknown==1.2.3\n", policy="matrix")
    found = news(answer)
    assert found["unknown"] == ">=1.2.3,<1.3"
    assert found["torch"].startswith(">=2.2.0,<=2.")
    assert "the last release known to work with the rest of the file" in claims(answer, "torch")[-1]
    assert any("the matrix does not cover unknown" in claim for claim in claims(answer, "unknown"))


@pytest.mark.parametrize(
    ("policy", "expected"), [("patch", "<1.26.5"), (None, "<1.27"), ("minor", "<1.27"), ("major", "<2")]
)
def test_policies(policy: str | None, expected: str) -> None:
    answer = relaxed("numpy==1.26.4\n", policy=policy)
    assert news(answer) == {"numpy": f">=1.26.4,{expected}"}
    assert {change.policy for change in only(answer).changes} == {policy or "minor"}


# -- 3. a family moves together ----------------------------------------------------------------------------------------


def test_numpy_stops_before_the_release_that_torch_2_2_cannot_take() -> None:
    answer = relaxed("torch==2.2.0\nnumpy==1.26.4\n", policy="matrix")
    assert news(answer)["numpy"] == ">=1.26.4,<2.0.0"
    assert "beside torch<2.3" in claims(answer, "numpy")[-1]


def test_a_pinned_pre_release_survives_the_narrowing() -> None:
    answer = relaxed("torch==2.1.0\nnumpy==2.0.0rc1\n")
    assert news(answer)["numpy"] == ">=2.0.0rc1,<2.0.1,!=2.0.0"


def test_a_third_project_that_brings_the_pair_is_narrowed() -> None:
    """As tensorflow: 2.16 holds numpy below 2, the releases from 2.18 on do not."""
    answer = relaxed("torch==2.2.2\ntensorflow==2.16.2\n", policy="major", targets=("linux-64,python=3.10",))
    assert news(answer)["tensorflow"] == ">=2.16.2,<2.18.0"
    assert "it lets an installer take torch<2.3 with numpy>=2" in claims(answer, "tensorflow")[-1]


def test_what_is_pinned_as_a_pair_narrows_nothing_else() -> None:
    text = "torch==2.13.0\ntorchtext==0.18.0\ntorchvision==0.28.0\n"
    answer = relaxed(text, policy="matrix", targets=("osx-arm64",))
    assert "torchtext" not in " ".join(claims(answer, "torchvision"))


def test_a_pair_that_the_pins_allow_is_told() -> None:
    answer = relaxed("torch==2.2.2\ntorchvision==0.17.2\n")
    assert news(answer) == {"torch": ">=2.2.2,<2.3", "torchvision": ">=0.17.2,<0.18"}
    assert any("torch<2.3" in note and "numpy>=2" in note for note in answer.notes)


def test_a_driver_ends_the_range() -> None:
    answer = relaxed("torch==2.5.1\n", policy="major", targets=("linux-64,driver=530,gpu=v100",))
    assert news(answer) == {"torch": ">=2.5.1,<2.11.0"}
    assert "CUD003" in claims(answer, "torch")[-1]


def test_without_a_driver_nothing_is_said_of_it() -> None:
    assert news(relaxed("torch==2.5.1\n", policy="major")) == {"torch": ">=2.5.1,<3"}


def test_a_file_that_cannot_be_installed_keeps_a_release_in_each_range() -> None:
    """Nothing of torch 1.6 has a wheel for Python 3.12, so the range is carried, and no narrowing empties it again."""
    text = "torch==1.6.0\ntorchvision==0.7.0\ntorchaudio==2.11.0\nnumpy==1.19.2\n"
    answer = relaxed(text, policy="patch", targets=("linux-64,python=3.12",))
    assert news(answer)["torch"] == ">=1.6.0,<2.2.1"


# Every torchcodec from 0.2 on is broken beside torch 2.5, and linux-aarch64 has no earlier one.
DECODER = "torch==2.5.1\ntorchcodec==0.1.0\n"


def test_many_excluded_releases_at_the_end_become_an_earlier_end() -> None:
    answer = relaxed(DECODER, targets=("linux-64", "linux-aarch64"))
    assert news(answer) == {"torch": ">=2.5.1,<2.6", "torchcodec": ">=0.1.0,<0.2.0"}
    low, high = claims(answer, "torchcodec")
    assert low.startswith("`>=0.1.0`:")
    assert high.startswith("`<0.2.0`: beside torch<2.6, ")
    assert answer.notes == ("torchcodec: nothing that `>=0.1.0,<0.2.0` holds can be installed for `linux-aarch64`",)


def test_what_can_be_installed_on_every_named_target_gets_no_note() -> None:
    answer = relaxed(DECODER, targets=("linux-64",))
    assert news(answer)["torchcodec"] == ">=0.1.0,<0.2"
    assert answer.notes == ()


def test_on_a_target_that_nobody_named_a_range_is_told_once() -> None:
    answer = relaxed(DECODER, targets=())
    assert news(answer)["torchcodec"] == ">=0.1.0,<0.2"
    (note,) = answer.notes
    assert "`linux-aarch64`; name the target with --target" in note


def test_an_earlier_end_takes_the_reason_of_the_first_that_it_excludes() -> None:
    answer = relaxed("numpy==1.26.0,!=1.26.2,!=1.26.3,!=1.26.4\n")
    assert news(answer) == {"numpy": ">=1.26.0,<1.26.2"}
    assert claims(answer, "numpy")[1:] == ["`<1.26.2`: the file excludes it"]
    assert news(relaxed("numpy==1.26.0,!=1.26.3,!=1.26.4\n")) == {"numpy": ">=1.26.0,<1.27,!=1.26.3,!=1.26.4"}


# -- 4. bad releases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", ["", " ; sys_platform == 'linux'", " ; sys_platform == 'darwin'"])
def test_yanked_releases_are_excluded_wherever_the_marker_holds(marker: str) -> None:
    answer = relaxed(f"jaxlib==0.4.30{marker}\n", targets=())
    assert news(answer) == {"jaxlib": ">=0.4.30,<0.5,!=0.4.32"}
    assert claims(answer, "jaxlib")[-1].startswith("jaxlib 0.4.32 is yanked")


def test_a_release_that_pip_refuses_is_excluded() -> None:
    answer = relaxed("pytorch-lightning==1.5.3\n", policy="minor", targets=("linux-64,python=3.9",))
    assert "pip refuses the metadata of pytorch-lightning 1.5.4" in " ".join(claims(answer, "pytorch-lightning"))


@pytest.mark.parametrize("pin", ["timm==0.8.15.dev0", "protobuf==4.0.0rc2"])
def test_a_pre_release_is_no_yanked_release(pin: str) -> None:
    """The matrix lists final releases only, and no final one is in these ranges."""
    assert kept(relaxed(f"{pin}\n")) == {}


def test_a_yanked_pin_that_only_equals_gets_stays() -> None:
    assert "yanked" in kept(relaxed("jaxlib==0.4.32\n", policy="patch", targets=("linux-64,python=3.12",)))["jaxlib"]


# -- 5. what stays -----------------------------------------------------------------------------------------------------


def test_what_cannot_be_relaxed_is_told() -> None:
    answer = relaxed(
        "a===1.0\nb @ https://example.org/b-1.0.zip\n-e git+https://example.org/c.git@v1#egg=c\n"
        "git+https://example.org/own/d.git@v1\ne==1.0,<1.5\nf==1.0\n"
    )
    assert kept(answer) == {
        "a": "`===` asks for this very text, which no range can",
        "b": "a URL",
        "c": "a git pin",
        "d": "a git pin",
        "e": "it has an upper bound beside its pin",
    }
    assert news(answer) == {"f": ">=1.0,<1.1"}


def test_hashes_hold_every_pin_until_they_are_dropped() -> None:
    files = {"requirements.txt": f"a==1.0 {HASH}\nb==2.0 \\\n    {HASH} \\\n    {HASH}\n".encode()}
    held = relax_files(files)
    assert news(held) == {}
    assert all(why.startswith("hashes:") and "--drop-hashes" in why for why in kept(held).values())
    dropped = relax_files(files, drop_hashes=True)
    assert [change.edit.text for change in only(dropped).changes] == [">=1.0,<1.1", ">=2.0,<2.1"]


@pytest.mark.parametrize("line", ["b===2.0", "b @ https://example.org/b-2.0.zip", "b>=2.0", "b==2.0+local"])
def test_one_hash_that_stays_holds_all_pins(line: str) -> None:
    """Where one hash stands, pip checks all: https://pip.pypa.io/en/stable/topics/secure-installs/."""
    answer = relax_files({"requirements.txt": f"a==1.0 {HASH}\n{line} {HASH}\n".encode()}, drop_hashes=True)
    assert news(answer) == {}
    assert "the hash of b has to stay" in kept(answer)["a"]


# -- conda -------------------------------------------------------------------------------------------------------------

CONDA: Mapping[str, str] = {
    "numpy=1.26.4": ">=1.26.4,<1.27",
    "numpy 1.26.4": ">=1.26.4,<1.27",
    "numpy==1.26.4": ">=1.26.4,<1.27",
    "conda-forge::numpy=1.26.4": ">=1.26.4,<1.27",
    "numpy=1.26.4=py310hb13e2d6_0": ">=1.26.4,<1.27",
    "pytorch=2.1.0=py3.10_cuda11.8_cudnn8.7.0_0": ">=2.1.0,<2.2=*cuda11.8*",
    "pytorch 2.1.0 *cuda*": ">=2.1.0,<2.2=*cuda*",
    "cudatoolkit==11.8": "=11.8",
    "cudatoolkit 11.8": "=11.8",
    "cudatoolkit=11.8=h37601d7_11": "=11.8",
    "blas=1.0=mkl": ">=1.0,<1.1=mkl",
    "openssl=1.0.2p": ">=1.0.2p,<1.1",
    "ca-certificates=2023.08.22": ">=2023.08.22,<2023.9",
}


@pytest.mark.parametrize(("spec", "new"), CONDA.items())
def test_conda_spelling(spec: str, new: str) -> None:
    (change,) = only(relaxed(f"dependencies:\n  - {spec}\n", name="environment.yml", targets=())).changes
    assert change.new == new


@pytest.mark.parametrize("spec", ["numpy=1.26", "numpy=1", "numpy 1.26.*", "numpy>=1.26", "numpy", "tzdata=2023c"])
@pytest.mark.parametrize("policy", ["patch", "minor", "major"])
def test_ranges_of_conda_stay(spec: str, policy: str) -> None:
    assert news(relaxed(f"dependencies:\n  - {spec}\n", name="environment.yml", targets=(), policy=policy)) == {}
