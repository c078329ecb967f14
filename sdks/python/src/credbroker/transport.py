"""Signed requests to one broker (RFC 9449)."""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx

from .client_key import ClientKey
from .clock import Clock
from .errors import BrokerApiError, BrokerUnreachableError, api_error, oauth_error
from .secret import Secret

DEFAULT_TIMEOUT = 10.0


@dataclass(frozen=True)
class BrokerWord:
    """The broker's own answer to a call through the gateway, which is no refusal."""

    status: int
    body: Any


class Transport:
    """It repeats a request for one reason only: the broker asked for its nonce."""

    def __init__(self, url: str, key: ClientKey, clock: Clock, client: httpx.Client) -> None:
        self._base = broker_base(url)
        self._key = key
        self._clock = clock
        self._client = client
        self._nonce: str | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        token: Secret | None = None,
        json: Any = None,
        proven_by: Transport | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Any:
        """The JSON that it answers. Raises BrokerApiError, or BrokerUnreachableError for nothing, and for nonsense.

        `proven_by`: another key that the body is to have a proof of, for this very request.
        """
        for asked_again in (False, True):
            sent = {"accept": "application/json", **(headers or {})}
            body = json if proven_by is None else {**json, "proof": proven_by.proof(method, path, None, self._nonce)}
            request = self._request(method, path, sent, token, timeout, json=body, data=form)
            response = self._send(request)
            answer = self._body(response, timeout)
            # 401 at a resource, 400 at the token endpoint (RFC 9449 §8, §9).
            if asked_again or _code(answer) != "use_dpop_nonce":
                break
        if not response.is_success:
            raise _error(response.status_code, answer)
        return answer

    @property
    def place(self) -> tuple[str, str | None]:
        """Where it sends to, and the nonce that the broker last asked for."""
        return self._base, self._nonce

    def with_key(self, key: ClientKey) -> Transport:
        """To the same broker, for somebody else."""
        return Transport(self._base, key, self._clock, self._client)

    def open(
        self, method: str, path: str, *, token: Secret, headers: httpx.Headers, content: bytes, timeout: httpx.Timeout
    ) -> httpx.Response | BrokerWord:
        """A call that goes on to a vendor: its answer, whose body has not come yet, or the broker's own word."""
        for asked_again in (False, True):
            request = self._request(method, path, headers, token, timeout, content=content or None)
            response = self._send(request)
            if response.headers.get("broker-answer") == "vendor":
                return response
            body = self._body(response, DEFAULT_TIMEOUT)
            if asked_again or _code(body) != "use_dpop_nonce":
                break
        if not response.is_success:
            raise _error(response.status_code, body)
        return BrokerWord(response.status_code, body)

    def proof(self, method: str, path: str, token: Secret | None, nonce: str | None) -> str:
        """By our key for one request, sent by us or by whoever asks for us."""
        return self._key.proof(method, self._base + path, self._clock, token=token, nonce=nonce)

    def _request(
        self, method: str, path: str, headers: Any, token: Secret | None, timeout: httpx.Timeout | float, **body: Any
    ) -> httpx.Request:
        signed = httpx.Headers(headers)
        signed["dpop"] = self.proof(method, path, token, self._nonce)
        if token is not None:
            signed["authorization"] = f"DPoP {token.expose()}"
        return self._client.build_request(method, self._base + path, headers=signed, timeout=timeout, **body)

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._client.send(request, stream=True, follow_redirects=False, auth=None)
        except httpx.RequestError as error:
            raise self._unreachable(error) from error
        if response.headers.get("broker-answer") != "vendor":
            self._nonce = response.headers.get("dpop-nonce", self._nonce)
        return response

    def _body(self, response: httpx.Response, timeout: float) -> Any:
        # The timeout of httpx is for each piece: an answer that trickles would have no end.
        until = self._clock.monotonic() + timeout
        content = bytearray()
        try:
            with closing(response):
                for piece in response.iter_bytes():
                    content += piece
                    if self._clock.monotonic() > until:
                        raise httpx.ReadTimeout("too slow")
            return json_text.loads(content) if content else None
        except httpx.RequestError as error:
            raise self._unreachable(error) from error
        except (ValueError, RecursionError):
            # A parser's message quotes what it read, which may be a credential.
            raise BrokerUnreachableError(f"what answers at {self._base} is not a broker") from None

    def _unreachable(self, error: httpx.RequestError) -> BrokerUnreachableError:
        if isinstance(error, httpx.TimeoutException):
            return BrokerUnreachableError(f"the broker at {self._base} did not answer in time")
        return BrokerUnreachableError(f"no connection to the broker at {self._base}")


def direct_client() -> httpx.Client:
    # No proxy of the environment comes between: a request to loopback is in the clear. Its authorities count.
    return httpx.Client(trust_env=False, verify=httpx.create_ssl_context())


def broker_base(text: str) -> str:
    """The URL without a trailing slash. A ValueError for one that would carry credentials in the clear."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    loopback = re.fullmatch(r"localhost|127(\.\d+){3}|::1", url.host, re.ASCII)
    if not (url.scheme == "https" and url.host) and not (url.scheme == "http" and loopback):
        raise ValueError("the broker’s URL must be https, or http on loopback")
    if url.userinfo or "?" in text or "#" in text:
        raise ValueError("the broker’s URL takes no user, query or fragment")
    return str(url).rstrip("/")


def _fields(body: Any) -> Mapping[str, Any]:
    return body if isinstance(body, dict) else {}


def _code(body: Any) -> Any:
    return _fields(body).get("code") or _fields(body).get("error")


def _error(status: int, body: Any) -> BrokerApiError | BrokerUnreachableError:
    if 300 <= status < 400:
        return BrokerUnreachableError("the broker answered with a redirect, which is not followed")
    fields = _fields(body)
    return oauth_error(status, fields) if "error" in fields else api_error({**fields, "status": status})
