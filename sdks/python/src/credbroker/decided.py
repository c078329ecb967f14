"""What people decide about a task's grants."""

from __future__ import annotations

from .clock import Clock
from .errors import CredbrokerError, is_passing
from .patience import patience
from .task_session import TaskSession


def until_decided(session: TaskSession, clock: Clock) -> None:
    """Asks until no grant waits for a person. A question that nobody answers ends, and its grant with it."""
    for pause in patience():
        if all(grant["state"] != "pending" for grant in session.view["grants"]):
            return
        clock.sleep(pause)
        try:
            session.beat()
        except CredbrokerError as error:
            if not is_passing(error):
                raise
