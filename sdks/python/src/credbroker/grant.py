"""What a task may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .clock import moment


@dataclass(frozen=True)
class Gateway:
    connector: str
    #: Where the vendor's own tools send such calls: `host`, or `host:port`.
    hosts: tuple[str, ...]
    #: Variables of a credential without which those tools do not start.
    placeholders: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeniedAccess:
    access: str
    code: str
    reason: str


@dataclass(frozen=True)
class Grant:
    """The decision that a task may use a scope until a time."""

    scope: str
    environment: str
    access: tuple[str, ...]
    #: `pending`, `active`, `denied` or `ended`.
    state: str
    #: Absent where the scope was denied.
    id: str | None = None
    ends_at: datetime | None = None
    end_reason: str | None = None
    #: Which handle fits: `postgres`, `aws`.
    form: str | None = None
    #: Set where nothing is minted and calls go through the gateway.
    gateway: Gateway | None = None
    #: Set where it was denied or waits.
    code: str | None = None
    reason: str | None = None
    required: tuple[str, ...] = ()
    approval_url: str | None = None
    #: Levels of the scope that the task did not get: calls that need them are denied. Set where that was just decided.
    denied_access: tuple[DeniedAccess, ...] = ()


def grant_from_wire(view: Mapping[str, Any]) -> Grant:
    ends_at, gateway = view.get("ends_at"), view.get("gateway")
    return Grant(
        scope=view["scope"],
        environment=view["environment"],
        access=tuple(view["access"]),
        state=view["state"],
        id=view.get("id"),
        ends_at=moment(ends_at) if ends_at else None,
        end_reason=view.get("end_reason"),
        form=view.get("form"),
        gateway=_gateway(gateway) if gateway else None,
        code=view.get("code"),
        reason=view.get("reason"),
        required=tuple(view.get("required", ())),
        approval_url=view.get("approval_url"),
        denied_access=tuple(
            DeniedAccess(one["access"], one["code"], one["reason"]) for one in view.get("denied_access", ())
        ),
    )


def _gateway(view: Mapping[str, Any]) -> Gateway:
    return Gateway(view["connector"], tuple(view["hosts"]), tuple(view.get("placeholders", ())))
