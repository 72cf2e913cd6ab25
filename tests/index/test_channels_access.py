"""How channels are reached: credentials, mirrors, proxies and certificates, as conda users configure them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.index import open_channels
from compat.model.conda_records import CondaRequest
from compat.model.errors import UsageError
from tests.channel_server import JSON, ChannelServer, basic, serving
from tests.index.toy_channels import Find, ask, refused, solved, stored, toy, versions, write_channel

SECRET = "s3cret w/rd"  # noqa: S105
QUOTED = "me:s3cret%20w%2Frd@"
TOKEN = "s3cret-token"  # noqa: S105


@pytest.fixture
def private(toys: ChannelServer) -> ChannelServer:
    toys.login = f"me:{SECRET}"
    return toys


def signed(server: ChannelServer, text: str) -> str:
    return f"{server.url.replace('://', f'://{QUOTED}')}/{text}"


def test_login_of_an_address(home: Path, find: Find, private: ChannelServer) -> None:
    settings = find(signed(private, "one"))
    with open_channels(settings) as channels:
        (answer,) = channels.solve([CondaRequest("linux-64", ("a",))])
        assert channels.urls == (f"{private.url}/one",)
    assert solved(answer)["a"].url == f"{private.url}/one/linux-64/a-1-0.conda"
    assert solved(answer)["a"].channel == f"{private.url}/one"
    assert {asked.authorization for asked in private.asked} == {basic(f"me:{SECRET}")}
    assert "s3cret" not in stored(home)
    assert versions(ask(settings._replace(offline=True), "a")) == {"a": "1"}


def test_login_of_the_configuration(find: Find, private: ChannelServer) -> None:
    for condarc in (f"channel_alias: {signed(private, '')}\n", f"custom_channels: {{one: '{signed(private, '')}'}}\n"):
        assert versions(ask(find("one", condarc=condarc), "a")) == {"a": "1"}


def test_login_of_netrc(home: Path, find: Find, private: ChannelServer) -> None:
    (home / ".netrc").write_text(f'machine 127.0.0.1 login me password "{SECRET}"\n')
    assert versions(ask(find(f"{private.url}/one"), "a")) == {"a": "1"}


def test_wrong_and_missing_credentials(find: Find, private: ChannelServer) -> None:
    said = f"channel `{private.url}/one` wants credentials, or others (HTTP 401)"
    assert refused(find(f"{private.url}/one")) == said
    assert refused(find(signed(private, "one").replace("w%2Frd", "wrong"))) == said


def test_login_goes_to_its_own_channel(find: Find, private: ChannelServer, home: Path) -> None:
    """Of two channels on one host each is asked with its own; py-rattler does not tell ports apart."""
    other = write_channel(home / "open" / "two", linux_64=[toy("b", "1")]).parent
    with serving(ChannelServer(other, login="you:word")) as second:
        ask(find(signed(private, "one"), f"{second.url.replace('://', '://you:word@')}/two"), "a", "b")
        assert {asked.authorization for asked in second.asked} == {basic("you:word")}
    assert {asked.authorization for asked in private.asked} == {basic(f"me:{SECRET}")}


def test_login_goes_to_no_other_host(find: Find, private: ChannelServer, home: Path) -> None:
    other = write_channel(home / "open" / "two", linux_64=[toy("b", "1")]).parent
    with serving(ChannelServer(other)) as second:
        there = second.url.replace("127.0.0.1", "localhost")
        ask(find(signed(private, "one"), f"{there}/two"), "a", "b")
        assert {asked.authorization for asked in second.asked} == {""}


def test_login_does_not_follow_to_another_host(find: Find, private: ChannelServer, home: Path) -> None:
    other = write_channel(home / "open" / "one", linux_64=[toy("a", "3")]).parent
    with serving(ChannelServer(other)) as second:
        there = second.url.replace("127.0.0.1", "localhost")
        private.faults = {f"{subdir}/{JSON}": f"{there}/one/{subdir}/{JSON}" for subdir in ("linux-64", "noarch")}
        assert versions(ask(find(signed(private, "one")), "a")) == {"a": "3"}
        assert {asked.authorization for asked in second.asked} == {""}


@pytest.mark.parametrize("ending", ["", "/linux-64", "/noarch/"])
def test_token(home: Path, find: Find, toys: ChannelServer, ending: str) -> None:
    toys.token = TOKEN
    answer = ask(find(f"{toys.url}/t/{TOKEN}/one{ending}"), "a")
    assert solved(answer)["a"].url == f"{toys.url}/one/linux-64/a-1-0.conda"
    assert "s3cret" not in stored(home)


def test_wrong_token(find: Find, toys: ChannelServer) -> None:
    toys.token = f"not-{TOKEN}"
    said = refused(find(f"{toys.url}/t/{TOKEN}/one"))
    assert said == f"channel `{toys.url}/one` wants credentials, or others (HTTP 403)"


def test_token_that_anaconda_login_keeps(home: Path, find: Find, toys: ChannelServer) -> None:
    toys.token = TOKEN
    folder = home / ".local" / "share" / "binstar"
    folder.mkdir(parents=True)
    name = toys.url.replace(":", "%3A").replace("/", "%2F")
    (folder / f"{name}.token").write_text(f"{TOKEN}\n")
    assert versions(ask(find(f"{toys.url}/one"), "a")) == {"a": "1"}
    assert "HTTP 403" in refused(find(f"{toys.url}/one", condarc="add_anaconda_token: false\n"))


# -- mirrors, proxies, certificates ----------------------------------------------------------------------------------


def test_mirror(home: Path, find: Find, private: ChannelServer) -> None:
    """Read there, named as ever, also by specs."""
    condarc = (
        f"mirrored_channels:\n  conda-forge: ['{signed(private, 'two')}', https://conda.anaconda.org/conda-forge]\n"
    )
    found = solved(ask(find("conda-forge", condarc=condarc), "conda-forge::a"))
    assert found["a"].url == "https://conda.anaconda.org/conda-forge/linux-64/a-2-0.conda"
    assert "s3cret" not in stored(home)
    private.login = "other"
    said = refused(find("conda-forge", condarc=condarc, no_cache=True))
    assert said == (
        "channel `conda-forge` (https://conda.anaconda.org/conda-forge) wants credentials, or others (HTTP 401)"
    )


def test_mirror_that_is_down_is_passed_over(find: Find, toys: ChannelServer) -> None:
    with serving(ChannelServer()) as gone:
        pass
    condarc = f"mirrored_channels: {{name: ['{gone.url}/one', '{toys.url}/two']}}\n"
    settings = find("name", condarc=condarc)
    settings = settings._replace(access=settings.access._replace(retries=1))
    assert solved(ask(settings, "a"))["a"].url == f"{gone.url}/one/linux-64/a-2-0.conda"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_proxy(find: Find, toys: ChannelServer, name: str) -> None:
    condarc = f"proxy_servers:\n  http: http://{name}:{toys.port}\n"
    with pytest.raises(UsageError):
        ask(find("http://channels.example/one", condarc=condarc), "a")
    assert all(path.startswith("http://channels.example/one/") for path in toys.paths)
    assert toys.paths


def test_login_with_a_proxy(home: Path, find: Find, toys: ChannelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials reach py-rattler another way then, which leaves nothing behind either."""
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    (home / "tmp").mkdir()
    settings = find(f"http://{QUOTED}channels.example/one", condarc=f"proxy_servers: {{http: '{toys.url}'}}\n")
    with pytest.raises(UsageError):
        ask(settings, "a")
    assert {asked.authorization for asked in toys.asked} == {basic(f"me:{SECRET}")}
    assert list((home / "tmp").iterdir()) == []


@pytest.fixture
def certificate(home: Path) -> Path:
    """A certificate for 127.0.0.1, signed by ``ca.pem`` beside it."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = home / "tls"
    folder.mkdir()
    (folder / "more").write_text(
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
    )
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "more"]
    for command in (
        ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=compat test"],
        ["req", *key, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=127.0.0.1"],
        ["x509", "-req", "-in", "own.csr", *sign, "-out", "own.pem"],
    ):
        subprocess.run([program, *command], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def safe(certificate: Path, toys: ChannelServer) -> Iterator[ChannelServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "own.pem", certificate / "own.key")
    with serving(ChannelServer(toys.folder, login=f"me:{SECRET}"), context) as server:
        yield server


def test_certificates(find: Find, certificate: Path, safe: ChannelServer) -> None:
    channel = signed(safe, "one")
    assert "certificate" in refused(find(channel))
    assert versions(ask(find(channel, condarc="ssl_verify: false\n"), "a")) == {"a": "1"}
    assert versions(ask(find(channel, condarc=f"ssl_verify: {certificate / 'ca.pem'}\n", no_cache=True), "a")) == {
        "a": "1"
    }
    assert "certificate" in refused(find(channel, condarc="ssl_verify: truststore\n", no_cache=True))


def test_certificate_of_the_environment(
    find: Find, certificate: Path, safe: ChannelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "ca.pem"))
    assert versions(ask(find(signed(safe, "one")), "a")) == {"a": "1"}
