"""AWS for boto3."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
from botocore.client import BaseClient
from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials

from .credential import AwsCredential
from .lease import form_of
from .lease_handle import LeaseHandle

# Longer than any lease lives: the handle is asked before every request, and says itself when to renew.
_ALWAYS = 7 * 24 * 3600


def aws_session(handle: LeaseHandle) -> boto3.Session:
    """A session whose clients and resources sign with the lease of the moment, in its region and at its endpoint.

    Keys that this machine may have otherwise are not looked for: no profile, no variable, no instance role.
    """
    first = form_of(AwsCredential, handle.current())
    session = _Session(first.endpoint_url)
    session.register_component("credential_provider", CredentialResolver([_LeaseProvider(handle)]))
    return boto3.Session(botocore_session=session, region_name=first.region)


class _LeaseProvider(CredentialProvider):
    METHOD = "credbroker"

    def __init__(self, handle: LeaseHandle) -> None:
        super().__init__()
        self._handle = handle

    def load(self) -> RefreshableCredentials:
        return RefreshableCredentials.create_from_metadata(
            self._metadata(), self._metadata, self.METHOD, advisory_timeout=_ALWAYS, mandatory_timeout=_ALWAYS
        )

    def _metadata(self) -> dict[str, str]:
        lease = self._handle.current()
        credential = form_of(AwsCredential, lease)
        return {
            "access_key": credential.access_key_id,
            "secret_key": credential.secret_access_key.expose(),
            "token": credential.session_token.expose(),
            "expiry_time": lease.expires_at.isoformat(),
        }


class _Session(botocore.session.Session):
    """botocore knows an endpoint of a client, and one of a profile, but none of a session."""

    def __init__(self, endpoint_url: str | None) -> None:
        # A profile that the environment names is somebody else's identity, and may not be there.
        super().__init__({"profile": (None, None, None, None)})
        self._endpoint_url = endpoint_url

    def create_client(self, *given: Any, **named: Any) -> BaseClient:
        return super().create_client(
            *given, **{**named, "endpoint_url": named.get("endpoint_url") or self._endpoint_url}
        )
