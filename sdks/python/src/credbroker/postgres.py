"""PostgreSQL for psycopg 3, and for whatever opens connections with it."""

from __future__ import annotations

import tempfile
from datetime import datetime
from typing import Any

import certifi
import psycopg

from .clock import Clock
from .credential import PostgresCredential
from .lease import Lease, form_of
from .lease_handle import LeaseHandle


class PostgresAccess:
    """How to sign in for one scope. Each lease is a database user of its own: its name and password change together.

    ::

        with task.postgres("orders-ro").connect() as connection: ...
        ConnectionPool(kwargs=access.parameters, check=access.check)
        create_engine("postgresql+psycopg://", creator=access.connect, pool_recycle=access.max_lifetime)
    """

    #: Seconds, for pools that replace connections by their age: one that is younger has some life left.
    max_lifetime: int

    def __init__(self, handle: LeaseHandle, clock: Clock) -> None:
        self._handle = handle
        self._authorities = _Authorities()
        self.max_lifetime = _connection_seconds(handle.current(), clock.now())

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection of the lease of the moment. `options` are psycopg's own: `autocommit`, `row_factory`, …"""
        return psycopg.connect(**{**options, **self.parameters()})

    def parameters(self) -> dict[str, Any]:
        """What `connect` of psycopg takes, for a connection made now. The password is in it: keep it nowhere."""
        credential = form_of(PostgresCredential, self._handle.current())
        return {
            "host": credential.host,
            "port": credential.port,
            "dbname": credential.database,
            "user": credential.user,
            "password": credential.password.expose(),
            "sslmode": credential.sslmode,
            **self._authorities.parameters(credential),
        }

    def check(self, connection: psycopg.Connection[Any]) -> None:
        """For `check` of a `psycopg_pool`: whoever asks for a connection gets one of the lease of the moment.

        That lease has a fifth of its life left at least. The pool's own `max_lifetime` is looked at too late: when a
        connection is given back.
        """
        if connection.info.user != form_of(PostgresCredential, self._handle.current()).user:
            connection.close()
            raise psycopg.OperationalError(
                "another lease has taken the place of the one that this connection signed in by"
            )

    def __repr__(self) -> str:
        return f"PostgresAccess({self._handle.scope!r})"


class _Authorities:
    """libpq takes the authorities it is to trust as a file; a lease has them as text."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._file: Any = None

    def parameters(self, credential: PostgresCredential) -> dict[str, str]:
        if not credential.sslmode.startswith("verify-"):
            return {}
        # Before version 16 it knows no public ones, and looks for others in the user's home.
        if credential.ca is None:
            return {"sslrootcert": certifi.where()}
        if credential.ca != self._text:
            self._file = tempfile.NamedTemporaryFile("w", prefix="credbroker-ca-", suffix=".pem")
            self._file.write(credential.ca)
            self._file.flush()
            self._text = credential.ca
        return {"sslrootcert": self._file.name}


def _connection_seconds(first: Lease, now: datetime) -> int:
    """A lease is renewed with a fifth of its life left, so any connection has at least that."""
    life = (first.expires_at - now).total_seconds()
    return max(1, int(life if first.capped_by == "grant" else life / 5))
