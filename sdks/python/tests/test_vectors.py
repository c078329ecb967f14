"""What every SDK does alike. The TypeScript one reads the same files: packages/sdk/src/vectors.test.ts."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from leases import NOW, postgres
from vectors import decoded, each, failure, unbase64url, vectors, without_null

from credbroker import Borrower, Broker, Task
from credbroker.client_key import ClientKey
from credbroker.clock import Clock, moment
from credbroker.errors import BrokerApiError
from credbroker.gateway_call import gateway_path
from credbroker.heartbeat import next_pause
from credbroker.lease import Lease
from credbroker.lease_handle import LeaseHandle
from credbroker.profile import load_profile
from credbroker.secret import Secret
from credbroker.task_session import TaskSession
from credbroker.token import Identity, PrincipalToken
from credbroker.transport import Transport, broker_base
from credbroker.workload import Workload, workload_from

PROOFS, URLS, RENEWAL, TOKENS = (vectors(name) for name in ("proofs", "urls", "renewal", "tokens"))
HEARTBEATS, ERRORS, PROFILES = (vectors(name) for name in ("heartbeats", "errors", "profiles"))
WORKLOADS = vectors("workloads")
PLATFORM_TOKEN = ".".join(WORKLOADS["tokenParts"])

KEY = ClientKey.from_jwk(Secret(json.dumps(PROOFS["key"])))
PUBLIC_JWK = {name: PROOFS["key"][name] for name in ("kty", "crv", "x", "y")}


def at(time: str, random: str) -> Clock:
    return Clock(now=lambda: moment(time), random=lambda count: bytes.fromhex(random)[:count])


def check_signature(jws: str) -> None:
    x, y = (int.from_bytes(unbase64url(PROOFS["key"][name]), "big") for name in ("x", "y"))
    signed, _, signature = jws.rpartition(".")
    raw = unbase64url(signature)
    assert len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    public.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))


class TestProofsAndAssertions:
    def test_name_the_key_by_its_thumbprint(self) -> None:
        assert KEY.thumbprint == PROOFS["thumbprint"]

    @each(PROOFS["refusedKeys"])
    def test_are_by_a_private_p256_key_and_no_other(self, vector: Any) -> None:
        text = vector.get("text") or json.dumps(without_null({**PROOFS["key"], **vector["members"]}))
        with pytest.raises(TypeError, match="not a private P-256 key"):
            ClientKey.from_jwk(Secret(text))

    @each(PROOFS["proofs"])
    def test_a_proof(self, vector: Any) -> None:
        token = Secret(vector["token"]) if "token" in vector else None
        clock = at(vector["now"], vector["random"])
        proof = KEY.proof(vector["method"], vector["url"], clock, token=token, nonce=vector.get("nonce"))
        assert decoded(proof) == ({"typ": "dpop+jwt", "alg": "ES256", "jwk": PUBLIC_JWK}, vector["claims"])
        check_signature(proof)

    @each(PROOFS["assertions"])
    def test_an_assertion(self, vector: Any) -> None:
        clock = at(vector["now"], vector["random"])
        assertion = KEY.assertion(vector["subject"], vector["audience"], clock)
        header = {"typ": "client-authentication+jwt", "alg": "ES256", "kid": PROOFS["thumbprint"]}
        assert decoded(assertion) == (header, vector["claims"])
        check_signature(assertion)


class TestAddresses:
    @each(URLS["bases"])
    def test_of_a_broker(self, vector: Any) -> None:
        assert broker_base(vector["given"]) == vector["base"]

    @each(URLS["refusedBases"])
    def test_of_none(self, vector: str) -> None:
        with pytest.raises(ValueError):
            broker_base(vector)

    @each(URLS["paths"])
    def test_of_a_call(self, vector: Any) -> None:
        assert gateway_path("rail", vector["path"]) == vector["sent"]

    @each(URLS["refusedPaths"])
    def test_of_no_call(self, vector: str) -> None:
        with pytest.raises(ValueError):
            gateway_path("rail", vector)


class Mintery:
    """Mints what the story says, at the time it says."""

    def __init__(self, life: float, capped_by: str, random: str) -> None:
        self.now, self.left, self.made = NOW, list[Any](), 0
        self._life, self._capped_by = timedelta(seconds=life), capped_by
        clock = Clock(now=lambda: self.now, random=lambda count: bytes.fromhex(random)[:count])
        self.handle = LeaseHandle("orders-ro", self._mint, clock)

    def _mint(self) -> Lease:
        said = self.left.pop(0)
        if said != "new":
            raise failure(said)
        self.made += 1
        end = self.now + self._life
        return Lease(str(self.made), "orders-ro", "staging", postgres(), end, end, self._capped_by)


class TestLease:
    @each(RENEWAL["moments"])
    def test_is_renewed(self, vector: Any) -> None:
        mintery = Mintery(vector["life"], vector["cappedBy"], vector["random"])
        mintery.left = ["new"]
        mintery.handle.current()
        assert mintery.handle.renew_at is not None
        assert abs((mintery.handle.renew_at - NOW).total_seconds() - vector["renewAfter"]) <= 0.001

    @each(RENEWAL["stories"])
    def test_story(self, vector: Any) -> None:
        mintery = Mintery(vector["life"], "scope", "00000000")
        for step in vector["steps"]:
            mintery.now, mintery.left = NOW + timedelta(seconds=step["at"]), list(step["mints"])
            if "raises" in step:
                with pytest.raises(Exception) as raised:
                    mintery.handle.current()
                assert getattr(raised.value, "code", None) == step["raises"]
            else:
                assert mintery.handle.current().id == str(step["lease"])
            assert mintery.left == []


class FakeTransport(Transport):
    def __init__(self) -> None:
        self.answers, self.asked = list[Any](), list[str]()

    def call(self, method: str, path: str, *, form: Any = None, **more: Any) -> Any:
        assertion = form["assertion"]
        self.asked.append(assertion if assertion.startswith("platform") else "key")
        answer = self.answers.pop(0)
        if answer != "token":
            raise failure(answer)
        return {"access_token": "agent", "token_type": "DPoP", "expires_in": 300}


@each(TOKENS["stories"])
def test_a_token_of_an_identity(vector: Any) -> None:
    now, given, transport = [NOW], list[str](), FakeTransport()

    def platform() -> Secret:
        given.append(f"platform-{len(given) + 1}")
        return Secret(given[-1])

    identity = Identity("agent:fixer", "https://broker.example", KEY, platform if vector["workload"] else None)
    token = PrincipalToken(identity, transport, Clock(now=lambda: now[0]))
    for step in vector["steps"]:
        now[0] = NOW + timedelta(seconds=step["at"])
        transport.answers, transport.asked = list(step["answers"]), []
        if "raises" in step:
            with pytest.raises(Exception) as raised:
                token()
            assert getattr(raised.value, "code", None) == step["raises"]
        else:
            assert token().expose() == "agent"
        assert transport.asked == step["asked"]


class TestHeartbeat:
    @each(HEARTBEATS["intervals"])
    def test_is_sent(self, vector: Any) -> None:
        task = without_null({"id": "tsk_1", "heartbeat_seconds": vector.get("heartbeat")})
        if vector.get("child"):
            task["parent"] = "tsk_0"
        alive = {"task": task, "token": {"access_token": "t", "token_type": "DPoP", "expires_in": vector["tokenLife"]}}
        session = TaskSession(alive, NOW, FakeTransport(), lambda: Secret(""), Clock())
        assert session.beat_every == vector["every"]

    @each(HEARTBEATS["pauses"])
    def test_is_sent_again(self, vector: Any) -> None:
        error = None if vector["after"] == "ok" else failure(vector["after"])
        assert next_pause(vector["every"], error) == vector["pause"]


class TestAnError:
    def answered(self, status: int, body: Any) -> BrokerApiError:
        client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, json=body)))
        with pytest.raises(BrokerApiError) as raised:
            Transport("https://broker.example", KEY, Clock(), client).call("GET", "/v1/whoami")
        return raised.value

    @each(ERRORS["codes"])
    def test_by_its_code(self, vector: Any) -> None:
        body = {"code": vector["code"], "title": "title", "retryable": vector["retryable"]}
        error = self.answered(vector["status"], body)
        got = {"code": error.code, "status": error.status, "retryable": error.retryable, "class": type(error).__name__}
        assert got == vector

    @each(ERRORS["oauth"])
    def test_of_the_token_endpoint(self, vector: Any) -> None:
        error = self.answered(400, {"error": vector["error"]})
        assert (error.code, error.status, error.retryable) == (vector["code"], 400, vector["retryable"])

    @each(ERRORS["answers"])
    def test_says(self, vector: Any) -> None:
        error = self.answered(vector["status"], vector["body"])
        gives = vector["gives"]
        assert (type(error).__name__, str(error)) == (gives["class"], gives["message"])
        got = {
            "code": error.code,
            "status": error.status,
            "reason": error.reason,
            "todo": error.todo,
            "required": list(error.required),
            "approvalUrl": error.approval_url,
            "retryable": error.retryable,
            "retryAfterSeconds": error.retry_after_seconds,
            "requestId": error.request_id,
            "problems": [{"at": problem.at, "message": problem.message} for problem in error.problems],
            "grants": [
                {"scope": one.scope, "state": one.state, "code": one.code, "reason": one.reason} for one in error.grants
            ],
        }
        assert {name: value for name, value in gives.items() if name not in ("class", "message")}.items() <= got.items()


class TestProfile:
    def load(self, home: Path, vector: Any) -> Any:
        directory = home / "credbroker" / "profiles"
        directory.mkdir(parents=True)
        if "file" in vector:
            whole = json.dumps(without_null({**PROFILES["profile"], **vector.get("members", {})}))
            file = directory / f"{vector['file']}.json"
            file.write_text(vector.get("text", whole), "utf-8")
            file.chmod(int(vector.get("mode", "600"), 8))
        return load_profile({"XDG_CONFIG_HOME": str(home), **vector.get("env", {})}, vector.get("name"))

    @each(PROFILES["taken"])
    def test_is_taken(self, vector: Any, tmp_path: Path) -> None:
        profile = self.load(tmp_path, vector)
        expected = {**PROFILES["profile"], **vector["gives"]}
        assert json.loads(profile.key.expose()) == expected["key"]
        assert (profile.url, profile.issuer, profile.principal) == tuple(
            expected[name] for name in ("url", "issuer", "principal")
        )
        assert profile.key_ends_at == (moment(expected["keyEndsAt"]) if expected["keyEndsAt"] else None)

    @each(PROFILES["refused"])
    def test_is_refused(self, vector: Any, tmp_path: Path) -> None:
        with pytest.raises((ValueError, OSError), match=vector["says"]):
            self.load(tmp_path, vector)


class TestWorkload:
    def found(self, vector: Any) -> Workload | None:
        return workload_from({name: value.replace("$token", PLATFORM_TOKEN) for name, value in vector["env"].items()})

    @each(WORKLOADS["found"])
    def test_is_found(self, vector: Any) -> None:
        workload = self.found(vector)
        assert workload is not None
        assert (workload.url, workload.principal) == ("https://broker.example", "agent:fixer")
        if vector["tokens"]:
            assert workload.token().expose() == PLATFORM_TOKEN
        else:
            with pytest.raises(ValueError, match="not a JWT"):
                workload.token()

    @each(WORKLOADS["none"])
    def test_is_none(self, vector: Any) -> None:
        assert self.found(vector) is None

    @each(WORKLOADS["refused"])
    def test_is_refused(self, vector: Any) -> None:
        with pytest.raises(ValueError):
            self.found(vector)


@pytest.mark.parametrize("kind", [Broker, Task, Borrower])
def test_every_verb_has_its_name_in_the_other_sdk_or_a_reason(kind: type) -> None:
    verbs = vectors("verbs")
    shared = {name for name in verbs[kind.__name__].values() if isinstance(name, str)}
    only_here = set(verbs["onlyPython"].get(kind.__name__, {}))
    assert {name for name in vars(kind) if not name.startswith("_")} == shared | only_here
