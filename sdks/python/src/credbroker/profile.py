"""Who this machine is to a broker. `broker enroll` writes it; the key never leaves the machine."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .clock import moment
from .secret import Secret


@dataclass(frozen=True)
class Profile:
    url: str
    issuer: str
    principal: str
    #: The private P-256 JWK as JSON text.
    key: Secret
    key_ends_at: datetime | None = None


def load_profile(env: Mapping[str, str], name: str | None = None) -> Profile:
    """Reads the profile that `BROKER_PROFILE` names; `BROKER_URL` overrides its address, not its issuer.

    A ValueError or an OSError says what to run when there is none, or when others can read it.
    """
    name = env.get("BROKER_PROFILE") or "default" if name is None else name
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,47}", name):
        raise ValueError("a profile is named by lower-case letters, digits and -")
    fields = _read(_directory(env) / f"{name}.json", name)
    url, issuer, principal, key = (fields.get(field) for field in ("url", "issuer", "principal", "key"))
    if (
        not isinstance(url, str)
        or not isinstance(issuer, str)
        or not isinstance(principal, str)
        or not re.fullmatch(r"(agent|user):[a-z][a-z0-9-]{0,47}", principal)
        or not isinstance(key, dict)
    ):
        raise ValueError(f"profile {name} is not valid: write it again with `broker enroll --profile {name}`")
    ends_at = fields.get("keyEndsAt")
    key_ends_at = moment(ends_at) if isinstance(ends_at, str) else None
    return Profile(env.get("BROKER_URL") or url, issuer, principal, Secret(json.dumps(key)), key_ends_at)


def _directory(env: Mapping[str, str]) -> Path:
    config = env.get("XDG_CONFIG_HOME") or Path(env.get("HOME") or Path.home()) / ".config"
    return Path(config) / "credbroker" / "profiles"


def _read(file: Path, name: str) -> Mapping[str, Any]:
    try:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermissionError(f"profile {name} can be read by others: chmod 600 {file}")
        parsed = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no profile {name}: `broker enroll --profile {name}` makes one") from None
    except ValueError:
        # The parser's error holds the file, which holds a key.
        parsed = None
    return parsed if isinstance(parsed, dict) else {}
