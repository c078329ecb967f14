"""Conversations with a broker. The TypeScript SDK has the same: packages/sdk/src/exchanges.test.ts."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from leases import NOW
from vectors import decoded, each, vectors

from credbroker import Broker, BrokerUnreachableError, Grant, Secret, Task
from credbroker.client_key import ClientKey
from credbroker.clock import Clock, moment
from credbroker.transport import Transport

EXCHANGES = vectors("exchanges")
KEY = Secret(json.dumps(vectors("proofs")["key"]))


class Stage:
    """A broker that says what it is told, in turn."""

    def __init__(self) -> None:
        self.now, self.sleeps = NOW, list[float]()
        self.answers, self.asked = list[Any](), list[httpx.Request]()
        self.clock = Clock(now=lambda: self.now, sleep=lambda seconds: self.sleeps.append(seconds), random=bytes)
        self.client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.broker = Broker(
            url="https://broker.example", principal="agent:fixer", key=KEY, client=self.client, clock=self.clock
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        check_proof(request)
        assert self.answers, f"nobody answers {request.method} {request.url}"
        return answered(self.answers.pop(0))


def answered(answer: Any) -> httpx.Response:
    if answer == "unreachable":
        raise httpx.ConnectError("refused")
    if answer == "timeout":
        raise httpx.ReadTimeout("late")
    content = answer["text"] if "text" in answer else json.dumps(EXCHANGES["bodies"][answer["body"]])
    return httpx.Response(answer["status"], headers=answer.get("headers", {}), content=content.encode())


def check_proof(request: httpx.Request) -> None:
    claims = decoded(request.headers["dpop"])[1]
    assert (claims["htm"], claims["htu"]) == (request.method, str(request.url).partition("?")[0])
    token = request.headers.get("authorization", "").removeprefix("DPoP ")
    hashed = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
    assert claims.get("ath") == (hashed if token else None)


def check_request(asked: httpx.Request, expected: Any) -> None:
    assert (asked.method, asked.url.raw_path.decode()) == (expected["method"], expected["path"])
    if "token" in expected:
        assert asked.headers["authorization"] == f"DPoP {expected['token']}"
    if "nonce" in expected:
        assert decoded(asked.headers["dpop"])[1].get("nonce") == expected["nonce"]
    for name, value in expected.get("headers", {}).items():
        assert asked.headers[name] == value
    if "body" in expected:
        assert json.loads(asked.content) == expected["body"]
    if "form" in expected:
        assert expected["form"].items() <= dict(parse_qsl(asked.content.decode())).items()


def shown(grant: Grant) -> dict[str, Any]:
    more = {"code": grant.code, "denied_access": [asdict(one) for one in grant.denied_access]}
    return {"scope": grant.scope, "state": grant.state, **{name: value for name, value in more.items() if value}}


def perform(step: Any, broker: Broker, task: Task | None) -> Any:
    given = dict(step.get("with", {}))
    if step["do"] == "start_task":
        return broker.start_task(**given)
    if step["do"] == "ask":
        return broker.request(given["method"], given["path"])
    assert task is not None
    match step["do"]:
        case "credential":
            return {"lease": task.credential(given["scope"], ttl=given.get("ttl")).id}
        case "lease":
            return {"lease": task.lease(given["scope"], ttl=given.get("ttl")).current().id}
        case "grants":
            return [shown(grant) for grant in task.grants]
        case "request":
            return [shown(grant) for grant in task.request(given["scopes"])]
        case "fetch":
            approval: Any = {} if given.pop("wait", True) else {"approval": "raise"}
            response = task.fetch(**given, **approval)
            return {"status": response.status_code, "text": response.text}
        case "end":
            return [ended(lease) for lease in task.end()]
    raise AssertionError(step["do"])


def ended(lease: Any) -> dict[str, Any]:
    facts = {"id": lease.id, "credentialDead": lease.credential_dead, "sessionsDead": lease.sessions_dead}
    return facts if lease.dead_by is None else {**facts, "deadBy": lease.dead_by}


@each(EXCHANGES["stories"])
def test_conversation(vector: Any) -> None:
    stage = Stage()
    task: Task | None = None
    for step in [EXCHANGES["begin"], *vector["steps"]] if vector.get("begun") else vector["steps"]:
        stage.now = NOW + timedelta(seconds=step["at"])
        stage.answers, stage.asked, stage.sleeps = list(step["answers"]), [], []
        if "raises" in step:
            with pytest.raises(Exception) as raised:
                perform(step, stage.broker, task)
            check_error(raised.value, step["raises"])
        else:
            outcome = perform(step, stage.broker, task)
            if isinstance(outcome, Task):
                task, outcome = outcome, [shown(grant) for grant in outcome.grants]
            check_outcome(outcome, step["gives"])
        if "requests" in step:
            assert len(stage.asked) == len(step["requests"])
            for asked, expected in zip(stage.asked, step["requests"], strict=True):
                check_request(asked, expected)
        assert (stage.answers, stage.sleeps) == ([], step.get("sleeps", []))


def check_error(error: Any, expected: Any) -> None:
    names = {"approvalId": "approval_id"}
    got = {"class": type(error).__name__}
    got |= {name: getattr(error, names.get(name, name)) for name in expected if name != "class"}
    assert got == expected, error


def check_outcome(outcome: Any, expected: Any) -> None:
    if expected == "*":
        return
    if isinstance(expected, list):
        expected = [{**one, "deadBy": moment(one["deadBy"])} if "deadBy" in one else one for one in expected]
    assert outcome == expected


@each(vectors("errors")["unreachable"])
def test_what_is_no_answer_of_a_broker(vector: Any) -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: answered(vector["answer"])))
    with pytest.raises(BrokerUnreachableError):
        Transport("https://broker.example", ClientKey.from_jwk(KEY), Clock(), client).call("GET", "/v1/whoami")
