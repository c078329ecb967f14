from __future__ import annotations

import base64
import json
import pickle
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fake_broker import FakeBroker, problem

from credbroker import (
    Approval,
    ApprovalDeniedError,
    ApprovalRequiredError,
    Borrower,
    BrokerApiError,
    BrokerUnreachableError,
    DeniedError,
    PostgresCredential,
    Secret,
    Task,
)


@pytest.fixture
def fake() -> FakeBroker:
    return FakeBroker()


def start(fake: FakeBroker, **more: Any) -> Task:
    return fake.broker().start_task(environment="staging", purpose="x", scopes=["orders-ro"], **more)


def proof_of(request: httpx.Request) -> Any:
    text = request.headers["dpop"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def key_of(request: httpx.Request) -> Any:
    text = request.headers["dpop"].split(".")[0]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))["jwk"]


def approval(state: str, reason: str = "it deletes") -> dict[str, Any]:
    url = "https://broker.example/approvals/apr_1"
    return {"id": "apr_1", "state": state, "url": url, "ends_at": "2026-01-01T00:30:00Z", "reason": reason}


class TestStart:
    def test_asks_for_what_was_said_and_nothing_else(self, fake: FakeBroker) -> None:
        task = start(fake, ttl="30m", ticket="PAY-1")
        [request] = fake.asked("/v1/tasks")
        body = {"environment": "staging", "purpose": "x", "scopes": ["orders-ro"], "ttl": "30m", "ticket": "PAY-1"}
        assert json.loads(request.content) == body
        assert request.headers["authorization"] == "DPoP agent-token"
        assert (task.id, task.state, [grant.state for grant in task.grants]) == (
            "tsk_1",
            "active",
            ["active", "active", "denied"],
        )

    def test_is_asked_again_under_one_key_where_no_answer_came(self, fake: FakeBroker) -> None:
        fake.first["/v1/tasks"] = [httpx.ConnectError("refused"), problem(503, "store_unavailable", retryable=True)]
        start(fake)
        assert len({request.headers["idempotency-key"] for request in fake.asked("/v1/tasks")}) == 1
        assert fake.slept == [0.25, 0.5]

    def test_a_denial_says_why_for_each_scope(self, fake: FakeBroker) -> None:
        from fake_broker import GRANTS

        fake.first["/v1/tasks"] = [problem(403, "denied", detail="Nothing was granted", grants=GRANTS[2:])]
        with pytest.raises(DeniedError) as raised:
            start(fake)
        assert raised.value.grants[0].reason == "The scope belongs to another environment"
        assert len(fake.asked("/v1/tasks")) == 1

    def test_uses_the_nonce_that_the_broker_asks_for(self, fake: FakeBroker) -> None:
        asks = httpx.Response(400, json={"error": "use_dpop_nonce"}, headers={"dpop-nonce": "n-1"})
        fake.first["/oauth/token"] = [asks]
        start(fake)
        assert [proof_of(request).get("nonce") for request in fake.asked("/oauth/token")] == [None, "n-1"]

    @pytest.mark.parametrize(
        "answer",
        [httpx.Response(302, headers={"location": "https://elsewhere.example"}), httpx.Response(200, text="<html>")],
    )
    def test_believes_nothing_that_is_no_broker(self, fake: FakeBroker, answer: httpx.Response) -> None:
        fake.first["/v1/tasks"] = [answer, answer, answer]
        with pytest.raises(BrokerUnreachableError):
            start(fake)
        assert {request.url.host for request in fake.requests} == {"broker.example"}


class TestEnd:
    def test_leaving_the_block_ends_it_and_handles_say_so(self, fake: FakeBroker) -> None:
        ended: list[str] = []
        with start(fake) as task:
            task.when_ended(lambda: ended.append(task.state))
        assert (len(fake.asked("/v1/tasks/tsk_1/end")), ended) == (1, ["ended"])
        with pytest.raises(DeniedError, match="The task has ended"):
            task.lease("orders-ro").current()
        assert task.end() == ()

    def test_an_error_inside_ends_it_too_and_is_the_one_that_is_raised(self, fake: FakeBroker) -> None:
        fake.first["/v1/tasks/tsk_1/end"] = [httpx.ConnectError("refused")] * 3
        with pytest.raises(RuntimeError, match="inside"), start(fake):
            raise RuntimeError("inside")
        assert len(fake.asked("/v1/tasks/tsk_1/end")) == 3

    def test_an_end_that_was_not_heard_is_raised(self, fake: FakeBroker) -> None:
        fake.first["/v1/tasks/tsk_1/end"] = [httpx.ConnectError("refused")] * 3
        with pytest.raises(BrokerUnreachableError), start(fake):
            pass


class TestLease:
    def test_is_shared_by_threads_and_renewed_ahead_of_its_end(self, fake: FakeBroker) -> None:
        handle = start(fake).lease("orders-ro")
        with ThreadPoolExecutor(8) as pool:
            assert len({lease.id for lease in pool.map(lambda _: handle.current(), range(32))}) == 1
        fake.now += timedelta(seconds=719)
        assert handle.current().id == "lse_1"
        fake.now += timedelta(seconds=2)
        assert handle.current().id == "lse_2"

    def test_serves_while_it_lives_where_the_broker_is_away_and_not_where_it_refuses(self, fake: FakeBroker) -> None:
        handle = start(fake).lease("orders-ro")
        handle.current()
        fake.now += timedelta(seconds=800)
        fake.first["/v1/credentials"] = [httpx.ReadTimeout("slow"), problem(403, "grant_ended")]
        assert handle.current().id == "lse_1"
        assert len(fake.asked("/v1/credentials")) == 2
        fake.now += timedelta(seconds=6)
        with pytest.raises(DeniedError):
            handle.current()

    def test_of_a_denied_scope_raises_the_denial_without_asking(self, fake: FakeBroker) -> None:
        with pytest.raises(DeniedError) as raised:
            start(fake).lease("live")
        assert raised.value.required == ("a task in production",)
        assert fake.asked("/v1/credentials") == []

    def test_the_token_of_the_task_is_renewed_before_it_ends(self, fake: FakeBroker) -> None:
        task = start(fake)
        fake.now += timedelta(seconds=250)
        task.credential("orders-ro")
        assert fake.asked("/v1/credentials")[0].headers["authorization"] == "DPoP task-token-2"


class TestFetch:
    def test_is_signed_for_the_gateway_and_answers_what_the_vendor_said(self, fake: FakeBroker) -> None:
        fake.gateway = lambda request: httpx.Response(404, headers={"broker-answer": "vendor"}, text="none such")
        answer = start(fake).fetch("api", "POST", "/v1/orders", json={"total": 7}, params={"dry": "1"})
        assert (answer.status_code, answer.text) == (404, "none such")
        [request] = fake.asked("/gateway/api/v1/orders")
        assert (request.content, request.url.query) == (b'{"total":7}', b"dry=1")
        assert proof_of(request)["htu"] == "https://broker.example/gateway/api/v1/orders"

    def test_waits_for_a_person_and_sends_the_very_same_again(self, fake: FakeBroker) -> None:
        def gateway(request: httpx.Request) -> httpx.Response:
            if request.headers.get("broker-approval") == "apr_1":
                return httpx.Response(200, headers={"broker-answer": "vendor"}, text="done")
            return httpx.Response(202, json={"approval": approval("pending")})

        fake.gateway = gateway
        states = [httpx.Response(200, json=approval(state)) for state in ("pending", "approved")]
        fake.first["/v1/approvals/apr_1"] = [states[0], httpx.ConnectError("refused"), states[1]]
        told: list[Approval] = []
        answer = start(fake).fetch("api", "DELETE", "/v1/orders/1", content=b"why", on_approval=told.append)
        assert (answer.text, [one.id for one in told], fake.slept) == ("done", ["apr_1"], [1.0, 1.5, 2.25])
        assert [request.content for request in fake.asked("/gateway/api/v1/orders/1")] == [b"why", b"why"]

    def test_says_what_a_person_said_and_where_one_has_to(self, fake: FakeBroker) -> None:
        fake.gateway = lambda request: httpx.Response(202, json={"approval": approval("pending")})
        task = start(fake)
        with pytest.raises(ApprovalRequiredError) as required:
            task.fetch("api", "DELETE", "/v1/orders/1", approval="raise")
        assert (required.value.approval_id, required.value.approval_url) == (
            "apr_1",
            "https://broker.example/approvals/apr_1",
        )
        with pytest.raises(ApprovalRequiredError):
            task.fetch("api", "DELETE", "/v1/orders/1", wait_for=0.5)
        fake.first["/v1/approvals/apr_1"] = [httpx.Response(200, json=approval("denied", "not on a Friday"))]
        with pytest.raises(ApprovalDeniedError, match="not on a Friday"):
            task.fetch("api", "DELETE", "/v1/orders/1")

    def test_a_lost_answer_is_not_asked_for_again(self, fake: FakeBroker) -> None:
        fake.first["/gateway/api/v1/orders"] = [httpx.ReadError("cut")]
        with pytest.raises(BrokerUnreachableError):
            start(fake).fetch("api", "POST", "/v1/orders")
        assert len(fake.asked("/gateway/api/v1/orders")) == 1


class TestDelegate:
    def test_a_part_acts_by_a_key_of_its_own_which_the_broker_is_shown(self, fake: FakeBroker) -> None:
        asks = problem(401, "use_dpop_nonce")
        asks.headers["dpop-nonce"] = "n-1"
        task = start(fake)
        fake.first["/v1/tasks/tsk_1/delegate"] = [asks]
        part = task.delegate(scopes=["api"], purpose="a part", access={"api": ["read"]}, sub_agent="reader")
        first, second = fake.asked("/v1/tasks/tsk_1/delegate")
        body = json.loads(second.content)
        shown = httpx.Request("POST", first.url, headers={"dpop": body.pop("proof")})
        assert body == {"scopes": ["api"], "purpose": "a part", "access": {"api": ["read"]}, "sub_agent": "reader"}
        claims = {"htu": "https://broker.example/v1/tasks/tsk_1/delegate", "nonce": "n-1"}
        assert {name: proof_of(shown).get(name) for name in ("htu", "nonce", "ath")} == {**claims, "ath": None}
        part.fetch("api", "GET", "/v1/orders")
        [called] = fake.asked("/gateway/api/v1/orders")
        assert called.headers["authorization"] == "DPoP child-token"
        assert key_of(called) == key_of(shown) != key_of(second)

    def test_a_borrower_elsewhere_proves_its_key_and_works_in_what_was_lent(self, fake: FakeBroker) -> None:
        task = start(fake)
        borrower = Borrower(task.lender, client=fake.client(), clock=fake.clock)
        lent = task.lend(scopes=["api"], purpose="a part", proof=borrower.proof(), agent="reader")
        [asked] = fake.asked("/v1/tasks/tsk_1/delegate")
        body = json.loads(asked.content)
        shown = httpx.Request("POST", asked.url, headers={"dpop": body.pop("proof")})
        assert body == {"scopes": ["api"], "purpose": "a part", "agent": "reader"}
        assert proof_of(shown)["htu"] == "https://broker.example/v1/tasks/tsk_1/delegate"
        borrower.task(lent).fetch("api", "GET", "/v1/orders")
        [called] = fake.asked("/gateway/api/v1/orders")
        assert called.headers["authorization"] == "DPoP child-token"
        assert key_of(called) == key_of(shown) != key_of(asked)

    def test_what_was_lent_is_not_renewed_once_it_is_over(self, fake: FakeBroker) -> None:
        part = start(fake).delegate(scopes=["api"], purpose="a part")
        fake.now += timedelta(seconds=400)
        with pytest.raises(BrokerApiError, match="token of the child task has ended"):
            part.credential("orders-ro")


class TestAGrantThatWaits:
    def of_task(self, state: str, status: int = 200) -> httpx.Response:
        grants = [{"scope": "orders-ro", "environment": "staging", "access": ["read"], "state": state}]
        view = {"id": "tsk_1", "environment": "staging", "purpose": "x", "state": "active", "grants": grants}
        token = {"access_token": "task-token", "token_type": "DPoP", "expires_in": 300}
        body = {"task": {**view, "ends_at": "2026-01-01T00:30:00Z"}, "token": token, "capped_by": "asked"}
        return httpx.Response(status, json=body)

    @pytest.mark.parametrize("answer", ["active", "denied", "ended"])
    def test_is_waited_for_until_a_person_has_decided(self, fake: FakeBroker, answer: str) -> None:
        fake.first["/v1/tasks"] = [self.of_task("pending", 201)]
        away = httpx.ConnectError("away")
        fake.first["/v1/tasks/tsk_1/heartbeat"] = [self.of_task("pending"), away, self.of_task(answer)]
        assert [grant.state for grant in start(fake).decided()] == [answer]
        assert fake.slept == [1.0, 1.5, 2.25]

    def test_is_not_waited_for_when_its_task_has_ended(self, fake: FakeBroker) -> None:
        fake.first["/v1/tasks"] = [self.of_task("pending", 201)]
        fake.first["/v1/tasks/tsk_1/heartbeat"] = [problem(403, "task_ended")]
        with pytest.raises(DeniedError) as raised:
            start(fake).decided()
        assert raised.value.code == "task_ended"


def test_asks_for_several_calls_at_once(fake: FakeBroker) -> None:
    asked = start(fake).ask_approval("api", [{"method": "DELETE", "path": "/v1/orders/1", "body": approval("pending")}])
    assert (asked.id, asked.state) == ("apr_1", "pending")


def test_nothing_shows_a_secret(fake: FakeBroker) -> None:
    task = start(fake)
    lease = task.lease("orders-ro").current()
    assert isinstance(lease.credential, PostgresCredential)
    password = lease.credential.password
    shown = f"{task!r} {lease!r} {password} {password!r} {password:>20} {[password]} {vars(lease)}"
    try:
        raise ValueError(lease, task)
    except ValueError:
        shown += traceback.format_exc()
    assert "swordfish" not in shown and "token" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(password)
    with pytest.raises(TypeError):
        json.dumps(Secret("swordfish"))
