"""``compat recommend``: whole answers, and the promise that what is proposed passes ``compat check``."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence

import pytest
from click.testing import CliRunner

from compat import api
from compat.api.recommending.recommend import Recommendation, recommend
from compat.cli.answers import render_answer
from compat.cli.commands import cli
from compat.model.errors import UsageError

_READ_ON = re.compile(r"(read on |\"read_on\": \"|\"data_version\": \")[\d-]{10}")

ASKED: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "two-targets": (["linux-64", "linux-aarch64"], []),
    "cpu": (["linux-64,gpu=none"], []),
    "old-driver": (["linux-64,gpu=h100,driver=535"], []),
    "old-card": (["linux-64,gpu=k80,driver=470"], []),
    "windows": (["win-64,gpu=rtx4090,driver=560"], []),
    "aarch64-old-driver": (["linux-aarch64,gpu=gh200,driver=535"], []),
    "intel-mac": (["osx-64"], []),
    "nothing-on-a-mac": (["osx-arm64,gpu=h100"], []),
    "vllm": (["linux-64,gpu=h100,driver=580"], ["vllm"]),
    "tensorflow-and-torch": (["linux-64,gpu=h100,driver=580"], ["tensorflow[and-cuda]"]),
    "built-here": (["linux-64,gpu=a100,driver=550"], ["flash-attn", "xformers", "torch<2.8", "flask>2"]),
}


@pytest.mark.parametrize("name", ASKED)
def test_whole_answer(name: str, golden: Callable[[str, str], None]) -> None:
    answer = recommend(*ASKED[name])
    text = render_answer(answer, "text", install=answer.install)
    golden(f"recommend-{name}.txt", _READ_ON.sub(r"\1DAY", text))


def versions_of(answer: Recommendation) -> dict[str, str]:
    """Component to version, for an answer about one target."""
    return {row.cells[0]: row.cells[1] for row in answer.tables[0].records}


# -- the promise ---------------------------------------------------------------------------------------------------------

_GPUS = ("h100", "v100", "gtx1080", "rtx4090", "rtx5090", "gh200", "t4", "k80")
_DRIVERS = ("", ",driver=470", ",driver=535", ",driver=570", ",driver=580.95.05")
TARGETS = [
    *("linux-64", "linux-aarch64", "win-64", "osx-64", "osx-arm64"),
    *(f"{subdir},gpu=none" for subdir in ("linux-64", "linux-aarch64", "win-64", "osx-arm64")),
    *(f"{subdir},gpu={gpu}" for subdir in ("linux-64", "linux-aarch64", "win-64") for gpu in _GPUS),
    *(f"linux-64,gpu={gpu}{driver}" for gpu, driver in itertools.product(_GPUS, _DRIVERS[1:])),
    *(f"win-64,gpu={gpu}{driver}" for gpu, driver in itertools.product(_GPUS[3:5], _DRIVERS[1:])),
    *(f"linux-aarch64,gpu=gh200{driver}" for driver in _DRIVERS[1:]),
    *(
        "linux-64,cuda=12.4",
        "linux-64,driver=450",
        "linux-64,glibc=2.17",
        "linux-64,python=3.9",
        "linux-64,python=3.15",
    ),
]
_WITH = (["xformers"], ["tensorflow"], ["vllm"], ["torch<2.8", "numpy<2"], ["torchtext"], ["lightning", "bitsandbytes"])


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_proposed_passes_the_check(target: str) -> None:
    """On every card, platform and driver: no error and no warning on the same target."""
    passes(target, [])


@pytest.mark.parametrize("wanted", _WITH, ids=" ".join)
@pytest.mark.parametrize("target", ["linux-64,gpu=h100,driver=570", "linux-64", "linux-aarch64", "linux-64,gpu=none"])
def test_what_is_proposed_with_more_passes_the_check(target: str, wanted: list[str]) -> None:
    passes(target, wanted)


def passes(target: str, wanted: list[str]) -> None:
    answer = recommend([target], wanted)
    text = answer.requirements_by_target[target]
    assert bool(text) == answer.works
    if not answer.works:
        assert answer.tables[0].records or answer.tables[0].notes
        return
    python = "" if "python=" in target else f",python={versions_of(answer)['Python']}"
    report = api.check_files({"requirements.txt": text.encode()}, targets=[target + python])
    assert [(d.code, d.message) for d in report.diagnostics if d.severity.value != "info"] == []


# -- single points -------------------------------------------------------------------------------------------------------


def test_the_default_index_is_named_nowhere() -> None:
    lines = recommend(["linux-64,python=3.9"]).install
    assert "index" not in lines["pip"]
    assert lines["uv"] == f"uv {lines['pip']}"


def test_a_build_with_an_index_of_its_own_leaves_other_projects_to_the_default_one() -> None:
    lines = recommend(["linux-64,gpu=v100,driver=535"], ["xformers"]).install["pip"].splitlines()
    assert lines[0].endswith(" --index-url https://download.pytorch.org/whl/cu126")
    assert re.fullmatch(r"pip install xformers==[\d.]+", lines[1])


def test_a_label_chooses_the_build() -> None:
    answer = recommend(["linux-64"], ["torch==2.7.1+cu118"])
    assert (versions_of(answer)["torch"], versions_of(answer)["build"]) == ("2.7.1", "cu118")
    assert "torch==2.7.1+cu118\n" in answer.requirements_by_target["linux-64"]
    assert "https://download.pytorch.org/whl/cu118" in answer.install["pip"]


def test_a_release_that_promised_too_much_is_not_proposed() -> None:
    """The release 0.2.5 of vllm admits every later torch; each release since pins its own."""
    found = versions_of(recommend(["linux-64"], ["vllm"]))
    assert found["vllm"] != "0.2.5"


def test_what_the_matrix_does_not_cover_is_unknown_and_stays_as_asked_for() -> None:
    answer = recommend(["linux-64"], ["flask>2"])
    assert versions_of(answer)["flask"] == "unknown"
    assert '"flask>2"' in answer.install["pip"]


def test_every_target_has_its_lines() -> None:
    answer = recommend([])
    assert list(answer.install_by_target) == ["linux-64", "linux-aarch64"]
    assert list(answer.install)[:2] == ["pip on linux-64", "uv on linux-64"]
    document = json.loads(json.dumps(answer.to_json()))
    assert (document["works"], list(document["install"]["linux-64"])) == (True, ["pip", "uv", "conda"])


def test_one_target_without_a_set_is_no_success() -> None:
    answer = recommend(["linux-64", "osx-arm64,gpu=h100"])
    assert not answer.works
    assert answer.install_by_target["osx-arm64,gpu=h100"] == {}
    result = CliRunner().invoke(cli, ["recommend", "--target", "osx-arm64,gpu=h100"])
    assert (result.exit_code, "nothing works" in result.stdout) == (1, True)


def test_a_jetson_is_told_where_its_builds_are() -> None:
    answer = recommend(["linux-aarch64,gpu=sm_87"])
    assert "NVIDIA serves builds of its own for Jetson" in answer.tables[0].notes[0]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("torch=<3", "`--with torch=<3` is no requirement"),
        ("torch<2,>2.5", "`--with torch<2,>2.5` admits no version"),
        (
            "x @ https://example.org/x.whl",
            "`--with x @ https://example.org/x.whl` names a file, and no release can be chosen",
        ),
    ],
)
def test_requirements_that_cannot_be_met_by_choosing_are_refused(wanted: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        recommend(["linux-64"], ["numpy", wanted])


def test_requirements_on_torch_that_nothing_meets_are_told() -> None:
    answer = recommend(["linux-64"], ["torch<1"])
    assert answer.tables[0].notes == ("no torch that the matrix knows satisfies torch<1",)
