from __future__ import annotations

from datetime import datetime, timedelta, timezone

import boto3
import pytest
from leases import aws, handle, lease

from credbroker.aws import aws_session
from credbroker.clock import Clock
from credbroker.errors import BrokerUnreachableError, DeniedError

DENIED = DeniedError({"status": 403, "code": "grant_ended"})


class Time:
    """Our clock, which a test moves. botocore has its own, so that it begins where that one is."""

    def __init__(self) -> None:
        self.now = datetime.now(timezone.utc)
        self.clock = Clock(now=lambda: self.now)


def key_of(session: boto3.Session) -> str:
    credentials = session.get_credentials()
    assert credentials
    return str(credentials.get_frozen_credentials().access_key)


def test_clients_and_resources_use_the_region_and_the_endpoint_of_the_lease() -> None:
    time = Time()
    session = aws_session(handle(lease(aws("AK", "http://127.0.0.1:1"), now=time.now), clock=time.clock))
    assert session.region_name == "eu-central-1"
    assert session.client("s3").meta.endpoint_url == "http://127.0.0.1:1"
    assert session.resource("s3").meta.client.meta.endpoint_url == "http://127.0.0.1:1"
    assert session.client("s3", endpoint_url="http://127.0.0.1:2").meta.endpoint_url == "http://127.0.0.1:2"


def test_keys_of_the_machine_and_its_profile_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.setenv(name, "ambient")
    time = Time()
    session = aws_session(handle(lease(aws("AK"), now=time.now), clock=time.clock))
    assert (key_of(session), session.region_name) == ("AK", "eu-central-1")


def test_the_handle_says_when_the_keys_change_and_a_refusal_is_heard_at_once() -> None:
    time = Time()
    minted = lease(aws("AK1"), now=time.now), lease(aws("AK2"), seconds=7200, now=time.now), DENIED
    session = aws_session(handle(*minted, clock=time.clock))
    assert [key_of(session), key_of(session)] == ["AK1", "AK1"]
    time.now += timedelta(seconds=2900)
    assert key_of(session) == "AK2"
    time.now += timedelta(seconds=4000)
    with pytest.raises(DeniedError):
        key_of(session)


def test_the_keys_serve_while_they_live_where_the_broker_is_away() -> None:
    time = Time()
    minted = lease(aws("AK1"), now=time.now), BrokerUnreachableError("away")
    session = aws_session(handle(*minted, clock=time.clock))
    time.now += timedelta(seconds=2900)
    assert key_of(session) == "AK1"


def test_prints_no_secret() -> None:
    time = Time()
    session = aws_session(handle(lease(aws("AK"), now=time.now), clock=time.clock))
    assert "fish" not in f"{session!r} {session.get_credentials()!r}"
