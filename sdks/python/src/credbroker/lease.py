"""One minted vendor credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from .clock import moment
from .credential import Credential, credential_from_wire


@dataclass(frozen=True)
class Lease:
    """Its secret parts are `Secret`s: nothing here prints them."""

    id: str
    scope: str
    environment: str
    credential: Credential
    expires_at: datetime
    #: When it is dead even if the vendor cannot be reached.
    dead_by: datetime
    #: Which limit decided the life. `grant`: another one would not live longer.
    capped_by: str


def lease_from_wire(answer: Mapping[str, Any]) -> Lease:
    return Lease(
        id=answer["lease"],
        scope=answer["scope"],
        environment=answer["environment"],
        credential=credential_from_wire(answer["credential"]),
        expires_at=moment(answer["expires_at"]),
        dead_by=moment(answer["dead_by"]),
        capped_by=answer["capped_by"],
    )


Form = TypeVar("Form")


def form_of(form: type[Form], lease: Lease) -> Form:
    """The lease's credential when it has this form; a TypeError when the scope mints another one."""
    if not isinstance(lease.credential, form):
        raise TypeError(f"scope {lease.scope} mints {type(lease.credential).__name__}, not {form.__name__}")
    return lease.credential
