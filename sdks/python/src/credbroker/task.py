"""One running piece of work: what was granted, and a handle per scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import httpx

from .approval import Approval, approval_from_wire
from .clock import Clock, moment
from .decided import until_decided
from .end_task import EndedLease, end_task
from .errors import CredbrokerError, api_error
from .gateway_call import Asking, Call, gateway_call, gateway_path
from .grant import Grant, grant_from_wire
from .heartbeat import start_heartbeat
from .http import gateway_client
from .kubernetes import KubernetesAccess
from .lease import Lease, lease_from_wire
from .lease_handle import LeaseHandle
from .lender import Lender
from .once import Once
from .task_session import TaskSession

if TYPE_CHECKING:
    import boto3

    from .postgres import PostgresAccess

#: The broker gives a vendor 20 seconds to mint.
_MINT_TIMEOUT = 30.0


class Task:
    """Made by `Broker.start_task`. End it, with `with` or `end`: that revokes what was minted. It prints no secret."""

    def __init__(self, session: TaskSession, clock: Clock) -> None:
        self.id: str = session.view["id"]
        self.environment: str = session.view["environment"]
        self.purpose: str = session.view["purpose"]
        self._session = session
        self._clock = clock
        self._handles: dict[str, LeaseHandle] = {}
        self._lock = Lock()
        self._end = Once(self._ended_leases)
        self._ended: tuple[EndedLease, ...] | None = None
        if session.beat_every is not None:
            session.when_over(start_heartbeat(session.beat, session.beat_every))

    @property
    def grants(self) -> tuple[Grant, ...]:
        """As the broker last said; heartbeats and token renewals bring it up to date."""
        return tuple(grant_from_wire(view) for view in self._session.view["grants"])

    @property
    def ends_at(self) -> datetime:
        return moment(self._session.view["ends_at"])

    @property
    def state(self) -> str:
        """`active` or `ended`."""
        state: str = self._session.view["state"]
        return state

    @property
    def end_reason(self) -> str | None:
        """Why it ended, where the broker said."""
        return self._session.view.get("end_reason")

    def postgres(self, scope: str, *, ttl: str | int | None = None) -> PostgresAccess:
        """Connections of psycopg 3. Without a `ttl`, by leases as long as the task, so that users change seldom."""
        from .postgres import PostgresAccess

        rest = max(1, int((self.ends_at - self._clock.now()).total_seconds()))
        return PostgresAccess(self._handle(scope, "postgres", rest if ttl is None else ttl), self._clock)

    def aws(self, scope: str, *, ttl: str | int | None = None) -> boto3.Session:
        """A session of boto3, whose clients go on when the keys are renewed."""
        from .aws import aws_session

        return aws_session(self._handle(scope, "aws", ttl))

    def kubernetes(self, scope: str, *, ttl: str | int | None = None) -> KubernetesAccess:
        """An API server, for httpx or another client; its token is renewed ahead of its end."""
        return KubernetesAccess(self._handle(scope, "kubernetes", ttl))

    def http(
        self,
        scope: str,
        *,
        approval: Literal["wait", "raise"] = "wait",
        on_approval: Callable[[Approval], None] | None = None,
        wait_for: float | None = None,
    ) -> httpx.Client:
        """A client of httpx, whose requests are calls through the gateway. See `fetch`."""
        return self._client(scope, Asking(approval, None, on_approval, wait_for))

    def fetch(
        self,
        scope: str,
        method: str,
        path: str,
        *,
        approval: Literal["wait", "raise"] = "wait",
        approval_id: str | None = None,
        on_approval: Callable[[Approval], None] | None = None,
        wait_for: float | None = None,
        **request: Any,
    ) -> httpx.Response:
        """A call through the gateway: the broker decides about it, and makes it itself.

        `request` is what `request` of httpx takes: `json`, `content`, `params`, `headers`, … The answer is the
        vendor's, whatever its status. Where a person has to approve, it waits for them, `wait_for` seconds at most,
        and then sends the very same again.
        """
        below = gateway_path(scope, path).removeprefix(gateway_path(scope, "/").rstrip("/"))
        with self._client(scope, Asking(approval, approval_id, on_approval, wait_for)) as client:
            return client.request(method, f"https://{client.base_url.netloc.decode('ascii')}{below}", **request)

    def lease(self, scope: str, *, ttl: str | int | None = None) -> LeaseHandle:
        """The scope's lease that renews itself, shared by all its handles. The first `ttl` that is asked for holds."""
        self._refuse_denied(scope)
        with self._lock:
            if scope not in self._handles:
                self._handles[scope] = LeaseHandle(scope, lambda: self.credential(scope, ttl=ttl), self._clock)
            return self._handles[scope]

    def credential(self, scope: str, *, ttl: str | int | None = None) -> Lease:
        """Mints a credential at every call; each lives until its own end or the task's. Never repeated by itself."""
        self._refuse_denied(scope)
        body = {"scope": scope} if ttl is None else {"scope": scope, "ttl": ttl}
        return lease_from_wire(self._session.call("POST", "/v1/credentials", json=body, timeout=_MINT_TIMEOUT))

    def request(self, scopes: Sequence[str]) -> tuple[Grant, ...]:
        """Asks for more scopes. The answer may be `denied` or `pending`: look at each grant's state."""
        answer = self._session.call("POST", "./grants", json={"scopes": list(scopes)})
        self._session.update(answer["task"])
        return tuple(grant for grant in self.grants if grant.scope in scopes)

    def decided(self) -> tuple[Grant, ...]:
        """Waits for the people who have to decide about grants, as long as their questions last.

        Answers all grants: look at the state of each. Raises `DeniedError` (`task_ended`) when the task ends meanwhile.
        """
        until_decided(self._session, self._clock)
        return self.grants

    def ask_approval(self, scope: str, requests: Sequence[Mapping[str, Any]]) -> Approval:
        """Asks people for several calls at once, before any is made: `{"method", "path", "headers", "body"}` each.

        Each is then made with its `approval_id`.
        """
        body = {"scope": scope, "requests": [dict(one) for one in requests]}
        return approval_from_wire(self._session.call("POST", "/v1/approvals", json=body)["approval"])

    def delegate(
        self,
        *,
        scopes: Sequence[str],
        purpose: str,
        access: Mapping[str, Sequence[str]] | None = None,
        ticket: str | None = None,
        ttl: str | int | None = None,
        heartbeat: str | int | None = None,
        scan: Mapping[str, Any] | None = None,
        sub_agent: str | None = None,
    ) -> Task:
        """Hands a part of it on to a child task, which ends with it at the latest. Ending the child ends nothing else.

        `access`: the most that a scope may be for. Raises DeniedError when nothing was granted.
        """
        asked = _asked(
            scopes=list(scopes),
            purpose=purpose,
            access=access,
            ticket=ticket,
            ttl=ttl,
            heartbeat=heartbeat,
            scan=scan,
            sub_agent=sub_agent,
        )
        return Task(self._session.delegate(asked), self._clock)

    def lend(
        self,
        *,
        scopes: Sequence[str],
        purpose: str,
        proof: str,
        agent: str | None = None,
        access: Mapping[str, Sequence[str]] | None = None,
        ticket: str | None = None,
        ttl: str | int | None = None,
        heartbeat: str | int | None = None,
        scan: Mapping[str, Any] | None = None,
        sub_agent: str | None = None,
    ) -> Mapping[str, Any]:
        """The same, for a key that is in another process or another agent’s: give the answer to the `Borrower` there.

        `proof` is by `Borrower.proof`; `agent`: whose enrolled key that is, where it is another agent’s.
        """
        asked = _asked(
            scopes=list(scopes),
            purpose=purpose,
            proof=proof,
            agent=agent,
            access=access,
            ticket=ticket,
            ttl=ttl,
            heartbeat=heartbeat,
            scan=scan,
            sub_agent=sub_agent,
        )
        lent: Mapping[str, Any] = self._session.call("POST", "./delegate", json=asked)
        return lent

    @property
    def lender(self) -> Lender:
        """What a `Borrower` has to know of it."""
        url, nonce = self._session.place
        return Lender(url, self.id, self.environment, nonce)

    def when_ended(self, run: Callable[[], None]) -> None:
        """Runs once when the task is over, whoever ended it: this program, its time, an operator."""
        self._session.when_over(run)

    def end(self) -> tuple[EndedLease, ...]:
        """Ends the task and revokes what it minted. Answers per lease what is known to be dead. Safe to repeat."""
        return self._end()

    def __enter__(self) -> Task:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.end()
        except CredbrokerError:
            # What went wrong inside is what its caller has to hear of; the task's own end revokes all the same.
            if error is None:
                raise

    def __repr__(self) -> str:
        return f"Task({self.id!r}, environment={self.environment!r}, state={self.state!r})"

    def _ended_leases(self) -> tuple[EndedLease, ...]:
        if self._ended is None:
            self._ended = end_task(self._session, self._clock)
        return self._ended

    def _client(self, scope: str, asking: Asking) -> httpx.Client:
        self._refuse_denied(scope)
        grant = self._grant(scope)
        hosts = grant.gateway.hosts if grant and grant.gateway else ()

        def call(call: Call, timeout: httpx.Timeout) -> httpx.Response:
            return gateway_call(self._session, self._clock, call, asking, timeout)

        return gateway_client(scope, hosts or ("scope.invalid",), call)

    def _handle(self, scope: str, form: str, ttl: str | int | None) -> LeaseHandle:
        handle = self.lease(scope, ttl=ttl)
        grant = self._grant(scope)
        if grant and grant.form not in (None, form):
            raise TypeError(f"scope {scope} mints {grant.form}, not {form}")
        return handle

    def _grant(self, scope: str) -> Grant | None:
        return next((grant for grant in self.grants if grant.scope == scope), None)

    def _refuse_denied(self, scope: str) -> None:
        grant = self._grant(scope)
        if grant is None or grant.state != "denied":
            return
        raise api_error(
            {
                "status": 403,
                "code": grant.code or "denied",
                "retryable": False,
                "detail": grant.reason,
                "required": grant.required,
                "approval_url": grant.approval_url,
            }
        )


def _asked(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
