"""Access tokens, of an agent itself and of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .client_key import ClientKey
from .clock import Clock
from .errors import BrokerApiError, BrokerUnreachableError
from .once import Once
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
        self._renewed = Once(self._renew)
        self._held: AccessToken | None = None
        self._lent = False

    def __call__(self) -> Secret:
        return (self._fresh() or self._renewed()).value

    def _fresh(self) -> AccessToken | None:
        held = self._held
        return held if held is not None and self._clock.now() < held.renew_at else None

    def _renew(self) -> AccessToken:
        # Another thread may have been quicker.
        self._held = self._fresh() or self._asked()
        return self._held

    def _asked(self) -> AccessToken:
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
