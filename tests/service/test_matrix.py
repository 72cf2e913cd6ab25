"""What the matrix knows, over HTTP."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from compat.cli.commands import cli
from compat.rules import all_rules
from compat.service.badge import render_badge
from tests.service.running import Running, is_problem

#: Command lines, and the addresses with the same answer, byte for byte.
SAME = {
    ("matrix",): "/v1/matrix",
    ("matrix", "torch", "2.7"): "/v1/matrix?q=torch+2.7",
    ("matrix", "gpu", "h100"): "/v1/matrix?q=gpu%20h100",
    ("matrix", "--python", "3.12", "--cuda", "12.6", "--platform", "linux-aarch64"): (
        "/v1/matrix?python=3.12&cuda=12.6&platform=linux-aarch64"
    ),
    ("matrix", "name", "pytorch"): "/v1/matrix?q=name pytorch",
    ("recommend",): "/v1/recommend",
    ("recommend", "--target", "linux-64,gpu=h100,driver=535", "--with", "torch<2.8"): (
        "/v1/recommend?target=linux-64,gpu%3Dh100,driver%3D535&with=torch%3C2.8"
    ),
}


@pytest.mark.parametrize("words", SAME, ids=" ".join)
def test_the_answers_are_those_of_the_command(words: tuple[str, ...], service: Running) -> None:
    printed = CliRunner().invoke(cli, [*words, "--format", "json"])
    assert service.get(SAME[words]).content.decode() == printed.stdout


def test_who_has_an_answer_is_told_that_it_is_the_same(service: Running) -> None:
    first = service.get("/v1/matrix?q=gpu+h100")
    tag = first.headers["etag"]
    assert tag.startswith(f'"{service.service.data_version}-')
    assert first.headers["cache-control"].startswith("public, max-age=")
    for known in (tag, f'"x", W/{tag}', "*"):
        again = service.get("/v1/matrix?q=gpu+h100", headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert service.get("/v1/matrix?q=gpu+h100", headers={"if-none-match": '"x"'}).status_code == 200
    assert service.get("/v1/matrix?q=gpu+a100").headers["etag"] != tag


def test_a_fact_is_found_by_its_id(service: Running) -> None:
    table = service.get("/v1/facts/couplings").json()
    for fact in (table["facts"][0], table["facts"][-1]):
        (found,) = service.get(f"/v1/facts/{quote(fact['id'])}").json()["facts"]
        assert found == fact
        assert found["evidence"]["source"]
    assert len({fact["id"] for fact in table["facts"]}) == len(table["facts"])
    assert service.get("/v1/facts/projects/torch").json()["table"] == "projects/torch"


@pytest.mark.parametrize(
    "name", ["nope", "gpus/nope", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "projects", "gpus.toml"]
)
def test_other_facts_are_not_found(name: str, service: Running) -> None:
    is_problem(service.get(f"/v1/facts/{name}"), 404, "not-found")


def test_names_both_ways(service: Running) -> None:
    found = service.get("/v1/names/conda/pytorch").json()
    assert found["known"]
    assert "torch" in found["mappings"][0]["pypi"]
    assert "pytorch" in {one["conda"] for one in service.get("/v1/names/pypi/torch").json()["mappings"]}
    assert service.get("/v1/names/conda/no-such-name").json()["mappings"] == []
    is_problem(service.get("/v1/names/npm/react"), 422, "refused")


def test_every_rule_has_its_page(service: Running) -> None:
    found = service.get("/v1/rules").json()["rules"]
    assert [rule["code"] for rule in found] == [rule.code for rule in all_rules()]
    page = service.get(f"/v1/rules/{found[0]['name']}").json()
    assert page["page"].startswith(f"# {found[0]['code']}")
    is_problem(service.get("/v1/rules/XYZ999"), 404, "not-found")


def test_a_badge_is_an_image_with_the_verdict(service: Running) -> None:
    pair = "package=torch%3D%3D2.4.1&package=torchvision%3D%3D0.20.0"
    answer = service.get(f"/v1/badge?{pair}&target=linux-64&label=torch")
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(answer.content)  # noqa: S314 - our own
    assert root.get("aria-label") == "torch: conflict"
    assert "script" not in answer.text
    assert 'aria-label="compat: ok"' in service.get("/v1/badge?package=torch%3D%3D2.7.1").text
    is_problem(service.get("/v1/badge"), 422, "invalid")
    is_problem(service.get("/v1/badge?package=torch&label=%3Cscript%3E"), 422, "invalid")
    is_problem(service.get("/v1/badge?package=torch&target=host"), 422, "refused")


def test_a_badge_escapes_its_words() -> None:
    assert "<b>" not in render_badge("<b>&", "ok")


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/matrix?q=nonesuch", 422, "refused"),
        ("/v1/matrix?python=x", 422, "refused"),
        ("/v1/matrix?q=%00", 422, "invalid"),
        (f"/v1/matrix?q={'x' * 300}", 422, "invalid"),
        ("/v1/recommend?target=host", 422, "refused"),
        ("/v1/recommend?target=beos", 422, "refused"),
        ("/v1/recommend?with=%21%21", 422, "refused"),
        ("/v1/recommend?" + "&".join(["target=linux-64"] * 51), 422, "invalid"),
        ("/v1/nope", 404, "not-found"),
        ("/v1/check", 405, "wrong-method"),
    ],
)
def test_questions_without_an_answer(path: str, status: int, kind: str, service: Running) -> None:
    is_problem(service.get(path), status, kind)


def test_health_and_metrics(service: Running) -> None:
    for path in ("/livez", "/readyz", "/health"):
        assert service.get(path).json()["status"] == "ok"
    service.get("/v1/rules")
    text = service.get("/metrics").text
    assert 'compat_requests_total{method="GET",route="/v1/rules",status="200"}' in text
    assert "compat_cache_bytes" in text
    service.get("/v1/nope/secret-path")
    assert "secret-path" not in service.get("/metrics").text


def test_every_answer_has_its_id_and_its_bounds_for_browsers(service: Running) -> None:
    answer = service.get("/v1/rules", headers={"x-request-id": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
    odd = service.get("/v1/rules", headers={"x-request-id": "a b\x7f"})
    assert odd.headers["x-request-id"] != "a b\x7f"


def test_the_manual_takes_nothing_from_elsewhere(service: Running) -> None:
    page = service.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "://" not in page.text.replace("http://127.0.0.1", "")
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    document = service.get("/openapi.json")
    assert document.json()["openapi"].startswith("3.1")
    for path in document.json()["paths"]:
        assert path in page.text


def test_every_reference_of_the_document_leads_somewhere(service: Running) -> None:
    document = service.get("/openapi.json").json()
    text = json.dumps(document)
    names = set(document["components"]["schemas"])
    for part in text.split('"$ref": "')[1:]:
        reference = part.partition('"')[0]
        assert reference.removeprefix("#/components/schemas/") in names


def test_head_is_get_without_the_body(service: Running) -> None:
    for path in ("/health", "/v1/rules", "/v1/matrix?q=torch", "/docs"):
        whole, head = service.get(path), service.ask("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        assert {k: v for k, v in head.headers.items() if k != "x-request-id"} == {
            k: v for k, v in whole.headers.items() if k != "x-request-id"
        }
    refused = service.ask("DELETE", "/v1/rules")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_no_address_leads_to_the_host_that_a_request_names(service: Running) -> None:
    answer = service.get("/v1/rules/", headers={"host": "evil.example"})
    assert "evil" not in str(answer.headers) + answer.text
    assert answer.status_code in (404, 422)
