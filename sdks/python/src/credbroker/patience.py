"""Waiting for people."""

from __future__ import annotations

from collections.abc import Iterator

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 5.0


def patience() -> Iterator[float]:
    """How long to wait for a person before asking again, in seconds, time after time."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)
