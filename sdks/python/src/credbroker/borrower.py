"""The other side of `task.lend`: proves a key, and works in the task that this key was lent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from .client_key import ClientKey
from .clock import SYSTEM, Clock
from .lender import Lender
from .secret import Secret
from .task import Task
from .task_session import TaskSession, no_principal
from .transport import Transport, direct_client


class Borrower:
    """::

    borrower = Borrower(lender)  # where the work is to be done
    lent = task.lend(scopes=["api"], purpose="a part", proof=borrower.proof())  # where the task is
    with borrower.task(lent) as part: ...  # where the work is done
    """

    def __init__(
        self,
        lender: Lender,
        *,
        key: Secret | None = None,
        client: httpx.Client | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """`key`: the private P-256 JWK of an enrolled key, for another agent; otherwise a fresh one.

        Raises TypeError for what is no such key, ValueError for a URL that is neither https nor loopback.
        """
        own = ClientKey.generate() if key is None else ClientKey.from_jwk(key)
        self._lender = lender
        self._clock = clock
        self._transport = Transport(lender.url, own, clock, client or direct_client())
        self._asked_at = clock.now()

    def proof(self) -> str:
        """Good for one request, for a minute. It says nothing that must be kept."""
        self._asked_at = self._clock.now()
        return self._transport.proof("POST", f"/v1/tasks/{self._lender.task}/delegate", None, self._lender.nonce)

    def task(self, lent: Mapping[str, Any]) -> Task:
        """The child task. `lent`: what `task.lend` answered, as it came."""
        return Task(TaskSession(lent, self._asked_at, self._transport, no_principal, self._clock), self._clock)
