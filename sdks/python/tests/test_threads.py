from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from threading import Event, Thread

import pytest
from fake_broker import FakeBroker, problem
from leases import NOW, lease, postgres

from credbroker.clock import Clock
from credbroker.errors import BrokerUnreachableError, DeniedError
from credbroker.heartbeat import start_heartbeat
from credbroker.lease import Lease
from credbroker.lease_handle import LeaseHandle
from credbroker.once import Once


class Asking(Thread):
    """Asks in a thread of its own, and keeps what it got, be it an error."""

    def __init__(self, ask: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self.got: object = None
        self.start()

    def run(self) -> None:
        try:
            self.got = self._ask()
        except BrokerUnreachableError as error:
            self.got = error

    def waits_for_another(self) -> bool:
        frame = sys._current_frames().get(self.ident or 0)
        while frame is not None and frame.f_code is not Future.result.__code__:
            frame = frame.f_back
        return frame is not None


@pytest.mark.parametrize("fails", [False, True])
def test_a_lease_is_minted_once_for_all_threads_and_a_mint_that_failed_fails_for_all(fails: bool) -> None:
    mints: list[Lease] = []
    go, began = Event(), Event()

    def mint() -> Lease:
        mints.append(lease(postgres()))
        began.set()
        assert go.wait(10)
        if fails:
            raise BrokerUnreachableError("lost")
        return mints[-1]

    handle = LeaseHandle("orders-ro", mint, Clock(now=lambda: NOW))
    first = Asking(handle.current)
    assert began.wait(10)
    others = [Asking(handle.current) for _ in range(8)]
    while not all(one.waits_for_another() for one in others):
        time.sleep(0.001)
    go.set()
    for one in (first, *others):
        one.join(10)
        assert isinstance(one.got, BrokerUnreachableError) if fails else one.got is mints[0]
    assert len(mints) == 1


def test_who_comes_after_it_is_over_asks_anew() -> None:
    runs: list[int] = []

    def run() -> int:
        runs.append(1)
        if len(runs) == 1:
            raise BrokerUnreachableError("lost")
        return len(runs)

    once = Once(run)
    with pytest.raises(BrokerUnreachableError):
        once()
    assert (once(), once()) == (2, 3)


def test_what_runs_at_the_end_of_a_task_may_wait_for_a_thread_that_uses_it() -> None:
    fake = FakeBroker()
    task = fake.broker().start_task(environment="staging", purpose="x", scopes=["orders-ro"])
    stuck: list[bool] = []

    def close_pool() -> None:
        worker = Asking(lambda: pytest.raises(DeniedError, task.credential, "orders-ro"))
        worker.join(10)
        stuck.append(worker.is_alive())

    task.when_ended(close_pool)
    fake.now += timedelta(seconds=250)
    fake.first["/v1/tasks/tsk_1/heartbeat"] = [problem(403, "task_ended")]
    with pytest.raises(DeniedError, match="task_ended"):
        task.credential("orders-ro")
    assert stuck == [False]


def test_a_heartbeat_goes_on_whatever_is_answered() -> None:
    heard, again = list[int](), Event()

    def beat() -> None:
        heard.append(1)
        if len(heard) == 3:
            again.set()
        raise KeyError("token")

    stop = start_heartbeat(beat, 0.001)
    assert again.wait(10)
    stop()
