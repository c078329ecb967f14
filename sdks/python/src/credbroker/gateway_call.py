"""One call through the gateway, and the waiting for a person where one has to approve it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import quote

import httpx

from .approval import Approval, approval_from_wire, approval_required, find_approval, wait_for_approval
from .clock import Clock
from .errors import BrokerUnreachableError
from .task_session import TaskSession

#: Facts may change while a person reads, and then it is another question; not for ever.
_MOST_QUESTIONS = 3


@dataclass(frozen=True)
class Asking:
    """What is to happen when a person has to approve."""

    #: `wait`: the call is held until they have answered. `raise`: ApprovalRequiredError at once.
    approval: Literal["wait", "raise"] = "wait"
    #: One that was asked for before.
    approval_id: str | None = None
    #: Told once for each question, as soon as it was asked.
    on_approval: Callable[[Approval], None] | None = None
    #: Seconds to wait for a person at most. None: until the question ends.
    wait_for: float | None = None


@dataclass(frozen=True)
class Call:
    """What goes out, whole: it may have to be sent again, byte by byte, once a person has approved it."""

    method: str
    #: `/gateway/<scope>/…`, percent-encoded.
    path: str
    headers: httpx.Headers
    content: bytes


def gateway_call(
    session: TaskSession, clock: Clock, call: Call, asking: Asking, timeout: httpx.Timeout
) -> httpx.Response:
    """The vendor's answer, whatever its status, before its body has come."""
    until = None if asking.wait_for is None else clock.now() + timedelta(seconds=max(0.0, asking.wait_for))

    def settle(approval: Approval) -> str:
        if approval.state == "pending":
            if asking.on_approval is not None:
                asking.on_approval(approval)
            if asking.approval == "raise":
                raise approval_required(approval)
        wait_for_approval(session, approval, clock, until)
        return approval.id

    approved = settle(find_approval(session, asking.approval_id)) if asking.approval_id else None
    for _ in range(_MOST_QUESTIONS):
        answer = _send(session, call, approved, timeout)
        if isinstance(answer, httpx.Response):
            return answer
        approved = settle(answer)
    answer = _send(session, call, approved, timeout)
    if isinstance(answer, httpx.Response):
        return answer
    raise approval_required(answer)


def gateway_path(scope: str, path: str) -> str:
    """Whoever chose the path must not reach another scope with it, or the broker's own routes."""
    # As the URL standard reads it: what it leaves out, and what it takes for a slash.
    whole = re.sub(r"[\t\n\r]", "", path).partition("#")[0]
    plain, mark, query = whole.partition("?")
    plain, query = plain.replace("\\", "/"), query.replace("'", "%27")
    if not path.startswith("/") or re.search(r"(^|/)(\.|%2e){1,2}(?=/|$)", plain, re.IGNORECASE):
        raise ValueError("the path of a call begins with / and has no segment of dots")
    try:
        url = httpx.URL(f"http://broker/gateway/{quote(scope, safe='')}{plain}{mark}{query}")
    except httpx.InvalidURL:
        raise ValueError("the path of a call has characters that no URL has") from None
    return url.raw_path.decode("ascii")


def _send(session: TaskSession, call: Call, approval: str | None, timeout: httpx.Timeout) -> httpx.Response | Approval:
    headers = call.headers.copy()
    if approval is not None:
        headers["broker-approval"] = approval
    answer = session.open(call.method, call.path, headers, call.content, timeout)
    if isinstance(answer, httpx.Response):
        return answer
    asked = answer.body.get("approval") if isinstance(answer.body, dict) else None
    if answer.status != 202 or asked is None:
        raise BrokerUnreachableError("the broker answered a call in a way that this SDK does not know")
    return approval_from_wire(asked)
