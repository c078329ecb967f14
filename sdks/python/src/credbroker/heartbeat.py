"""Tells the broker that somebody still works on a task."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from .errors import BrokerApiError


def start_heartbeat(beat: Callable[[], None], every: float) -> Callable[[], None]:
    """Calls `beat` again and again without keeping the process alive for it, and sooner after a failure."""
    stopped = Event()

    def run() -> None:
        pause = every
        while not stopped.wait(pause):
            try:
                beat()
                pause = next_pause(every, None)
            except Exception as error:
                pause = next_pause(every, error)

    Thread(target=run, name="credbroker-heartbeat", daemon=True).start()
    return stopped.set


def next_pause(every: float, error: Exception | None) -> float:
    """Seconds. Where the broker has spoken, asking more often would not change its mind."""
    spoken = error is None or (isinstance(error, BrokerApiError) and not error.retryable)
    return every if spoken else min(1.0, every)
