"""HTTP for httpx: each request of the client is a call through the gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx

from .gateway_call import Call, gateway_path

#: What is between this process and the broker; the broker makes the vendor's request itself.
_OURS = ("authorization", "connection", "content-length", "host", "transfer-encoding")


class GatewayTransport(httpx.BaseTransport):
    """Makes requests to the host of a scope through the gateway, and no others: those say that they go elsewhere."""

    def __init__(self, scope: str, hosts: Sequence[str], call: Callable[[Call, httpx.Timeout], httpx.Response]) -> None:
        self._scope = scope
        self._hosts = frozenset(hosts)
        self._call = call

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "https" or request.url.netloc.decode("ascii") not in self._hosts:
            raise ValueError("this client is for the host of its scope only")
        path = gateway_path(self._scope, request.url.raw_path.decode("ascii"))
        headers = request.headers.copy()
        for name in _OURS:
            headers.pop(name, None)
        timeout = httpx.Timeout(**request.extensions["timeout"])
        answer = self._call(Call(request.method, path, headers, request.read()), timeout)
        # As it came: the client decodes it, and closing its answer closes this one.
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=answer.stream, extensions=answer.extensions
        )


def gateway_client(
    scope: str, hosts: Sequence[str], call: Callable[[Call, httpx.Timeout], httpx.Response]
) -> httpx.Client:
    transport = GatewayTransport(scope, hosts, call)
    # A person may take their time, and a vendor too.
    return httpx.Client(transport=transport, base_url=f"https://{hosts[0]}", timeout=None, trust_env=False)
