"""What every SDK does alike. The TypeScript one reads the same file: packages/sdk/src/vectors.test.ts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from leases import lease, postgres

from credbroker.client_key import ClientKey, thumbprint
from credbroker.clock import Clock, moment
from credbroker.errors import api_error, oauth_error
from credbroker.gateway_call import gateway_path
from credbroker.lease_handle import LeaseHandle
from credbroker.secret import Secret
from credbroker.transport import broker_base

VECTORS = json.loads((Path(__file__).parents[2] / "vectors.json").read_text("utf-8"))


def each(name: str) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("vector", VECTORS[name])


def at(time: str, random: str) -> Clock:
    return Clock(now=lambda: moment(time), random=lambda count: bytes.fromhex(random)[:count])


def claims(jws: str) -> Any:
    text = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@each("thumbprints")
def test_thumbprints(vector: Any) -> None:
    assert thumbprint(vector["jwk"]) == vector["thumbprint"]


@each("proofs")
def test_proofs(vector: Any) -> None:
    token = Secret(vector["token"]) if "token" in vector else None
    clock = at(vector["now"], vector["random"])
    proof = ClientKey.generate().proof(vector["method"], vector["url"], clock, token=token, nonce=vector.get("nonce"))
    assert claims(proof) == vector["claims"]


@each("assertions")
def test_assertions(vector: Any) -> None:
    clock = at(vector["now"], vector["random"])
    assert claims(ClientKey.generate().assertion(vector["subject"], vector["audience"], clock)) == vector["claims"]


@each("urls")
def test_addresses_of_a_broker(vector: Any) -> None:
    if "base" in vector:
        assert broker_base(vector["given"]) == vector["base"]
    else:
        with pytest.raises(ValueError):
            broker_base(vector["given"])


@each("paths")
def test_paths_of_a_call(vector: Any) -> None:
    if "sent" in vector:
        assert gateway_path(vector["scope"], vector["path"]) == vector["sent"]
    else:
        with pytest.raises(ValueError):
            gateway_path(vector["scope"], vector["path"])


@each("renewals")
def test_when_a_lease_is_renewed(vector: Any) -> None:
    minted, expires = moment(vector["minted"]), moment(vector["expires"])
    now = [minted]
    one = lease(postgres(), seconds=(expires - minted).total_seconds(), capped_by=vector["capped_by"], now=minted)
    count = 0

    def mint() -> Any:
        nonlocal count
        count += 1
        return one

    handle = LeaseHandle("orders-ro", mint, Clock(now=lambda: now[0], random=lambda _: bytes.fromhex(vector["random"])))
    handle.current()
    assert handle.renew_at == moment(vector["renew"])
    now[0] = datetime.fromtimestamp(moment(vector["renew"]).timestamp() - 1, minted.tzinfo)
    handle.current()
    assert count == 1
    now[0] = moment(vector["renew"])
    handle.current()
    assert count == 2


def check(error: Any, expected: Any) -> None:
    assert type(error).__name__ == expected["name"]
    assert str(error) == expected["message"]
    assert (error.code, error.reason, error.retryable) == (expected["code"], expected["reason"], expected["retryable"])


@each("errors")
def test_errors(vector: Any) -> None:
    check(api_error(vector["answer"]), vector["error"])


@each("oauth_errors")
def test_errors_of_the_token_endpoint(vector: Any) -> None:
    check(oauth_error(vector["status"], vector["answer"]), vector["error"])
