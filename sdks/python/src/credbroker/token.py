"""Access tokens, of an agent itself and of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from .client_key import ClientKey
from .clock import Clock
from .errors import BrokerApiError, BrokerUnreachableError
from .secret import Secret
from .transport import Transport


@dataclass(frozen=True)
class AccessToken:
    """Bound to a key and worthless without it, hidden all the same."""

    value: Secret
    #: From here on a new one is fetched before the next use.
    renew_at: datetime
    ends_at: datetime


def access_token(answer: Mapping[str, Any], asked_at: datetime) -> AccessToken:
    """`asked_at` is when the request was sent, so that time on the wire shortens the life rather than stretching it."""
    life = timedelta(seconds=answer["expires_in"])
    return AccessToken(Secret(answer["access_token"]), asked_at + life * 0.8, asked_at + life)


@dataclass(frozen=True)
class Identity:
    #: `agent:fixer`
    principal: str
    #: The audience of its assertions.
    issuer: str
    key: ClientKey
    #: Where the key is not enrolled: tokens of the platform, by which the broker lends it.
    workload: Callable[[], Secret] | None = None


class PrincipalToken:
    """The token of the agent itself (RFC 7523), fetched when first needed and again before it ends."""

    def __init__(self, identity: Identity, transport: Transport, clock: Clock) -> None:
        self._identity = identity
        self._transport = transport
        self._clock = clock
        self._lock = Lock()
        self._held: AccessToken | None = None
        self._lent = False

    def __call__(self) -> Secret:
        with self._lock:
            if self._held is None or self._clock.now() >= self._held.renew_at:
                self._held = self._renew()
            return self._held.value

    def _renew(self) -> AccessToken:
        workload = self._identity.workload
        if workload is None:
            return self._by_key()
        if self._lent:
            try:
                return self._by_key()
            except BrokerApiError as error:
                if error.code != "unauthenticated":
                    raise
        # Good for one sign-in, and for one that is repeated by the same key.
        token = workload().expose()
        held = self._twice(lambda: token)
        self._lent = True
        return held

    def _by_key(self) -> AccessToken:
        identity = self._identity
        return self._twice(lambda: identity.key.assertion(identity.principal, identity.issuer, self._clock))

    def _twice(self, assertion: Callable[[], str]) -> AccessToken:
        # An assertion changes nothing at the broker, so a lost answer may be asked for again.
        try:
            return self._ask(assertion())
        except BrokerUnreachableError:
            return self._ask(assertion())

    def _ask(self, assertion: str) -> AccessToken:
        asked_at = self._clock.now()
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "client_id": self._identity.principal,
            "assertion": assertion,
        }
        return access_token(self._transport.call("POST", "/oauth/token", form=form), asked_at)
