"""The end of a task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .clock import Clock, moment
from .errors import BrokerApiError, CredbrokerError, is_passing
from .task_session import TaskSession

#: The broker asks the vendors before it answers.
_TIMEOUT = 30.0
_PAUSES = (0.2, 1.0)


@dataclass(frozen=True)
class EndedLease:
    """What is known of a lease once its task has ended. A session may outlive its credential: these are two facts."""

    id: str
    scope: str
    credential_dead: bool
    sessions_dead: bool
    #: Absent where only the broker ends it.
    dead_by: datetime | None


def end_task(session: TaskSession, clock: Clock) -> tuple[EndedLease, ...]:
    """Ending twice is the same as once, so a lost answer is asked for again."""
    for pause in (*_PAUSES, None):
        if session.view["state"] == "ended":
            return ()
        try:
            answer = session.call("POST", "./end", timeout=_TIMEOUT)
        except CredbrokerError as error:
            if isinstance(error, BrokerApiError) and error.code == "task_ended":
                return ()
            if pause is None or not is_passing(error):
                raise
            clock.sleep(pause)
            continue
        session.update({**answer["task"], "state": "ended"})
        return tuple(
            EndedLease(
                lease["id"],
                lease["scope"],
                lease["credential_dead"],
                lease["sessions_dead"],
                moment(lease["dead_by"]) if "dead_by" in lease else None,
            )
            for lease in answer["leases"]
        )
    return ()
