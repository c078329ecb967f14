"""Tells the broker that somebody still works on a task."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from .errors import BrokerApiError, CredbrokerError


def start_heartbeat(beat: Callable[[], None], every: float) -> Callable[[], None]:
    """Calls `beat` again and again without keeping the process alive for it, and sooner after a failure."""
    stopped = Event()

    def run() -> None:
        pause = every
        while not stopped.wait(pause):
            try:
                beat()
                pause = every
            except CredbrokerError as error:
                # The broker has spoken: asking more often would not change its mind.
                final = isinstance(error, BrokerApiError) and not error.retryable
                pause = every if final else min(1.0, every)

    Thread(target=run, name="credbroker-heartbeat", daemon=True).start()
    return stopped.set
