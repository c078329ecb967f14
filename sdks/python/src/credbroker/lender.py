"""Where a task is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lender:
    """What a `Borrower` has to know, to ask for a part of a task."""

    url: str
    task: str
    environment: str
    #: Set where the broker asked for one.
    nonce: str | None = None
