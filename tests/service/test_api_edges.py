"""Keys, errors, health, metrics and the reference."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
from service_under_test import Service


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic cms6cms="},
        {"Authorization": "", "X-API-Key": "rk_00000000_wrong"},
    ],
)
def test_without_a_right_key_nothing_is_told(shared: Service, headers: dict[str, str]) -> None:
    for path in ("/v1/recommendations?user=ada", "/v1/papers/p00", "/v1/trending"):
        answer = shared.client.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


def test_either_header_carries_the_key(shared: Service) -> None:
    headers = {"Authorization": "", "X-API-Key": shared.key}
    assert shared.client.get("/v1/papers/p00", headers=headers).status_code == 200


def test_a_revoked_key_is_refused_when_it_is_looked_up_again(service: Service) -> None:
    assert service.client.get("/v1/papers/p00").status_code == 200
    service.store.keys.revoke(service.store.keys.list()[0].id)
    service.context.keyring._known._held.clear()
    assert service.client.get("/v1/papers/p00").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/nowhere", 404),
        ("DELETE", "/v1/events", 405),
        ("POST", "/v1/recommendations", 405),
        ("DELETE", "/v1/papers", 405),
        ("DELETE", "/v1/users/ada/profile", 405),
    ],
)
def test_every_error_is_a_problem(shared: Service, method: str, path: str, status: int) -> None:
    answer = shared.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["title"]
    assert path in answer.json()["detail"]
    if status == 405:
        takes = {"/v1/events": "POST", "/v1/recommendations": "GET", "/v1/papers": "GET, POST"}
        takes["/v1/users/ada/profile"] = "GET, PATCH"
        assert answer.headers["allow"] == takes[path]


def test_an_unexpected_error_tells_nothing_of_us(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(service.store.papers, "get_many", fail)
    answer = service.client.get("/v1/papers/p00")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


def test_security_headers(shared: Service) -> None:
    for path in ("/v1/papers/p00", "/nowhere", "/health/live"):
        headers = shared.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_health(shared: Service) -> None:
    assert shared.client.get("/health/live", headers={"Authorization": ""}).status_code == 200
    answer = shared.get("/health/ready")
    assert answer["status"] == "ready"
    assert {answer[part]["status"] for part in ("store", "redis", "bundle")} == {"ok"}


def test_ready_without_a_bundle_says_so(bare: Service) -> None:
    answer = bare.get("/health/ready")
    assert (answer["status"], answer["bundle"]["status"]) == ("ready", "degraded")


def test_metrics(service: Service) -> None:
    service.send("counted", "like", "p00")
    service.client.post("/v1/events", json={"id": "bad"})
    service.recommend("counted")
    service.get("/v1/papers/p00")
    service.context.slates.flush()
    text = service.client.get("/metrics", headers={"Authorization": ""}).text
    assert 'recsys_events_total{outcome="accepted"} 1.0' in text
    assert 'recsys_events_total{outcome="refused"} 1.0' in text
    assert 'recsys_slates_total{outcome="logged"} 1.0' in text
    assert 'route="/v1/papers/{id:path}",status="200"' in text
    assert f'recsys_bundle_info{{id="{service.context.live.ranker.bundle.id}"}} 1.0' in text
    assert "recsys_redis_up 1.0" in text
    assert service.key.split("_", 2)[2] not in text


def test_the_reference_to_read_needs_no_network(shared: Service) -> None:
    page = shared.client.get("/docs", headers={"Authorization": ""})
    assert page.status_code == 200
    assert "GET /v1/recommendations" in page.text
    assert "script" not in page.text
    assert "://" not in page.text.replace("http://arxiv", "")


def requests(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any], Any, dict[str, Any]]]:
    """Every operation with every one of its examples, and the answers it may have."""
    found = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            examples = {
                parameter["name"]: parameter["schema"]["examples"][0]
                for parameter in operation.get("parameters", [])
                if "examples" in parameter["schema"]
            }
            names = set(re.findall(r"{(\w+)", path))
            place = path.replace(":path}", "}").format(**examples)
            query = {name: value for name, value in examples.items() if name not in names}
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for body in [example["value"] for example in content.get("examples", {}).values()] or [None]:
                found.append((method, place, query, body, operation["responses"]))
    return found


def test_the_reference_s_examples_work(service: Service) -> None:
    schema = service.client.get("/openapi.json", headers={"Authorization": ""}).json()
    tried = requests(schema)
    assert len(tried) >= 12
    for method, path, query, body, documented in tried:
        answer = service.client.request(method.upper(), path, params=query, json=body)
        if method == "delete" and answer.status_code == 404:  # no example can know the id of a secret
            assert "d3986b17e743" in path, path
            continue
        assert answer.is_success, (path, answer.text)
        assert str(answer.status_code) in documented, path
        assert not answer.json().get("refused"), answer.text
        described = documented[str(answer.status_code)]["content"]["application/json"]["schema"]
        jsonschema_rs.validate({**described, "components": schema["components"]}, answer.json())


def test_the_reference_describes_every_parameter_and_problem(shared: Service) -> None:
    schema = shared.client.get("/openapi.json").json()
    assert set(schema["components"]["securitySchemes"]) == {"Bearer", "X-API-Key"}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}
            assert path.startswith("/health") or operation["security"], path
            for parameter in operation.get("parameters", []):
                assert parameter["schema"].get("examples") or parameter["name"] == "cursor", parameter
            for status, response in operation["responses"].items():
                if status == "204":
                    continue
                assert "schema" in next(iter(response["content"].values()))
    text = str(schema)
    for reference in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert reference in schema["components"]["schemas"]
