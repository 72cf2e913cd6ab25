"""``relax --prove``: both ends of an environment, what is not reached, and what is asked of an index."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from compat.api import online as wiring
from compat.api.environments import environments_of
from compat.api.prove import prove_all
from compat.formats import read
from compat.matrix import load_matrix
from compat.model.environments import Environment
from compat.model.relaxation import Bounds, Proof, Solution
from compat.model.targets import parse_target
from compat.relaxing import prove as proving
from compat.relaxing.prove import prove
from compat.resolve import lowest, question
from compat.resolve.ports import SearchCutOffError
from compat.resolve.solve import solve
from tests.index.pages import URL, Index, metadata

PYTHON_311 = "linux-64,python=3.11"

#: torchvision 0.22.1 requires torch 2.7.1.
PAIR = "torch>=2.7.0,<2.9\ntorchvision>=0.22.1,<0.23\n"


def environment(text: str, name: str = "requirements.txt") -> Environment:
    (found,) = environments_of([(read(name, text.encode()), False, "")])
    return found


def proved(text: str, *ends: tuple[str, Bounds], target: str = PYTHON_311, name: str = "requirements.txt") -> Solution:
    return prove(environment(text, name), parse_target(target, {}), load_matrix(), {}, ends)


# -- both ends ---------------------------------------------------------------------------------------------------------


def test_both_ends_are_shown_with_what_they_bring() -> None:
    found = proved("numpy>=1.24.1,<1.27\ntorch>=2.1.0,<2.4\n")
    assert (found.root, found.variant, found.target) == ("requirements.txt", "", PYTHON_311)
    assert (found.verdict, found.python, found.why, found.unknown) == ("ok", "3.11", None, ())
    assert (found.highest["numpy"], found.highest["torch"], found.highest["triton"]) == ("1.26.4", "2.3.1", "2.3.1")
    assert (found.lowest["numpy"], found.lowest["torch"], found.lowest["triton"]) == ("1.24.1", "2.1.0", "2.1.0")


def test_what_has_no_lower_bound_is_new_at_both_ends() -> None:
    found = proved("torch>=2.1.0,<2.4\nnumpy<1.27\n")
    assert (found.highest["numpy"], found.lowest["numpy"]) == ("1.26.4", "1.26.4")


def test_the_newest_python_that_works_is_taken_where_none_is_given() -> None:
    assert proved("torch>=2.3.0,<2.4\n", target="linux-64").python == "3.12"


def test_conda_requirements_are_named_by_their_project() -> None:
    text = "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pytorch>=2.1.0,<2.2\n  - numpy>=1.26.0,<1.27\n"
    found = proved(text, target="linux-64", name="environment.yml")
    assert (found.verdict, found.highest, found.lowest) == (
        "ok",
        {"numpy": "1.26.4", "torch": "2.1.2"},
        {"numpy": "1.26.0", "torch": "2.1.0"},
    )


# -- verdicts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "torch>=2.0.1,<2.1\ntorchvision==0.22.1\n",
            (
                "`torch<2.1,>=2.0.1` and `torchvision==0.22.1` cannot be installed together:"
                " torchvision 0.22.1 requires torch==2.7.1"
            ),
        ),
        (
            "torch>=1.7.0,<1.9\n",
            (
                f"`torch<1.9,>=1.7.0` cannot be installed on Python 3.11 (target `{PYTHON_311}`):"
                " torch 1.8.1 has wheels for Python 3.6-3.9, none for Python 3.11"
            ),
        ),
        ("torch>=2,<1\n", "`torch<1,>=2` cannot be installed: no version is in its range"),
        ("torch>=2.0\ntorch<1.9\n", "`torch>=2.0` and `torch<1.9` cannot be installed together"),
        (
            "torch==2.0.1\ntorchvision==0.22.1\nnumpy>=2,<1\n",
            "`numpy<1,>=2` cannot be installed: no version is in its range; 1 more conflict",
        ),
    ],
)
def test_a_conflict_is_told_in_the_words_of_check(text: str, why: str) -> None:
    found = proved(text)
    assert (found.verdict, found.python, found.highest, found.lowest, found.ends) == ("conflict", None, {}, {}, ())
    assert found.why == why


def test_projects_of_which_nothing_is_known_are_listed() -> None:
    found = proved(f"{PAIR}zz-private>=1\nyy-private\n")
    assert (found.verdict, found.unknown) == ("ok", ("yy-private", "zz-private"))
    text = "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pytorch>=2.1.0,<2.2\n  - zz-private=1\n"
    found = proved(text, target="linux-64", name="environment.yml")
    assert (found.verdict, found.unknown) == ("ok", ("zz-private",))


def test_where_nothing_is_known_nothing_is_proved() -> None:
    found = proved("zz-private>=1\n")
    assert (found.verdict, found.unknown, found.highest, found.lowest) == ("unknown", ("zz-private",), {}, {})


def test_what_does_not_apply_here_is_not_unknown() -> None:
    found = proved("zz-private>=1 ; sys_platform == 'win32'\ntorch>=2.1.0,<2.2 ; python_version < '3.11'\n")
    assert (found.verdict, found.unknown, found.highest) == ("ok", (), {})


def test_a_python_that_nobody_knows_leaves_it_unknown() -> None:
    found = proved("dependencies:\n  - python=2.7\n  - numpy\n", target="linux-64", name="environment.yml")
    assert (found.verdict, found.why) == ("unknown", "no Python that is known here is admitted")


def give_up(*_arguments: object) -> None:
    raise SearchCutOffError


def test_a_search_that_was_cut_off_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lowest, "solve", give_up)
    found = proved(PAIR)
    assert (found.verdict, found.highest["torch"], found.lowest) == ("unknown", "2.7.1", {})
    assert found.why == "at the lowest ends the search for a solution was cut off, because it went too long"
    monkeypatch.setattr(question, "solve", give_up)
    found = proved(PAIR)
    assert (found.verdict, found.highest) == ("unknown", {})
    assert found.why == "the search for a solution was cut off, because it went too long"


def test_a_search_that_misses_the_solution_is_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "solve_lowest", lambda *_: None)
    found = proved(PAIR)
    assert (found.verdict, found.highest["torch"], found.lowest) == ("unknown", "2.7.1", {})


# -- ends that are not reached -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "bounds", "said"),
    [
        (
            PAIR,
            "torch",
            Bounds("2.7.1", "2.9"),
            ["`torch<2.9`: no solution takes torch above 2.7.1, because torchvision 0.22.1 requires torch==2.7.1"],
        ),
        (
            PAIR,
            "torch",
            Bounds("2.7.0", "2.7.1", inclusive=True),
            ["`torch>=2.7.0`: no solution takes torch 2.7.0, because torchvision 0.22.1 requires torch==2.7.1"],
        ),
        (
            "torch>=1.7.0,<2.4\n",
            "torch",
            Bounds("1.7.0", "2.4"),
            [
                (
                    "`torch>=1.7.0`: no solution takes torch 1.7.0, because torch 1.7.0 has wheels for Python 3.6-3.8,"
                    " none for Python 3.11"
                )
            ],
        ),
        (
            "torch>=2.7.0,<2.9\n",
            "torch",
            Bounds("2.7.0", "2.8.0", inclusive=True),
            [],
        ),
        (
            "torch>=2.6.0,<2.9\ntorch!=2.8.0\n",
            "torch",
            Bounds("2.6.0", "2.8.0", inclusive=True),
            ["`torch<=2.8.0`: no solution takes torch above 2.7.1, because the files also ask for `torch!=2.8.0`"],
        ),
        (PAIR, "torchvision", Bounds("0.22.1", "0.23"), []),
        (f"{PAIR}zz-private>=1,<2\n", "zz-private", Bounds("1", "2"), []),
        (f"{PAIR}numpy>=1.26.0,<1.27 ; python_version < '3.11'\n", "numpy", Bounds("1.0", "1.27"), []),
        (PAIR, "numpy", Bounds("1.26.0", "1.27"), []),
        (PAIR, "torch", Bounds("2.7.0=py_0", "2.9"), []),
    ],
)
def test_ends_that_no_solution_reaches(text: str, name: str, bounds: Bounds, said: list[str]) -> None:
    found = proved(text, (name, bounds))
    assert found.verdict == "ok"
    assert list(found.ends) == said


def test_an_end_that_some_other_python_reaches_is_reached() -> None:
    """Python 3.13 has no wheel of torch 2.1.0, and is the newest that torch 2.5.1 has one for."""
    found = proved("torch>=2.1.0,<2.6\n", ("torch", Bounds("2.1.0", "2.6")), target="linux-64")
    assert (found.verdict, found.lowest["torch"] > "2.1.0", found.ends) == ("ok", True, ())


def test_a_constraint_can_keep_an_end_from_being_reached() -> None:
    documents = [
        (read("requirements.txt", b"-c constraints.txt\ntorch>=2.6.0,<2.8\n"), False, ""),
        (read("constraints.txt", b"torch<2.7\n"), True, ""),
    ]
    (found,) = environments_of(documents)
    proof = prove(found, parse_target(PYTHON_311, {}), load_matrix(), {}, [("torch", Bounds("2.6.0", "2.8"))])
    assert (proof.verdict, proof.highest["torch"], proof.lowest["torch"]) == ("ok", "2.6.0", "2.6.0")
    assert list(proof.ends) == [
        "`torch<2.8`: no solution takes torch above 2.6.0, because the files also ask for `torch<2.7`"
    ]


def test_conda_ends_go_by_either_name() -> None:
    text = "dependencies:\n  - python=3.11\n  - pytorch>=2.1.0,<2.3\n  - pip:\n    - torchvision==0.17.0\n"
    for name in ("pytorch", "torch"):
        found = proved(text, (name, Bounds("2.2.0", "2.3")), target="linux-64", name="environment.yml")
        assert list(found.ends) == [
            f"`{name}<2.3`: no solution takes torch above 2.2.0, because torchvision 0.17.0 requires torch==2.2.0"
        ]


def test_an_end_whose_search_is_cut_off_is_not_called_unreached(monkeypatch: pytest.MonkeyPatch) -> None:
    def solved_once(*arguments: object) -> object:
        if calls:
            raise SearchCutOffError
        calls.append(1)
        return whole(*arguments)  # type: ignore[arg-type]

    calls: list[int] = []
    whole = solve
    monkeypatch.setattr(question, "solve", solved_once)
    found = proved(PAIR, ("torch", Bounds("2.7.0", "2.9")))
    assert [end.partition(": ")[2] for end in found.ends] == [
        "whether a solution takes torch 2.8.0 is not known: the search went too long",
        "whether a solution takes torch 2.7.0 is not known: the search went too long",
    ]


# -- over every environment and target ---------------------------------------------------------------------------------------

Prove = Callable[..., Proof]


@pytest.fixture
def prove_online(monkeypatch: pytest.MonkeyPatch) -> Prove:
    """``prove_online(client, *texts)``: the proof on one target, asked online of *client*."""
    ask = wiring.ask_online

    def run(client: httpx.Client, *texts: str) -> Proof:
        monkeypatch.setattr(wiring, "ask_online", lambda *given: ask(*given, index=URL, client=client))
        targets = [parse_target(PYTHON_311, {})]
        return prove_all([environment(text) for text in texts], targets, load_matrix(), {}, online=True)

    return run


def test_every_environment_that_installs_something_is_proved_on_every_target() -> None:
    targets = [parse_target(PYTHON_311, {}), parse_target("win-64,python=3.12", {})]
    environments = [environment(PAIR), environment("# nothing\n"), environment("torch==2.0.1\ntorchvision==0.22.1\n")]
    asked: list[Environment] = []

    def ends_of(one: Environment) -> list[tuple[str, Bounds]]:
        asked.append(one)
        return [("torch", Bounds("2.7.1", "2.9"))]

    proof = prove_all(environments, targets, load_matrix(), {}, ends_of=ends_of)
    assert (proof.over, proof.verdict, proof.unreached) == ("matrix", "conflict", ())
    assert [(one.target, one.verdict) for one in proof.solutions] == [
        (PYTHON_311, "ok"),
        ("win-64,python=3.12", "ok"),
        (PYTHON_311, "conflict"),
        ("win-64,python=3.12", "conflict"),
    ]
    assert [len(one.ends) for one in proof.solutions] == [1, 1, 0, 0]
    assert set(asked) == {environments[0], environments[2]}


def test_online_the_index_tells_both_ends(prove_online: Prove) -> None:
    files = {
        "foo": [f"foo-{version}-py3-none-any.whl" for version in ("3.0", "2.0", "1.0")],
        "bar": [f"bar-{version}-py3-none-any.whl" for version in ("2.0", "1.0")],
    }
    content = {
        "foo-3.0-py3-none-any.whl.metadata": metadata("bar>=2"),
        "foo-2.0-py3-none-any.whl.metadata": metadata("bar>=1"),
        "foo-1.0-py3-none-any.whl.metadata": metadata("bar<2"),
    }
    proof = prove_online(Index(files, content).client, "foo>=1.0\n", "foo>=2.0\nbar>=1.0,<2\n")
    assert (proof.over, proof.verdict, proof.unreached) == ("index", "ok", ())
    assert [(one.highest, one.lowest) for one in proof.solutions] == [
        ({"bar": "2.0", "foo": "3.0"}, {"bar": "1.0", "foo": "1.0"}),
        ({"bar": "1.0", "foo": "2.0"}, {"bar": "1.0", "foo": "2.0"}),
    ]


def test_an_index_that_is_not_there_leaves_the_proof_unknown(prove_online: Prove) -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    proof = prove_online(httpx.Client(transport=httpx.MockTransport(gone)), "foo>=1.0\nnumpy>=1.26.0,<1.27\n")
    (solution,) = proof.solutions
    assert (solution.verdict, solution.unknown, solution.highest) == ("ok", ("foo",), {"numpy": "1.26.4"})
    assert (proof.over, proof.verdict) == ("index", "unknown")
    assert proof.unreached == ("the package index could not be asked about `foo` and `numpy`: no connection",)


def test_nothing_to_prove_asks_nobody(prove_online: Prove) -> None:
    index = Index({})
    assert prove_online(index.client, "# nothing\n") == Proof("index", ())
    assert index.asked == []
