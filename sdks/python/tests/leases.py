"""Leases without a broker."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from credbroker.clock import Clock
from credbroker.credential import AwsCredential, Credential, PostgresCredential
from credbroker.errors import CredbrokerError
from credbroker.lease import Lease
from credbroker.lease_handle import LeaseHandle
from credbroker.secret import Secret

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
STANDING = Clock(now=lambda: NOW)


def lease(credential: Credential, *, seconds: float = 3600, capped_by: str = "scope", now: datetime = NOW) -> Lease:
    end = now + timedelta(seconds=seconds)
    return Lease("lse_1", "orders-ro", "staging", credential, end, end, capped_by)


def postgres(sslmode: str = "disable", ca: str | None = None) -> PostgresCredential:
    return PostgresCredential("db.example", 5432, "orders", "brk_1", Secret("swordfish"), sslmode, ca)


def aws(key: str, endpoint_url: str | None = None) -> AwsCredential:
    return AwsCredential(key, Secret("swordfish"), Secret("tunafish"), "eu-central-1", endpoint_url)


def handle(*minted: Lease | CredbrokerError, clock: Clock = STANDING) -> LeaseHandle:
    """Mints these, one after the other."""
    left = list(minted)

    def mint() -> Lease:
        one = left.pop(0)
        if isinstance(one, CredbrokerError):
            raise one
        return one

    return LeaseHandle("orders-ro", mint, clock)
