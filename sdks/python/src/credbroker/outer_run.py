"""The run of `broker exec` that this program is inside of."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .borrower import Borrower
from .errors import BrokerUnreachableError, api_error
from .grant import Grant, grant_from_wire
from .lender import Lender
from .secret import Secret
from .task import Task

#: Who lends asks the broker first.
_PATIENCE = 60.0
#: More than any answer is long.
_MOST = 256 * 1024


@dataclass(frozen=True)
class RunAccess:
    """Where the run works, what was granted to it, and what it has said of the workspace."""

    task: str
    environment: str
    grants: tuple[Grant, ...]
    scan: Mapping[str, Any] | None = None


def outer_run(env: Mapping[str, str] = os.environ) -> OuterRun | None:
    """The run that this program is inside of, if there is one: `outer_run() or Broker.from_environment()`."""
    path, secret = env.get("BROKER_OUTER_SOCKET"), env.get("BROKER_OUTER_SECRET")
    return OuterRun(path, Secret(secret)) if path and secret else None


class OuterRun:
    """Starting a task asks the run for a part of its own. The key of that part is ours, and the run's stays there."""

    def __init__(self, path: str, secret: Secret) -> None:
        self._path = path
        self._secret = secret

    def access(self) -> RunAccess:
        """Raises BrokerUnreachableError when the run has ended."""
        found = self._found()
        grants = tuple(grant_from_wire(view) for view in found["grants"])
        return RunAccess(found["lender"]["task"], found["lender"]["environment"], grants, found.get("scan"))

    def start_task(
        self,
        *,
        environment: str,
        purpose: str,
        scopes: Sequence[str],
        ttl: str | int | None = None,
        ticket: str | None = None,
        heartbeat: str | int | None = None,
        scan: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Task:
        """As `start_task` of a `Broker`, in the environment of the run and within what was granted to it.

        `idempotency_key` says nothing here: each call starts a part of its own.
        """
        lender = _lender(self._found()["lender"])
        if lender.environment != environment:
            raise _elsewhere(lender.environment)
        borrower = Borrower(lender)
        wanted = {
            "scopes": list(scopes),
            "purpose": purpose,
            "ttl": ttl,
            "ticket": ticket,
            "heartbeat": heartbeat,
            "scan": scan,
            "proof": borrower.proof(),
        }
        answer = self._ask(lend={name: value for name, value in wanted.items() if value is not None})
        if "problem" in answer:
            raise api_error({"status": 500, **answer["problem"]})
        if "lent" not in answer:
            raise _gone()
        return borrower.task(answer["lent"])

    def _found(self) -> Mapping[str, Any]:
        answer = self._ask()
        if "lender" not in answer:
            raise _gone()
        return answer

    def _ask(self, **request: Any) -> Mapping[str, Any]:
        asked = json.dumps({"secret": self._secret.expose(), **request}) + "\n"
        try:
            with socket.socket(socket.AF_UNIX) as run:
                run.settimeout(_PATIENCE)
                run.connect(self._path)
                run.sendall(asked.encode())
                with run.makefile("rb") as answers:
                    line = answers.readline(_MOST)
            answer = json.loads(line)
        except (OSError, ValueError):
            raise _gone() from None
        if not isinstance(answer, dict):
            raise _gone()
        return answer

    def __repr__(self) -> str:
        return f"OuterRun({self._path!r})"


def _lender(view: Mapping[str, Any]) -> Lender:
    return Lender(view["url"], view["task"], view["environment"], view.get("nonce"))


def _gone() -> BrokerUnreachableError:
    return BrokerUnreachableError("the run around this one has ended or does not answer")


def _elsewhere(environment: str) -> Exception:
    return api_error(
        {
            "status": 403,
            "code": "environment_mismatch",
            "title": f"The run around this one works in {environment}",
            "todo": "Ask for that environment, or name a profile to start a task of its own.",
            "retryable": False,
        }
    )
