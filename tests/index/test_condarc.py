"""Where conda's configuration is found, how several files make one, and what a bad one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.index.channels.condarc import Condarc, condarc_files, find_condarc
from compat.model.errors import UsageError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a machine on which nothing is configured."""
    monkeypatch.setattr("compat.index.channels.condarc._SYSTEM", ())
    return {"HOME": str(tmp_path / "home"), "CONDARC": str(tmp_path / "own.yml")}


def write(path: str | Path, text: str) -> None:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read(machine: dict[str, str], text: str) -> Condarc:
    write(machine["CONDARC"], text)
    return find_condarc(machine)


def test_nothing_configured(machine: dict[str, str]) -> None:
    assert find_condarc(machine) == Condarc()


def test_places_in_the_order_of_conda(tmp_path: Path) -> None:
    more = tmp_path / "prefix" / "condarc.d"
    write(more / "b.yaml", "")
    write(more / "a.yml", "")
    write(more / "c.txt", "")
    environment = {
        "HOME": "/home/me",
        "CONDA_EXE": "/opt/conda/bin/conda",
        "XDG_CONFIG_HOME": "/xdg",
        "CONDA_PREFIX": str(tmp_path / "prefix"),
        "CONDARC": "/own",
    }
    assert condarc_files(environment)[-16:] == [
        "/var/lib/conda/.condarc",
        "/var/lib/conda/condarc",
        "/opt/conda/.condarc",
        "/opt/conda/condarc",
        "/xdg/conda/.condarc",
        "/xdg/conda/condarc",
        "/home/me/.config/conda/.condarc",
        "/home/me/.config/conda/condarc",
        "/home/me/.conda/.condarc",
        "/home/me/.conda/condarc",
        "/home/me/.condarc",
        f"{tmp_path}/prefix/.condarc",
        f"{tmp_path}/prefix/condarc",
        f"{tmp_path}/prefix/condarc.d/a.yml",
        f"{tmp_path}/prefix/condarc.d/b.yaml",
        "/own",
    ]
    assert "/opt/conda/condarc" in condarc_files({**environment, "CONDA_ROOT": "/opt/conda"})


def test_later_files_go_before(machine: dict[str, str]) -> None:
    """Lists are joined, mappings merged, texts replaced."""
    home = Path(machine["HOME"])
    write(
        home / ".condarc",
        "channels: [a, b]\nchannel_priority: strict\ncustom_channels: {x: https://one.example, y: https://one.example}\n",
    )
    write(home / ".config/conda/condarc.d/site.yml", "channels: [z]\nchannel_alias: https://far.example\n")
    found = read(machine, "channels: [c, a]\nchannel_priority: disabled\ncustom_channels: {x: https://two.example}\n")
    assert found.channels == ("c", "a", "b", "z")
    assert found.channel_priority == "disabled"
    assert found.channel_alias == "https://far.example"
    assert found.custom_channels == {"x": "https://two.example", "y": "https://one.example"}


def test_variables_go_before_files(machine: dict[str, str]) -> None:
    machine |= {"CONDA_CHANNELS": "x, y", "CONDA_CHANNEL_PRIORITY": "strict", "CONDA_OFFLINE": "true"}
    found = read(machine, "channels: [a]\nchannel_priority: disabled\noffline: false\n")
    assert (found.channels, found.channel_priority, found.offline) == (("x", "y", "a"), "strict", True)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("channels: conda-forge\n", "channels", ("conda-forge",)),
        ("channel: conda-forge\n", "channels", ("conda-forge",)),
        ("channels:\n", "channels", ()),
        ("channel_priority: true\n", "channel_priority", "flexible"),
        ("channel_priority: false\n", "channel_priority", "disabled"),
        ("channel_priority: Strict\n", "channel_priority", "strict"),
        ("ssl_verify: no\n", "ssl_verify", "false"),
        ("ssl_verify: <true>\n", "ssl_verify", ""),
        ("verify_ssl: /etc/ca.pem\n", "ssl_verify", "/etc/ca.pem"),
        ("ssl_verify: truststore\n", "ssl_verify", "truststore"),
        ("custom_multichannels:\n  my: [a, b]\n  one: c\n", "custom_multichannels", {"my": ("a", "b"), "one": ("c",)}),
        ("mirrored_channels: {a: [https://m.example/a]}\n", "mirrored_channels", {"a": ("https://m.example/a",)}),
        ("proxy_servers: {http: http://p.example}\n", "proxy_servers", {"http": "http://p.example"}),
        ("remote_max_retries: 0\n", "remote_max_retries", 0),
        ("add_anaconda_token: off\n", "add_anaconda_token", False),
        (
            "channels: ['https://${USER_NAME}@h.example/c', '$MISSING']\n",
            "channels",
            ("https://me@h.example/c", "$MISSING"),
        ),
        ("create_default_packages: {any: [thing]}\n", "channels", ()),
        ("", "channels", ()),
        ("~\n", "channels", ()),
    ],
)
def test_spellings(machine: dict[str, str], text: str, field: str, value: object) -> None:
    assert getattr(read({**machine, "USER_NAME": "me"}, text), field) == value


def test_bundle_of_the_environment(machine: dict[str, str]) -> None:
    machine["REQUESTS_CA_BUNDLE"] = "/ca.pem"
    assert read(machine, "ssl_verify: true\n").ssl_verify == "/ca.pem"
    assert read(machine, "ssl_verify: false\n").ssl_verify == "false"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", ":1:1: a configuration of conda is a mapping"),
        ("channels: {a: b}\n", ":1:11: `channels` wants a list"),
        ("channels: [a, [b]]\n", ":1:15: `channels` wants a text"),
        ("custom_channels: [a]\n", ":1:18: `custom_channels` wants a mapping"),
        ("channel_alias: [a]\n", ":1:16: `channel_alias` wants a text"),
        ("channels: [a\n", ":2:1: while parsing a flow sequence: did not find expected ',' or ']'"),
        ("channels: [a]\nchannels: [b]\n", ":2:1: the key `channels` stands twice"),
        ("channel_priority: high\n", ": `channel_priority: high` is unknown\nhint: one of strict, flexible, disabled"),
        ("offline: maybe\n", ": `offline: maybe` is neither true nor false"),
        ("remote_max_retries: many\n", ": `remote_max_retries: many` is no number of times"),
    ],
)
def test_bad_files_are_refused_with_their_place(machine: dict[str, str], text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(machine, text)
    assert str(caught.value) == machine["CONDARC"] + message


def test_unreadable_file(machine: dict[str, str]) -> None:
    Path(machine["CONDARC"]).write_bytes(b"\x00\x01")
    with pytest.raises(UsageError, match=r"own\.yml"):
        find_condarc(machine)


def test_bad_variable_is_named(machine: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"^CONDA_\* of the environment: `channel_priority: x` is unknown"):
        find_condarc({**machine, "CONDA_CHANNEL_PRIORITY": "x"})


def test_nothing_secret_is_shown(machine: dict[str, str]) -> None:
    assert "s3cret" not in repr(read(machine, "channels: ['https://me:s3cret@h.example/c']\n"))
