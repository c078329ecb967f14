"""A scope's lease that renews itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from .clock import Clock
from .errors import BrokerApiError
from .lease import Lease
from .once import Once

#: The last part of a lease's life in which it is replaced at the next use.
_AHEAD = 0.2
#: Spread over this part of the life, so that a fleet that started together does not come back together.
_JITTER = 0.05
#: After a failed renewal, while the old lease still works.
_RETRY = timedelta(seconds=5)


class LeaseHandle:
    """Minted at the first use, replaced ahead of its end, shared by who asks meanwhile.

    Nothing is minted twice because an answer was lost: a failed mint is an error, or the old lease while it lives.
    """

    def __init__(self, scope: str, mint: Callable[[], Lease], clock: Clock) -> None:
        self.scope = scope
        self._mint = mint
        self._clock = clock
        self._renewed = Once(self._renew)
        self._held: Lease | None = None
        #: From when `current` mints again; None before the first lease.
        self.renew_at: datetime | None = None

    def current(self) -> Lease:
        """The lease to use now. Raises what the broker says, when it refuses."""
        return self._fresh() or self._renewed()

    def _fresh(self) -> Lease | None:
        held, renew_at = self._held, self.renew_at
        return held if renew_at is not None and self._clock.now() < renew_at else None

    def _renew(self) -> Lease:
        # Another thread may have been quicker.
        if fresh := self._fresh():
            return fresh
        asked = self._clock.now()
        try:
            lease = self._mint()
        except Exception as error:
            old, now = self._held, self._clock.now()
            if old is None or old.expires_at <= now or _is_refusal(error):
                self._held = None
                raise
            self.renew_at = min(now + _RETRY, old.expires_at)
            return old
        self._held = lease
        self.renew_at = _renew_at(lease, asked, self._clock)
        return lease

    def __repr__(self) -> str:
        return f"LeaseHandle({self.scope!r})"


def _renew_at(lease: Lease, minted_at: datetime, clock: Clock) -> datetime:
    if lease.capped_by == "grant":
        return lease.expires_at
    fraction = int.from_bytes(clock.random(4), "big") / 2**32
    return lease.expires_at - (lease.expires_at - minted_at) * (_AHEAD + _JITTER * fraction)


def _is_refusal(error: Exception) -> bool:
    """The authority itself is gone, so the old lease is being revoked: going on with it would only hide that."""
    return isinstance(error, BrokerApiError) and error.status in (401, 403)
