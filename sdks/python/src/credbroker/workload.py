"""Who this process is by the word of the platform it runs on: no key was enrolled, and none is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from .secret import Secret
from .transport import broker_base

_LONGEST = 16 * 1024


@dataclass(frozen=True)
class Workload:
    url: str
    principal: str
    #: A token of the platform for this broker. Each is good for one sign-in.
    token: Callable[[], Secret]


def workload_from(env: Mapping[str, str]) -> Workload | None:
    """None where the variables of docs/workload-identity.md are not there, or `BROKER_PROFILE` says otherwise."""
    address, agent = env.get("BROKER_URL"), env.get("BROKER_AGENT")
    if not agent or not address or env.get("BROKER_PROFILE"):
        return None
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,47}", agent):
        raise ValueError("BROKER_AGENT is the name of an agent")
    url = broker_base(address)
    token = _source(env, url)
    return Workload(url, f"agent:{agent}", token) if token else None


def _source(env: Mapping[str, str], audience: str) -> Callable[[], Secret] | None:
    file, given = env.get("BROKER_WORKLOAD_TOKEN_FILE"), env.get("BROKER_WORKLOAD_TOKEN")
    if file:
        # The platform writes a new one before the last ends, so it is read each time.
        return lambda: _token(Path(file).read_text("utf-8"))
    if given:
        return lambda: _token(given)
    request, bearer = env.get("ACTIONS_ID_TOKEN_REQUEST_URL"), env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if request and bearer:
        held = Secret(bearer)
        return lambda: _from_github(request, held, audience)
    return None


def _from_github(request: str, bearer: Secret, audience: str) -> Secret:
    """docs.github.com, "OpenID Connect reference": requesting the JWT."""
    parts = urlsplit(request)
    broker_base(f"{parts.scheme}://{parts.netloc}")
    headers = {"authorization": f"Bearer {bearer.expose()}", "accept": "application/json"}
    url = httpx.URL(request).copy_set_param("audience", audience)
    try:
        response = httpx.get(url, headers=headers, timeout=10)
        response.raise_for_status()
        token = response.json()["value"]
    except httpx.HTTPError:
        # The error holds the request, whose bearer is a credential.
        raise ValueError("GitHub gave no token: does the job have `permissions: id-token: write`?") from None
    except (ValueError, KeyError, TypeError):
        # The parser's error holds the answer, which is a credential.
        raise ValueError("GitHub’s answer is not a token") from None
    return _token(token)


def _token(text: str) -> Secret:
    token = text.strip()
    if len(token) > _LONGEST or not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token, re.ASCII):
        raise ValueError("the token of this workload is not a JWT")
    return Secret(token)
