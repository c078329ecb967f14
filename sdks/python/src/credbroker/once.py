"""One run at a time, for all who ask."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Once(Generic[Result]):
    """Who calls while another thread’s call is under way gets what that one gets, be it an error.

    Who comes a moment later runs it again: what it does looks first whether it is still wanted.
    """

    def __init__(self, run: Callable[[], Result]) -> None:
        self._run = run
        self._lock = Lock()
        self._under_way: Future[Result] | None = None

    def __call__(self) -> Result:
        with self._lock:
            theirs = self._under_way
            ours: Future[Result] = Future()
            if theirs is None:
                self._under_way = ours
        if theirs is not None:
            return theirs.result()
        try:
            result = self._run()
        except BaseException as error:
            self._over()
            ours.set_exception(error)
            raise
        self._over()
        ours.set_result(result)
        return result

    def _over(self) -> None:
        with self._lock:
            self._under_way = None
