from __future__ import annotations

import gc
from pathlib import Path

import certifi
import pytest
from leases import STANDING, aws, handle, lease, postgres

from credbroker.postgres import PostgresAccess


def access(sslmode: str = "disable", ca: str | None = None, capped_by: str = "scope") -> PostgresAccess:
    return PostgresAccess(handle(lease(postgres(sslmode, ca), capped_by=capped_by)), STANDING)


def test_signs_in_where_and_as_whom_the_lease_says() -> None:
    assert access().parameters() == {
        "host": "db.example",
        "port": 5432,
        "dbname": "orders",
        "user": "brk_1",
        "password": "swordfish",
        "sslmode": "disable",
    }


def test_trusts_the_authorities_of_the_root_or_the_public_ones_and_leaves_no_file() -> None:
    own = access("verify-full", "a certificate")
    file = Path(own.parameters()["sslrootcert"])
    assert file.read_text() == "a certificate"
    assert own.parameters()["sslrootcert"] == str(file)
    del own
    gc.collect()
    assert not file.exists()
    assert access("verify-ca").parameters()["sslrootcert"] == certifi.where()
    assert "sslrootcert" not in access("require").parameters()


def test_connections_of_a_pool_are_replaced_before_their_lease_can_end() -> None:
    assert access().max_lifetime == 720
    # Another lease would not live longer, so there is nothing to make room for.
    assert access(capped_by="grant").max_lifetime == 3600


def test_says_what_a_scope_mints_instead() -> None:
    other = PostgresAccess(handle(lease(aws("AK"))), STANDING)
    with pytest.raises(TypeError, match="mints AwsCredential"):
        other.parameters()


def test_prints_no_secret() -> None:
    assert "swordfish" not in repr(access())
