from __future__ import annotations

import httpx
import pytest

from credbroker.gateway_call import Call
from credbroker.http import gateway_client


def test_sends_what_was_asked_to_the_gateway_and_gives_the_answer_as_it_came() -> None:
    calls: list[Call] = []

    def call(call: Call, timeout: httpx.Timeout) -> httpx.Response:
        calls.append(call)
        assert timeout == httpx.Timeout(None)
        return httpx.Response(
            302, headers={"location": "/elsewhere", "x-vendor": "1"}, stream=httpx.ByteStream(b"moved")
        )

    client = gateway_client("api", ("vendor.example:8443", "other.example"), call)
    answer = client.post("/v1/orders?page=2", json={"total": 7}, headers={"authorization": "mine", "x-mine": "2"})
    assert (answer.status_code, answer.text, answer.headers["x-vendor"]) == (302, "moved", "1")
    assert str(answer.request.url) == "https://vendor.example:8443/v1/orders?page=2"
    [sent] = calls
    assert (sent.method, sent.path, sent.content) == ("POST", "/gateway/api/v1/orders?page=2", b'{"total":7}')
    assert sent.headers["x-mine"] == "2"
    assert sent.headers["content-type"] == "application/json"
    assert not {"authorization", "host", "content-length", "connection"} & set(sent.headers)
    client.get("https://other.example/v1/orders")
    assert calls[1].path == "/gateway/api/v1/orders"


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/v1", "http://vendor.example/v1", "https://vendor.example:8443/v1"]
)
def test_goes_to_the_host_of_its_scope_and_nowhere_else(url: str) -> None:
    client = gateway_client("api", ("vendor.example",), lambda call, timeout: pytest.fail("was called"))
    with pytest.raises(ValueError):
        client.get(url)


@pytest.mark.parametrize("path", ["/v1/%2e%2e/%2e%2e/v1/tasks", "/%2E%2E/other", "/v1/..%5c..", "/.%2e/other"])
def test_no_path_leaves_its_scope(path: str) -> None:
    client = gateway_client("api", ("vendor.example",), lambda call, timeout: httpx.Response(200, text=call.path))
    try:
        assert client.get(path).text.startswith("/gateway/api/")
    except ValueError:
        pass
