"""Why something did not happen. Branch on `code`: codes are permanent, texts are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .grant import Grant, grant_from_wire


class CredbrokerError(Exception):
    """Anything that this SDK raises of its own."""


@dataclass(frozen=True)
class Problem:
    """Which field of a request is at fault, and how."""

    at: str
    message: str


class BrokerApiError(CredbrokerError):
    """The broker said no, or could not. Its texts carry no secret and no echo of a request."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        status: int = problem["status"]
        #: One of docs/errors.md.
        self.code: str = problem.get("code") or "unknown"
        self.status = status
        #: Why, in words an agent can act on.
        self.reason: str = problem.get("detail") or problem.get("title") or "The broker refused without saying why"
        #: What to do next.
        self.todo: str | None = problem.get("todo")
        #: What would have to be true.
        self.required: tuple[str, ...] = tuple(problem.get("required") or ())
        #: Where a person decides. Show it to one; an agent cannot approve.
        self.approval_url: str | None = problem.get("approval_url")
        #: The question to that person, for the call that is to go on with it.
        self.approval_id: str | None = problem.get("approval")
        #: Whether the same request may succeed later without anything being changed.
        self.retryable: bool = problem.get("retryable", status >= 500)
        self.retry_after_seconds: int | None = problem.get("retry_after")
        self.request_id: str | None = problem.get("request_id")
        #: Which fields of the request are at fault.
        self.problems = tuple(Problem(one["at"], one["message"]) for one in problem.get("problems") or ())
        #: For a task with nothing granted: the reason per scope.
        self.grants: tuple[Grant, ...] = tuple(grant_from_wire(one) for one in problem.get("grants") or ())
        super().__init__(f"{self.reason} [{problem.get('code') or status}]")


class DeniedError(BrokerApiError):
    """Refused by a decision: a policy, a guardrail, a freeze, an end. Asking again helps only if `retryable`."""


class ApprovalRequiredError(BrokerApiError):
    """A person has to say yes first, at `approval_url`."""


class ApprovalDeniedError(BrokerApiError):
    """A person said no. Do not ask for the same again in this task."""


class BrokerUnreachableError(CredbrokerError):
    """No answer that can be trusted. Whether the request took effect is not known."""

    code = "unreachable"
    retryable = True


def api_error(problem: Mapping[str, Any]) -> BrokerApiError:
    """The class that fits a problem document."""
    match problem.get("code"):
        case "approval_required":
            return ApprovalRequiredError(problem)
        case "approval_denied":
            return ApprovalDeniedError(problem)
    return (DeniedError if problem["status"] == 403 else BrokerApiError)(problem)


def is_passing(error: BaseException) -> bool:
    """The same may succeed in a moment."""
    return isinstance(error, BrokerUnreachableError) or (isinstance(error, BrokerApiError) and error.retryable)


_FROM_OAUTH = {
    "invalid_request": "invalid_request",
    "invalid_client": "unauthenticated",
    "invalid_grant": "invalid_token",
    "invalid_dpop_proof": "invalid_dpop_proof",
    "use_dpop_nonce": "use_dpop_nonce",
    "unauthorized_client": "forbidden",
    "access_denied": "denied",
    "invalid_scope": "invalid_scope",
    "invalid_target": "invalid_target",
    "authorization_pending": "authorization_pending",
    "slow_down": "slow_down",
    "expired_token": "expired_token",
    "temporarily_unavailable": "store_unavailable",
    "server_error": "internal",
}


def oauth_error(status: int, body: Mapping[str, Any]) -> BrokerApiError:
    """What the token endpoint answers instead of a problem document (RFC 6749 §5.2)."""
    code = _FROM_OAUTH.get(str(body.get("error")))
    detail = body.get("error_description")
    retryable = code in ("store_unavailable", "use_dpop_nonce")
    return api_error(
        {"status": status, "code": code, "detail": detail if isinstance(detail, str) else None, "retryable": retryable}
    )
