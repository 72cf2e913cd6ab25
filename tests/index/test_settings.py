"""Which index an installer of this user would ask."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from compat.index import Settings, find_settings
from compat.index.settings import shown_url
from compat.model.errors import UsageError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the places of the files are those of Linux and macOS")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, which is also where system-wide files are looked for."""
    return tmp_path


def settings(home: Path, **environment: str) -> Settings:
    system = {"XDG_CONFIG_DIRS": str(home / "etc"), "PIP_CONFIG_FILE": str(home / "none")}
    return find_settings({**system, **environment}, home)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_without_any_setting_the_public_index_is_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Module:
        PYPI_SIMPLE_ENDPOINT = "https://public.example/simple/"

    monkeypatch.setitem(sys.modules, "pypi_simple", Module)
    found = find_settings({"PIP_CONFIG_FILE": "/dev/null", "UV_NO_CONFIG": "1"}, home)
    assert found == ("https://public.example/simple", False, True)


def test_the_address_of_the_public_index_comes_with_an_extra(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypi_simple", None)
    with pytest.raises(UsageError, match=r"pypi-simple.*\n.*compat-matrix\[online\]"):
        find_settings({"PIP_CONFIG_FILE": "/dev/null", "UV_NO_CONFIG": "1"}, home)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"PIP_INDEX_URL": "https://a.example/simple/"}, ("https://a.example/simple", False)),
        ({"UV_DEFAULT_INDEX": "mirror=https://a.example/simple"}, ("https://a.example/simple", False)),
        ({"UV_INDEX_URL": "https://a.example/?x=1"}, ("https://a.example/?x=1", False)),
        ({"PIP_INDEX_URL": "https://a.example", "UV_DEFAULT_INDEX": "https://b.example"}, ("https://a.example", False)),
        ({"PIP_INDEX_URL": "https://a.example", "PIP_FIND_LINKS": "wheels"}, ("https://a.example", True)),
        ({"PIP_INDEX_URL": "https://a.example", "UV_INDEX": "https://b.example"}, ("https://a.example", True)),
    ],
)
def test_environment_variables(home: Path, environment: dict[str, str], expected: tuple[str, bool]) -> None:
    assert settings(home, **environment)[:2] == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".config/pip/pip.conf", "[global]\nindex-url = https://a.example/\n", ("https://a.example", False)),
        (".pip/pip.conf", "[install]\nindex_url = https://a.example\n", ("https://a.example", False)),
        (
            ".config/pip/pip.conf",
            "[global]\nindex-url = https://a.example\nextra-index-url = https://b.example\n",
            ("https://a.example", True),
        ),
        (".config/uv/uv.toml", 'index-url = "https://a.example"\n', ("https://a.example", False)),
        (".config/uv/uv.toml", '[pip]\nindex-url = "https://a.example"\n', ("https://a.example", False)),
        (
            ".config/uv/uv.toml",
            '[[index]]\nurl = "https://b.example"\n[[index]]\nurl = "https://a.example"\ndefault = true\n',
            ("https://a.example", True),
        ),
    ],
)
def test_files(home: Path, path: str, text: str, expected: tuple[str, bool]) -> None:
    write(home / path, text)
    assert settings(home)[:2] == expected


def test_a_variable_goes_before_a_file(home: Path) -> None:
    write(home / ".config/pip/pip.conf", "[global]\nindex-url = https://file.example\n")
    assert settings(home, PIP_INDEX_URL="https://variable.example").url == "https://variable.example"


def test_the_files_that_variables_name(home: Path) -> None:
    write(home / "venv/pip.conf", "[global]\nindex-url = https://venv.example\n")
    write(home / "own.conf", "[global]\nindex-url = https://own.example\n")
    write(home / "uv.toml", 'index-url = "https://uv.example"\n')
    assert settings(home, VIRTUAL_ENV=str(home / "venv")).url == "https://venv.example"
    assert settings(home, PIP_CONFIG_FILE=str(home / "own.conf")).url == "https://own.example"
    assert settings(home, UV_CONFIG_FILE=str(home / "uv.toml")).url == "https://uv.example"


@pytest.mark.parametrize("text", ["not ini", "index = [", "\x80"])
def test_a_broken_file_is_left_to_the_installer(home: Path, text: str) -> None:
    for path in (".config/pip/pip.conf", ".config/uv/uv.toml"):
        write(home / path, text)
    assert settings(home, PIP_INDEX_URL="https://a.example").url == "https://a.example"


def test_credentials_are_taken_off_what_is_shown() -> None:
    assert shown_url("https://user:secret@a.example:8080/simple?token=1#x") == "https://a.example:8080/simple"
