"""Which indexes are asked, in which order: what is said, what the files say, what pip and uv are told."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from compat.index import IndexOptions, SourceSettings, find_source_settings
from compat.model.errors import UsageError
from tests.index.shop import ONE, TWO, name

THREE = "https://three.example/simple"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the places of the files are those of Linux and macOS")


NOTHING = IndexOptions()


def find(
    home: Path,
    stated: IndexOptions = NOTHING,
    files: Sequence[IndexOptions] = (),
    variables: Mapping[str, str] | None = None,
) -> SourceSettings:
    own = {name: str(home / file) for name, file in (("PIP_CONFIG_FILE", "pip.conf"), ("UV_CONFIG_FILE", "uv.toml"))}
    environment = {"XDG_CONFIG_DIRS": str(home / "etc"), **own, **(variables or {})}
    return find_source_settings(stated, files, environment=environment, home=home)


def test_extra_indexes_go_before_the_default_one(tmp_path: Path) -> None:
    assert find(tmp_path, IndexOptions(ONE, (TWO, THREE))).index_urls == (TWO, THREE, ONE)


def test_what_is_said_goes_before_the_files(tmp_path: Path) -> None:
    files = [IndexOptions(TWO, (THREE,), ("links",), {name("a"): THREE, name("b"): TWO}), IndexOptions(THREE)]
    found = find(tmp_path, IndexOptions(ONE, pins={name("a"): ONE}), files)
    assert found.index_urls == (THREE, ONE)
    assert found.find_links == ("links",)
    assert found.pins == {name("a"): ONE, name("b"): TWO}
    assert find(tmp_path, files=files).index_urls == (THREE, TWO)


def test_configuration_counts_where_neither_names_an_index(tmp_path: Path) -> None:
    variables = {"PIP_INDEX_URL": ONE, "PIP_EXTRA_INDEX_URL": f"{TWO} {THREE}/", "PIP_FIND_LINKS": "a b"}
    assert find(tmp_path, variables=variables)[:2] == ((TWO, THREE, ONE), ("a", "b"))
    assert find(tmp_path, IndexOptions(extra_index_urls=("https://x.example",)), variables=variables).index_urls == (
        "https://x.example",
        TWO,
        THREE,
        ONE,
    )
    assert find(tmp_path, IndexOptions(ONE), variables=variables)[:2] == ((ONE,), ())


def test_the_public_index_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.index.settings.public_index", lambda: "https://public.example/simple/")
    assert find(tmp_path, IndexOptions(extra_index_urls=(ONE,))).index_urls == (ONE, "https://public.example/simple")


def test_no_index(tmp_path: Path) -> None:
    assert find(tmp_path, IndexOptions(ONE, (TWO,), ("links",), no_index=True))[:2] == ((), ("links",))
    assert find(tmp_path, variables={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "links"})[:2] == ((), ("links",))
    assert find(tmp_path, variables={"UV_NO_INDEX": "true", "UV_FIND_LINKS": "a,b"})[:2] == ((), ("a", "b"))


@pytest.mark.parametrize(
    ("file", "text", "variables", "expected"),
    [
        ("pip.conf", f"[global]\nindex-url = {ONE}\nextra-index-url =\n  {TWO}\n  {THREE}\nfind-links = a\n", {}, ((TWO, THREE, ONE), ("a",))),
        ("pip.conf", f"[global]\nindex-url = {ONE}\nextra-index-url = {TWO}\n", {"PIP_EXTRA_INDEX_URL": THREE}, ((THREE, ONE), ())),
        ("uv.toml", f'index-url = "{ONE}"\nextra-index-url = ["{TWO}"]\nfind-links = ["a"]\n', {}, ((TWO, ONE), ("a",))),
        ("uv.toml", f'[pip]\nindex-url = "{ONE}"\n', {"UV_INDEX": f"two={TWO} {THREE}"}, ((TWO, THREE, ONE), ())),
        (
            "uv.toml",
            f"""[[index]]\nurl = "{ONE}"\ndefault = true\n[[index]]\nname = "two"\nurl = "{TWO}"\n[[index]]\nurl = "{THREE}"\nexplicit = true\n[[index]]\nurl = "https://flat.example/x.html"\nformat = "flat"\n[[index]]\nname = "none"\n""",
            {},
            ((TWO, ONE), ("https://flat.example/x.html",)),
        ),
        ("uv.toml", f'index-url = "{ONE}"\n', {"UV_DEFAULT_INDEX": f"two={TWO}"}, ((TWO,), ())),
        ("uv.toml", f'index-url = "{ONE}"\nno-index = true\nfind-links = ["a"]', {}, ((), ("a",))),
        ("uv.toml", "index-url = 5\nextra-index-url = 5\n", {"UV_INDEX_URL": ONE, "UV_EXTRA_INDEX_URL": TWO}, ((TWO, ONE), ())),
    ],
)  # fmt: skip
def test_files_and_variables(tmp_path: Path, file: str, text: str, variables: dict[str, str], expected: object) -> None:
    (tmp_path / file).write_text(text)
    assert find(tmp_path, variables=variables)[:2] == expected


def test_pip_and_uv_together(tmp_path: Path) -> None:
    assert find(
        tmp_path, variables={"PIP_EXTRA_INDEX_URL": TWO, "UV_INDEX_URL": ONE, "UV_EXTRA_INDEX_URL": f"{TWO} {THREE}"}
    ).index_urls == (TWO, THREE, ONE)


def test_credentials_of_variables_for_an_index_with_a_name(tmp_path: Path) -> None:
    login = {"UV_INDEX_MY_ONE_USERNAME": "me", "UV_INDEX_MY_ONE_PASSWORD": "p/w"}
    found = find(tmp_path, variables={"UV_DEFAULT_INDEX": f"my-one={ONE}", "UV_INDEX": f"two={TWO}", **login})
    assert found.index_urls == (TWO, "https://me:p%2Fw@one.example/simple")
    own = "https://you@one.example/simple"
    assert find(tmp_path, variables={"UV_DEFAULT_INDEX": f"my-one={own}", **login}).index_urls == (own,)
    (tmp_path / "uv.toml").write_text(f'[[index]]\nname = "my-one"\nurl = "{ONE}"\ndefault = true\n')
    assert find(tmp_path, variables={"UV_INDEX_MY_ONE_USERNAME": "token"}).index_urls == (
        "https://token@one.example/simple",
    )


@pytest.mark.parametrize("url", ["ftp://x.example", "http:///simple", "https://[", "git+https://x.example"])
def test_what_is_no_index(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="is no address of a package index"):
        find(tmp_path, IndexOptions(url))


def test_strategies() -> None:
    assert find_source_settings(IndexOptions(ONE), strategy="any-index").strategy == "any-index"
    with pytest.raises(UsageError, match="unknown index strategy `best`\nhint: one of first-index, any-index"):
        find_source_settings(IndexOptions(ONE), strategy="best")


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("", ""),
        ("2026-01-31", "2026-02-01T00:00:00Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
        ("2026-01-31T12:00:00", "2026-01-31T12:00:00Z"),
    ],
)
def test_exclude_newer(text: str, before: str) -> None:
    assert find_source_settings(IndexOptions(ONE), exclude_newer=text).before == before


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "9999-12-31", "7 days"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(UsageError, match=f"`{text}` is no date"):
        find_source_settings(IndexOptions(ONE), exclude_newer=text)
