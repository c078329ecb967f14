"""The rules that both SDKs keep, as data: sdks/vectors/README.md."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from credbroker.errors import BrokerUnreachableError, api_error, oauth_error


def vectors(name: str) -> Any:
    return json.loads((Path(__file__).parents[2] / "vectors" / f"{name}.json").read_text("utf-8"))


def each(cases: Iterable[Any]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("vector", [pytest.param(case, id=_title(case)) for case in cases])


def decoded(jws: str) -> tuple[Any, Any]:
    """Header and claims."""
    header, claims, _ = jws.split(".")
    return json.loads(unbase64url(header)), json.loads(unbase64url(claims))


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def failure(said: Any) -> Exception:
    """What goes wrong in a vector: no answer, a problem, or an OAuth error."""
    if said == "unreachable":
        return BrokerUnreachableError("lost")
    if not isinstance(said, dict):
        return RuntimeError(said)
    return oauth_error(said["status"], said) if "error" in said else api_error(said)


def without_null(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _title(case: Any) -> str:
    if isinstance(case, str):
        return repr(case)
    return str(
        next((case[name] for name in ("title", "given", "path", "code", "error", "audience") if name in case), case)
    )
