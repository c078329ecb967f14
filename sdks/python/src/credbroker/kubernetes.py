"""Kubernetes for httpx, and for whatever client takes a bearer token."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator
from typing import Any

import httpx

from .credential import KubernetesCredential
from .lease import form_of
from .lease_handle import LeaseHandle


class KubernetesAccess:
    """One API server for one scope.

    ::

        access = task.kubernetes("deploy")
        with access.client() as api:
            pods = api.get(f"/api/v1/namespaces/{access.namespace}/pods").raise_for_status().json()
    """

    #: `https://10.0.0.1:6443`
    server: str
    #: Where to work, unless you know better.
    namespace: str
    #: PEM: to be trusted in place of the public authorities.
    ca: str | None

    def __init__(self, handle: LeaseHandle) -> None:
        self._handle = handle
        first = form_of(KubernetesCredential, handle.current())
        self.server, self.namespace, self.ca = first.server, first.namespace, first.ca

    def token(self) -> str:
        """The bearer token of the moment: ask before each request, and keep it nowhere."""
        return form_of(KubernetesCredential, self._handle.current()).token.expose()

    def client(self, **options: Any) -> httpx.Client:
        """A client of httpx that trusts this server and shows it the token of the moment, and shows it to no other.

        `options` are httpx's own: `timeout`, `headers`, … Whom to trust is not among them.
        """
        verify = True if self.ca is None else ssl.create_default_context(cadata=self.ca)
        return httpx.Client(**{**options, "base_url": self.server, "verify": verify, "auth": self._auth()})

    def _auth(self) -> httpx.Auth:
        return _Bearer(httpx.URL(self.server), self.token)

    def __repr__(self) -> str:
        return f"KubernetesAccess({self._handle.scope!r})"


class _Bearer(httpx.Auth):
    def __init__(self, server: httpx.URL, token: Callable[[], str]) -> None:
        self._place = _place(server)
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        # A whole URL may lead elsewhere. A redirect does not come by here: httpx takes the header off.
        if _place(request.url) != self._place:
            raise ValueError("this client speaks to the API server of its scope and to no other")
        request.headers["authorization"] = f"Bearer {self._token()}"
        yield request


def _place(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or 443
