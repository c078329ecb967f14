"""An agent's side of the broker."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx

from .client_key import ClientKey
from .clock import SYSTEM, Clock
from .errors import BrokerApiError, BrokerUnreachableError, CredbrokerError
from .profile import load_profile
from .secret import Secret
from .task import Task
from .task_session import TaskSession
from .token import Identity, PrincipalToken
from .transport import Transport, direct_client
from .workload import Workload, workload_from


class Broker:
    """::

    broker = Broker.from_environment()
    with broker.start_task(environment="staging", purpose="fix flaky checkout test", scopes=["orders-ro"]) as task:
        ...
    """

    def __init__(
        self,
        *,
        url: str,
        principal: str,
        key: Secret,
        issuer: str | None = None,
        workload: Callable[[], Secret] | None = None,
        client: httpx.Client | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """`key` is a private P-256 JWK as JSON text. A ValueError when the URL is neither https nor loopback."""
        client_key = ClientKey.from_jwk(key)
        self._clock = clock
        self._transport = Transport(url, client_key, clock, client or direct_client())
        self._token = PrincipalToken(Identity(principal, issuer or url, client_key, workload), self._transport, clock)

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Broker:
        """Who the platform says this is (`BROKER_AGENT`), or the identity that `broker enroll` left on this machine."""
        workload = workload_from(env)
        if workload is not None:
            return cls.from_workload(workload)
        profile = load_profile(env)
        return cls(url=profile.url, principal=profile.principal, key=profile.key, issuer=profile.issuer)

    @classmethod
    def from_workload(cls, workload: Workload) -> Broker:
        """With a fresh key that lives and dies with this process."""
        key = ClientKey.generate().private_jwk
        return cls(url=workload.url, principal=workload.principal, key=key, workload=workload.token)

    def sign_in(self) -> None:
        """Signs in ahead of the first call, for a thread that has nothing else to do. Never raises: that call does."""
        with suppress(Exception):
            self._token()

    def start_task(
        self,
        *,
        environment: str,
        purpose: str,
        scopes: Sequence[str],
        ttl: str | int | None = None,
        ticket: str | None = None,
        heartbeat: str | int | None = None,
        scan: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Task:
        """Starts a task. Scopes that were denied are among `task.grants`, with the reason; their handles raise it.

        Raises DeniedError or ApprovalRequiredError when nothing was granted; `grants` says why for each.
        `ttl` and `heartbeat` are seconds, or `30m`, `8h`. Where the broker hears nothing for a `heartbeat`, it ends the
        task; the SDK sends three times as often. `scan`: what you say of stray secrets where the work is done, as
        `{"state": "clean", "sandbox": True}`; it is shown as your claim.
        """
        asked = {
            "environment": environment,
            "purpose": purpose,
            "scopes": list(scopes),
            "ttl": ttl,
            "ticket": ticket,
            "heartbeat": heartbeat,
            "scan": scan,
        }
        body = {name: value for name, value in asked.items() if value is not None}
        key = idempotency_key or base64.urlsafe_b64encode(self._clock.random(16)).decode("ascii").rstrip("=")
        for pause in (0.25, 0.5, None):
            try:
                return self._task("/v1/tasks", json=body, headers={"idempotency-key": key})
            except CredbrokerError as error:
                if pause is None or not _may_pass(error):
                    raise
                self._clock.sleep(pause)
        raise AssertionError

    def task(self, id: str) -> Task:
        """A task of this identity that runs already. It gets a fresh token, which keeps it alive."""
        return self._task(f"/v1/tasks/{quote(id, safe='')}/heartbeat")

    def request(self, method: str, path: str, *, json: Any = None) -> Any:
        """One call with this identity’s own token, for the routes that no method here covers. The JSON as it came.

        Raises BrokerApiError; BrokerUnreachableError where no answer came.
        """
        return self._transport.call(method, path, token=self._token(), json=json)

    def _task(self, path: str, **request: Any) -> Task:
        token, asked_at = self._token(), self._clock.now()
        started = self._transport.call("POST", path, token=token, **request)
        return Task(TaskSession(started, asked_at, self._transport, self._token, self._clock), self._clock)


def _may_pass(error: CredbrokerError) -> bool:
    if isinstance(error, BrokerApiError):
        return error.code in ("audit_unavailable", "store_unavailable")
    return isinstance(error, BrokerUnreachableError)
