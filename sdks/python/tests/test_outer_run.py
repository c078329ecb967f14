from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fake_broker import GRANTS

from credbroker import Broker, BrokerApiError, BrokerUnreachableError, OuterRun, outer_run

LENDER = {"url": "http://127.0.0.1:1", "task": "tsk_1", "environment": "staging"}
GRANT = {"id": "grt_1", "scope": "api", "environment": "staging", "access": ["read"], "state": "active"}
FOUND = {"lender": LENDER, "grants": [{**GRANT, "ends_at": "2026-01-01T00:00:00.000Z"}], "scan": {"state": "clean"}}
TASK = {
    "id": "tsk_2",
    "environment": "staging",
    "purpose": "a part",
    "state": "active",
    "ends_at": "2026-01-01T00:00:00.000Z",
    "grants": GRANTS,
}
LENT = {"lent": {"task": TASK, "token": {"access_token": "t", "token_type": "DPoP", "expires_in": 300}}}


class Run:
    """Answers one line each, and keeps what it was asked."""

    def __init__(self, path: Path) -> None:
        self.answers: list[object] = []
        self.asked: list[dict[str, Any]] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in iter(lambda: self.answers.pop(0) if self._accepted() else None, None):
            with self._client, self._client.makefile("rb") as lines:
                self.asked.append(json.loads(lines.readline()))
                self._client.sendall(answer if isinstance(answer, bytes) else f"{json.dumps(answer)}\n".encode())

    def _accepted(self) -> bool:
        try:
            self._client, _ = self._server.accept()
        except OSError:
            return False
        return True

    def close(self) -> None:
        # Wakes who waits for the next client.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    return {"BROKER_OUTER_SOCKET": str(tmp_path / "outer.sock"), "BROKER_OUTER_SECRET": "swordfish"}


@pytest.fixture
def run(place: dict[str, str]) -> Iterator[Run]:
    run = Run(Path(place["BROKER_OUTER_SOCKET"]))
    yield run
    run.close()


def around(place: dict[str, str]) -> OuterRun:
    found = outer_run(place)
    assert found
    return found


def start(place: dict[str, str], environment: str = "staging") -> Any:
    return around(place).start_task(environment=environment, purpose="a part", scopes=["api"], ttl="5m")


def test_is_asked_as_a_broker_is() -> None:
    assert signature(OuterRun.start_task) == signature(Broker.start_task)


def test_is_there_only_where_both_variables_are() -> None:
    assert outer_run({}) is None
    assert outer_run({"BROKER_OUTER_SOCKET": "/run/outer.sock"}) is None


def test_lends_a_part_of_its_task_to_a_key_that_stays_here(run: Run, place: dict[str, str]) -> None:
    run.answers = [FOUND, LENT]
    assert start(place).id == "tsk_2"
    asked = run.asked[1]["lend"]
    assert asked.pop("proof").count(".") == 2
    assert asked == {"scopes": ["api"], "purpose": "a part", "ttl": "5m"}
    assert {one["secret"] for one in run.asked} == {"swordfish"}


def test_says_what_it_has(run: Run, place: dict[str, str]) -> None:
    run.answers = [FOUND]
    access = around(place).access()
    assert (access.task, access.environment, access.scan) == ("tsk_1", "staging", {"state": "clean"})
    (grant,) = access.grants
    assert (grant.scope, grant.access, grant.ends_at and grant.ends_at.year) == ("api", ("read",), 2026)


def test_is_not_asked_for_another_environment(run: Run, place: dict[str, str]) -> None:
    run.answers = [FOUND]
    with pytest.raises(BrokerApiError) as raised:
        start(place, "production")
    assert (raised.value.code, len(run.asked)) == ("environment_mismatch", 1)


def test_passes_on_what_the_broker_said(run: Run, place: dict[str, str]) -> None:
    run.answers = [FOUND, {"problem": {"status": 403, "code": "exceeds_parent", "detail": "too much"}}]
    with pytest.raises(BrokerApiError, match="too much") as raised:
        start(place)
    assert raised.value.code == "exceeds_parent"


@pytest.mark.parametrize("answer", [b"", b"no JSON\n", [], {"said": {}}])
def test_one_that_answers_oddly_or_not_at_all_is_gone(run: Run, place: dict[str, str], answer: object) -> None:
    run.answers = [answer]
    with pytest.raises(BrokerUnreachableError, match="has ended"):
        start(place)


def test_one_that_has_ended_is_gone_and_its_secret_is_not_told(place: dict[str, str]) -> None:
    with pytest.raises(BrokerUnreachableError) as raised:
        start(place)
    assert "swordfish" not in f"{raised.getrepr()!s} {around(place)!r}"
