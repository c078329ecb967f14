"""What the SDK uses of the outside world beside the network, so that tests pass their own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone


@dataclass(frozen=True)
class Clock:
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    #: Seconds since some moment; it never goes back.
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[int], bytes] = secrets.token_bytes


SYSTEM = Clock()


def moment(text: str) -> datetime:
    """A time as the broker writes it. Python 3.10 does not read the Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
