"""What was minted, in the form that a client of that kind of system expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .errors import BrokerUnreachableError
from .secret import Secret


@dataclass(frozen=True)
class PostgresCredential:
    host: str
    port: int
    database: str
    user: str
    password: Secret
    #: libpq's.
    sslmode: str
    #: PEM: the authorities to trust instead of the public ones.
    ca: str | None = None


@dataclass(frozen=True)
class AwsCredential:
    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    region: str
    #: Set for tests and private deployments.
    endpoint_url: str | None = None


@dataclass(frozen=True)
class GithubCredential:
    token: Secret
    api_url: str
    git_url: str
    repositories: tuple[str, ...]


@dataclass(frozen=True)
class KubernetesCredential:
    token: Secret
    server: str
    namespace: str
    ca: str | None = None


Credential: TypeAlias = PostgresCredential | AwsCredential | GithubCredential | KubernetesCredential


def credential_from_wire(wire: Mapping[str, Any]) -> Credential:
    match wire.get("form"):
        case "postgres":
            return PostgresCredential(
                host=wire["host"],
                port=wire["port"],
                database=wire["database"],
                user=wire["user"],
                password=Secret(wire["password"]),
                sslmode=wire["sslmode"],
                ca=wire.get("ca"),
            )
        case "aws":
            return AwsCredential(
                access_key_id=wire["access_key_id"],
                secret_access_key=Secret(wire["secret_access_key"]),
                session_token=Secret(wire["session_token"]),
                region=wire["region"],
                endpoint_url=wire.get("endpoint_url"),
            )
        case "github":
            repositories = tuple(wire["repositories"])
            return GithubCredential(Secret(wire["token"]), wire["api_url"], wire["git_url"], repositories)
        case "kubernetes":
            return KubernetesCredential(Secret(wire["token"]), wire["server"], wire["namespace"], wire.get("ca"))
    raise BrokerUnreachableError("the broker minted a form of credential that this SDK does not know")
