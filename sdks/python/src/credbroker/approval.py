"""Questions to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from .clock import Clock, moment
from .errors import BrokerApiError, CredbrokerError, api_error, is_passing
from .patience import patience
from .task_session import TaskSession


@dataclass(frozen=True)
class Approval:
    """A question to people. Show its `url` to one; an agent cannot answer it."""

    id: str
    #: `pending`, `approved`, `denied`, `used`, `expired` or `cancelled`.
    state: str
    url: str
    #: When the question ends that nobody has answered.
    ends_at: datetime
    #: Why it is asked. Of a denied one, what the person said.
    reason: str


def approval_from_wire(view: Mapping[str, Any]) -> Approval:
    return Approval(view["id"], view["state"], view["url"], moment(view["ends_at"]), view["reason"])


def find_approval(session: TaskSession, id: str) -> Approval:
    """As it is now."""
    return approval_from_wire(session.call("GET", f"/v1/approvals/{quote(id, safe='')}"))


def wait_for_approval(session: TaskSession, approval: Approval, clock: Clock, until: datetime | None) -> None:
    """Asks until a person has answered, and raises when they said no, or when the time is over."""
    for pause in patience():
        if approval.state == "approved":
            return
        if approval.state != "pending":
            raise _answered(approval)
        if until is not None and clock.now() + timedelta(seconds=pause) > until:
            raise approval_required(approval)
        clock.sleep(pause)
        try:
            approval = find_approval(session, approval.id)
        except CredbrokerError as error:
            if not is_passing(error):
                raise


def approval_required(approval: Approval) -> BrokerApiError:
    return api_error(
        {
            "status": 403,
            "code": "approval_required",
            "title": "A person has to approve this",
            "detail": approval.reason,
            "todo": "Open the approval link; the agent cannot approve.",
            "retryable": True,
            "approval": approval.id,
            "approval_url": approval.url,
        }
    )


def _answered(approval: Approval) -> BrokerApiError:
    denied = approval.state == "denied"
    return api_error(
        {
            "status": 403,
            "code": "approval_denied" if denied else "approval_invalid",
            "title": "A person denied this" if denied else f"The approval is {approval.state}",
            "detail": approval.reason if denied else None,
            "todo": "Do not ask for the same again in this task." if denied else "Ask again.",
            "retryable": False,
            "approval": approval.id,
            "approval_url": approval.url,
        }
    )
