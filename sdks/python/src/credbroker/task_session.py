"""The wire side of one task: its token, renewed by heartbeats, and what the broker last said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import httpx

from .client_key import ClientKey
from .clock import Clock
from .errors import BrokerApiError, CredbrokerError, DeniedError, api_error
from .once import Once
from .secret import Secret
from .token import access_token
from .transport import DEFAULT_TIMEOUT, BrokerWord, Transport

#: Shorter than the shortest time between two heartbeats that matter.
_HEARTBEAT_TIMEOUT = 5.0


class TaskSession:
    def __init__(
        self,
        started: Mapping[str, Any],
        asked_at: datetime,
        transport: Transport,
        principal_token: Callable[[], Secret],
        clock: Clock,
    ) -> None:
        self.view: Mapping[str, Any] = started["task"]
        self._transport = transport
        self._principal_token = principal_token
        self._clock = clock
        self._path = f"/v1/tasks/{self.view['id']}"
        self._token = access_token(started["token"], asked_at)
        self._token_life: float = started["token"]["expires_in"]
        self._lock = Lock()
        self._over: list[Callable[[], None]] = []
        #: Asks the broker for a fresh token and the state of the task.
        self.beat: Callable[[], None] = Once(self._beat)

    @property
    def beat_every(self) -> float | None:
        """Seconds. Without an enrolled key of its own a task's token must not lapse."""
        heartbeat = self.view.get("heartbeat_seconds")
        every = [heartbeat / 3] if heartbeat is not None else []
        if "parent" in self.view:
            every.append(self._token_life / 2)
        return min(every, default=None)

    def delegate(self, asked: Mapping[str, Any]) -> TaskSession:
        """A child task that acts by a key of its own, which never leaves this process."""
        child = self._transport.with_key(ClientKey.generate())
        asked_at, token = self._clock.now(), self._current()
        try:
            lent = self._transport.call("POST", f"{self._path}/delegate", token=token, json=asked, proven_by=child)
        except BrokerApiError as error:
            self._notice_end(error)
            raise
        return TaskSession(lent, asked_at, child, no_principal, self._clock)

    @property
    def place(self) -> tuple[str, str | None]:
        """Where a child asks for a part of it, and with which nonce."""
        return self._transport.place

    def call(self, method: str, path: str, *, json: Any = None, timeout: float = DEFAULT_TIMEOUT) -> Any:
        """A call with the task's token. A path that begins with `.` is below the task."""
        path = self._path + path[1:] if path.startswith(".") else path
        try:
            return self._transport.call(method, path, token=self._current(), json=json, timeout=timeout)
        except BrokerApiError as error:
            self._notice_end(error)
            raise

    def open(
        self, method: str, path: str, headers: httpx.Headers, content: bytes, timeout: httpx.Timeout
    ) -> httpx.Response | BrokerWord:
        """A call through the gateway with the task's token, answered before its body has come."""
        try:
            return self._transport.open(
                method, path, token=self._current(), headers=headers, content=content, timeout=timeout
            )
        except BrokerApiError as error:
            self._notice_end(error)
            raise

    def when_over(self, run: Callable[[], None]) -> None:
        """Runs once, when the task is known to be over, whoever ended it."""
        with self._lock:
            if self.view["state"] != "ended":
                self._over.append(run)
                return
        run()

    def update(self, view: Mapping[str, Any]) -> None:
        with self._lock:
            self.view = {**view, "grants": _with_denials(view["grants"], self.view["grants"])}
            over: list[Callable[[], None]] = []
            if view["state"] == "ended":
                over, self._over = self._over, []
        for run in over:
            run()

    def _current(self) -> Secret:
        if self.view["state"] == "ended":
            raise _ended(self.view)
        if self._clock.now() >= self._token.renew_at:
            try:
                self.beat()
            except CredbrokerError as error:
                if self._clock.now() >= self._token.ends_at:
                    raise
                if isinstance(error, BrokerApiError) and not error.retryable:
                    raise
        return self._token.value

    def _beat(self) -> None:
        asked_at = self._clock.now()
        alive = asked_at < self._token.ends_at - timedelta(seconds=2)
        token = self._token.value if alive else self._principal_token()
        path = f"{self._path}/heartbeat"
        try:
            answer = self._transport.call("POST", path, token=token, timeout=_HEARTBEAT_TIMEOUT)
        except BrokerApiError as error:
            self._notice_end(error)
            raise
        self._token = access_token(answer["token"], asked_at)
        self.update(answer["task"])

    def _notice_end(self, error: BrokerApiError) -> None:
        if error.code == "task_ended" and self.view["state"] != "ended":
            self.update({**self.view, "state": "ended"})


def _with_denials(now: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What was denied is said once, where it was decided. It holds until something else is decided about that scope."""
    known = {grant["id"]: grant.get("denied_access") for grant in before if "id" in grant}
    decided = {grant["scope"] for grant in now if grant.get("id") not in known}
    granted = [
        {"denied_access": known[grant["id"]], **grant} if known.get(grant.get("id", "")) else grant for grant in now
    ]
    return [*granted, *(grant for grant in before if "id" not in grant and grant["scope"] not in decided)]


def no_principal() -> Secret:
    """A child's key is nobody's enrolled key, so its token is renewed before it ends or not at all."""
    raise api_error(
        {
            "status": 401,
            "code": "invalid_token",
            "title": "The token of the child task has ended",
            "todo": "Ask the parent task for another child.",
            "retryable": False,
        }
    )


def _ended(view: Mapping[str, Any]) -> DeniedError:
    why = view.get("end_reason")
    return DeniedError(
        {
            "status": 403,
            "code": "task_ended",
            "title": f"The task has ended ({why})" if why else "The task has ended",
            "todo": "Start a new task.",
            "retryable": False,
        }
    )
