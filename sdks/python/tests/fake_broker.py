"""A broker of this process, that answers as it is told and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
from leases import NOW

from credbroker import Broker
from credbroker.client_key import ClientKey
from credbroker.clock import Clock

Answer = Callable[[httpx.Request], httpx.Response]

GRANTS = [
    {"scope": "orders-ro", "environment": "staging", "access": ["read"], "state": "active", "form": "postgres"},
    {
        "scope": "api",
        "environment": "staging",
        "access": ["read"],
        "state": "active",
        "gateway": {"connector": "http", "hosts": ["vendor.example"]},
    },
    {
        "scope": "live",
        "environment": "production",
        "access": [],
        "state": "denied",
        "code": "denied",
        "reason": "The scope belongs to another environment",
        "required": ["a task in production"],
    },
]


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"title": code, "status": status, "code": code, "retryable": False, **more})


class FakeBroker:
    def __init__(self) -> None:
        self.now = NOW
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []
        #: What comes before the usual answer of a route, each once.
        self.first: dict[str, list[httpx.Response | Exception]] = {}
        self.gateway: Answer = lambda request: httpx.Response(
            200, headers={"broker-answer": "vendor"}, json={"ok": True}
        )
        self.state = "active"
        self.minted = 0

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self._sleep, random=lambda count: bytes(count))

    def broker(self, **options: Any) -> Broker:
        key = ClientKey.generate().private_jwk
        return Broker(
            url="https://broker.example",
            principal="agent:fixer",
            key=key,
            client=self.client(),
            clock=self.clock,
            **options,
        )

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self._answer))

    def asked(self, path: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path == path]

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        first = self.first.get(path)
        if first:
            answer = first.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if path.startswith("/gateway/"):
            return self.gateway(request)
        match path:
            case "/oauth/token":
                return httpx.Response(200, json=self._token("agent-token"))
            case "/v1/tasks":
                return httpx.Response(
                    201, json={"task": self._task(), "token": self._token("task-token"), "capped_by": "asked"}
                )
            case "/v1/tasks/tsk_1/heartbeat":
                return httpx.Response(200, json={"task": self._task(), "token": self._token("task-token-2")})
            case "/v1/tasks/tsk_1/delegate":
                child = {**self._task(), "id": "tsk_2", "parent": "tsk_1"}
                return httpx.Response(
                    201, json={"task": child, "token": self._token("child-token"), "capped_by": "parent"}
                )
            case "/v1/approvals":
                return httpx.Response(201, json={"approval": json.loads(request.content)["requests"][0]["body"]})
            case "/v1/tasks/tsk_1/end":
                self.state = "ended"
                return httpx.Response(200, json={"task": self._task(), "leases": []})
            case "/v1/credentials":
                return httpx.Response(201, json=self._credential(json.loads(request.content)))
        return problem(404, "not_found")

    def _token(self, value: str) -> dict[str, Any]:
        return {"access_token": value, "token_type": "DPoP", "expires_in": 300}

    def _task(self) -> dict[str, Any]:
        end = self._time(NOW + timedelta(minutes=30))
        view = {
            "id": "tsk_1",
            "environment": "staging",
            "purpose": "x",
            "state": self.state,
            "ends_at": end,
            "grants": GRANTS,
        }
        return view

    def _credential(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.minted += 1
        end = self._time(self.now + timedelta(seconds=asked.get("ttl", 900)))
        return {
            "lease": f"lse_{self.minted}",
            "scope": asked["scope"],
            "environment": "staging",
            "expires_at": end,
            "dead_by": end,
            "capped_by": "scope",
            "credential": {
                "form": "postgres",
                "host": "127.0.0.1",
                "port": 5432,
                "database": "orders",
                "user": f"brk_{self.minted}",
                "password": "swordfish",
                "sslmode": "disable",
            },
        }

    def _time(self, at: datetime) -> str:
        return at.isoformat().replace("+00:00", "Z")
